import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { cli, inline, retrain, scratch } from "./kit.js";

/** Seeded rows of words with weights, whose label hangs on them. */
function bags(n: number): { positive: boolean; words: [string, number][] }[] {
  let s = 11;
  const uniform = (): number => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 4294967296;
  };
  return Array.from({ length: n }, () => {
    const words = Array.from({ length: 40 }, (_, k): [string, number] => [String(k + 1), Math.ceil(uniform() * 4) / 4]).filter(() => uniform() < 0.15);
    const score = words.reduce((sum, [word, weight]) => sum + (Number(word) % 3 === 0 ? 2 : -0.8) * weight, 0);
    return { positive: uniform() < 1 / (1 + Math.exp(-score)), words };
  });
}

test.serial("the same rows as CSV, JSON lines and libsvm make one model; Vowpal Wabbit's make one as good; all score their own files alike", async (t) => {
  const rows = bags(4000);
  const object = (words: [string, number][]): string => JSON.stringify(Object.fromEntries(words));
  const files: Record<string, string> = {
    "a.csv": `label,features\n${rows.map(({ positive, words }) => `${positive ? 1 : -1},"${object(words).replaceAll('"', '""')}"\n`).join("")}`,
    "a.jsonl": rows.map(({ positive, words }) => `{"features": ${object(words)}, "label": ${positive ? 1 : -1}}\r\n`).join(""),
    "a.svm": rows.map(({ positive, words }) => `${positive ? "+1" : "-1.0"} ${words.map(([word, weight]) => `${word}:${weight}`).join(" ")} # row\n`).join(""),
    "a.vw": rows.map(({ positive, words }) => `${positive ? 1 : -1} 'tag |w:2 ${words.map(([word, weight]) => `${word}:${weight / 2}`).join(" ")}\n`).join(""),
  };
  const columns = { features: { kind: "vocabulary", column: "features", split: "list" } };
  const models = new Map<string, { sha256: string; logLoss: number; predictions: string[] }>();
  for (const [name, text] of Object.entries(files)) {
    const directory = scratch(t);
    fs.writeFileSync(path.join(directory, name), text);
    const given = name === "a.csv" ? { columns } : {};
    const data = name === "a.csv" || name === "a.jsonl" ? { train: name, label: "label" } : { train: name };
    const base = inline(directory, { data, ...given, train: { optimizer: { kind: "ftrl", alpha: 0.2 }, epochs: 4, batchSize: 128 } });
    const done = await retrain([...base]);
    t.deepEqual([done.rows.read, done.rows.rejected], [4000, 0], name);
    const output = path.join(directory, "p.csv");
    const predicted = await cli(["predict", ...base, "--input", path.join(directory, name), "--output", output, "--json"]);
    t.is(predicted.code, 0, predicted.stderr);
    t.deepEqual(predicted.json.rows, { read: 4000, written: 4000, rejected: 0 });
    const predictions = fs.readFileSync(output, "utf8").trimEnd().split("\n").slice(1);
    models.set(name, { sha256: done.model!.sha256, logLoss: done.test!.logLoss!, predictions });
  }
  const csv = models.get("a.csv")!;
  t.true(csv.logLoss < 0.62, `log-loss ${csv.logLoss}`);
  for (const name of ["a.jsonl", "a.svm"]) t.deepEqual(models.get(name), csv, name);
  t.is(models.get("a.vw")!.logLoss, csv.logLoss);
  t.deepEqual(models.get("a.vw")!.predictions, csv.predictions);
});

test.serial("bad rows of JSON lines stop a run with their number; the file that explains them says line and byte", async (t) => {
  const directory = scratch(t);
  const rows = bags(300).map(({ positive, words }) => JSON.stringify({ label: positive ? 1 : 0, n: words.length }));
  rows[99] = `${rows[99]},`;
  rows[199] = rows[199]!.replace('"n"', '"label"');
  fs.writeFileSync(path.join(directory, "a.jsonl"), `${rows.join("\n")}\n`);
  const base = inline(directory, { data: { train: "a.jsonl", label: "label", maxRejected: 0.001 } });
  const ended = await cli(["retrain", ...base, "--json"]);
  t.is(ended.code, 1);
  t.is(ended.json.error.code, "E_TOO_MANY_REJECTS");
  t.regex(ended.json.error.message, /E_JSON/);
  const done = await retrain(inline(directory, { data: { train: "a.jsonl", label: "label", maxRejected: 0.1 } }));
  t.deepEqual([done.rows.read, done.rows.rejected, done.rejects], [300, 2, { E_JSON: 2 }]);
  const rejects = fs.readFileSync(done.rejectsFile!, "utf8").trimEnd().split("\n");
  t.deepEqual(
    rejects.map((line) => JSON.parse(line) as { line: number; text: string }).map(({ line, text }) => [line, text]),
    [
      [100, rows[99]],
      [200, rows[199]],
    ],
  );
});
