import fs from "node:fs";
import path from "node:path";
import { loadModel } from "@crossbill/models";
import test from "ava";
import { cli, csv, inline, retrain, scratch, threads } from "./kit.js";

const WORDS = ["cheap", "free", "meeting", "tomorrow", "win", "prize", "lunch", "the", "a"];
const GENRES = ["action", "comedy", "drama", "horror"];

/** Seeded messages whose label hangs on single words, on genres and their weights, and on words in a genre. */
function messages(n: number): Record<string, string>[] {
  let s = 7;
  const uniform = (): number => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 4294967296;
  };
  return Array.from({ length: n }, () => {
    const words = Array.from({ length: 1 + Math.floor(uniform() * 8) }, () => WORDS[Math.floor(uniform() * WORDS.length)]!);
    const genres = GENRES.filter(() => uniform() < 0.4);
    const weights = genres.map(() => Math.round(uniform() * 8) / 4);
    const effect = words.reduce((sum, word) => sum + (word === "win" || word === "prize" ? 0.9 : word === "meeting" ? -0.8 : 0), -0.5);
    const score = effect + genres.reduce((sum, genre, i) => sum + weights[i]! * (genre === "horror" ? 1.2 : genre === "drama" ? -0.9 : 0), 0);
    return {
      text: words.join(uniform() < 0.5 ? " " : ", ").toUpperCase(),
      genres: genres.map((genre, i) => `${genre}:${weights[i]}`).join("|"),
      list: JSON.stringify(genres),
      spam: uniform() < 1 / (1 + Math.exp(-score)) ? "yes" : "no",
    };
  });
}

const config = {
  data: { train: "m.csv", label: "spam", positive: "yes" },
  columns: {
    words: { kind: "vocabulary", column: "text", split: "words", ngrams: 2, minCount: 3 },
    genres: { kind: "hashed", column: "genres", buckets: 64, split: "|", weighted: true },
    list: { kind: "vocabulary", column: "list", split: "list", occurrences: "once" },
    both: { kind: "crossed", columns: ["list", "genres"], buckets: 256 },
    wordsInLists: { kind: "crossed", columns: ["words", "list"], vocabulary: { minCount: 20 } },
  },
  model: { kind: "linear", l2: 1e-5 },
  train: { optimizer: { kind: "ftrl", alpha: 0.2 }, epochs: 6, batchSize: 128 },
};

test.serial("words, weighted items, lists and their crosses train one model, whatever the workers; it predicts the same from files and objects", async (t) => {
  const directory = scratch(t);
  const rows = messages(6000);
  fs.writeFileSync(path.join(directory, "m.csv"), csv(rows));
  const base = inline(directory, config);
  const one = await retrain(base);
  t.true(one.test!.auc! > 0.72, `AUC ${one.test!.auc}`);
  t.is(one.rows.rejected, 0);
  const three = await retrain(threads(base, 3), ["--memory", "16m", "--fresh"]);
  t.is(three.model!.sha256, one.model!.sha256);

  const output = path.join(directory, "p.jsonl");
  const predicted = await cli(["predict", ...base, "--input", path.join(directory, "m.csv"), "--output", output]);
  t.is(predicted.code, 0, predicted.stderr);
  const fromFile = fs
    .readFileSync(output, "utf8")
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { prediction: number }).prediction);
  const model = await loadModel(one.model!.path);
  rows.slice(0, 500).forEach((row, i) => {
    const genres = JSON.parse(row["list"]!) as string[];
    const asObject = { text: row["text"]!, genres: row["genres"]!, list: genres };
    t.is(model.predict(asObject), fromFile[i]!);
    const { logit, intercept, contributions } = model.explain(asObject);
    t.is(
      contributions.reduce((sum, c) => sum + c.contribution, intercept),
      logit,
    );
  });
  const said = model.explain({ text: "Win win meeting" }).contributions.map(({ feature, value }) => `${feature} ${value}`);
  t.true(said.includes("words=win 2") && said.includes("words=meeting 1"), said.join("; "));
  const crossed = model.explain({ text: "win the prize", list: ["drama", "horror"] }).contributions.map(({ feature }) => feature);
  t.true(crossed.includes("words=win x list=horror") && crossed.includes("words=the prize x list=drama"), crossed.join("; "));
});

test.serial("a text that is no list is rejected with file and line", async (t) => {
  const directory = scratch(t);
  const rows = messages(1500);
  rows[40] = { ...rows[40]!, list: '["action"' };
  rows[41] = { ...rows[41]!, genres: "action:much" };
  fs.writeFileSync(path.join(directory, "m.csv"), csv(rows));
  const { rejects, rejectsFile } = await retrain(inline(directory, config));
  t.deepEqual(rejects, { E_LIST: 2 });
  const lines = fs
    .readFileSync(rejectsFile!, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { line: number; field: string; reason: string });
  t.deepEqual(
    lines.map(({ line, field }) => [line, field]),
    [
      [42, "list"],
      [43, "genres"],
    ],
  );
  t.regex(lines[1]!.reason, /weight that is no finite number: "action:much"/);
});

test.serial("what a configuration says of several values is checked at once", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "m.csv"), csv(messages(20)));
  const wrong = {
    ...config,
    columns: { words: { kind: "vocabulary", column: "text", ngrams: 2 }, deep: { kind: "hashed", column: "text", buckets: 8, split: "words", ngrams: 7 } },
  };
  const ended = await cli(["retrain", ...inline(directory, wrong)]);
  t.is(ended.code, 2);
  t.regex(ended.stderr, /columns\.deep\.ngrams/);
  const sliced = await cli([
    "retrain",
    ...inline(scratch(t), { ...config, data: { ...config.data, train: path.join(directory, "m.csv") }, evaluate: { slices: ["words"] } }),
  ]);
  t.is(sliced.code, 2);
  t.regex(sliced.stderr, /E_SLICE_FIELD.*several values/);
});
