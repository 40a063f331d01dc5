import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { cli, csv, inline, retrain, scratch } from "./kit.js";

/** Ratings of 60 users of 40 films at times that often tie, in a shuffled order. */
function ratings(n: number): Record<string, string>[] {
  let s = 11;
  const uniform = (): number => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 4294967296;
  };
  return Array.from({ length: n }, () => {
    const film = Math.floor(40 * uniform() ** 2);
    const user = Math.floor(60 * uniform());
    return {
      user: `u${user}`,
      film: `"${film}" é`,
      time: String(Math.floor(200 * uniform())),
      liked: uniform() < (film % 3 === user % 3 ? 0.8 : 0.3) ? "1" : "0",
    };
  });
}

/** The same rows with the list written out: what the user had strictly before, the latest five. */
function withLists(rows: readonly Record<string, string>[], before: readonly Record<string, string>[] = rows): Record<string, string>[] {
  return rows.map((row) => {
    const seen = before
      .filter((other) => other["user"] === row["user"] && Number(other["time"]) < Number(row["time"]))
      .sort((a, b) => Number(a["time"]) - Number(b["time"])) // stable
      .map((other) => other["film"]);
    return { ...row, seen: JSON.stringify(seen.slice(-5)) };
  });
}

const config = (train: string, seen: object) => ({
  data: { train, label: "liked", positive: "1" },
  columns: { film: { kind: "vocabulary", column: "film" }, seen, both: { kind: "crossed", columns: ["film", "seen"], buckets: 4096 } },
  model: { kind: "linear", l2: 1e-4 },
  train: { optimizer: { kind: "ftrl", alpha: 0.1 }, epochs: 2, batchSize: 128 },
});

const SPEC = { by: "user", order: "time", last: 5 };

test.serial("what a user saw before is the model that the lists written out would give, in both spellings, over several files", async (t) => {
  const rows = ratings(3000);
  const hashes: string[] = [];
  const cases: [Record<string, string>[], object][] = [
    [withLists(rows), { kind: "vocabulary", column: "seen", split: "list", minCount: 2 }],
    [rows, { kind: "history", of: "film", ...SPEC, minCount: 2 }],
    [rows, { kind: "vocabulary", column: "film", history: SPEC, minCount: 2 }],
  ];
  for (const [data, seen] of cases) {
    const directory = scratch(t);
    for (const [i, from] of [0, 1000, 2000].entries()) fs.writeFileSync(path.join(directory, `part-${i}.csv`), csv(data.slice(from, from + 1000)));
    const summary = await retrain(inline(directory, config("part-*.csv", seen)));
    t.is(summary.rows.read, 3000);
    hashes.push(summary.model!.sha256);
  }
  t.is(hashes[1], hashes[0]);
  t.is(hashes[2], hashes[0]);
});

test.serial("a night's rows remember the days before, which are not encoded again", async (t) => {
  const rows = ratings(2400).map((row, i) => ({ ...row, time: String(i < 2000 ? Number(row.time) : 300 + i) }));
  const directory = scratch(t);
  const base = inline(directory, config("day-*.csv", { kind: "history", of: "film", ...SPEC }));
  fs.writeFileSync(path.join(directory, "day-0.csv"), csv(rows.slice(0, 2000)));
  await retrain(base);
  fs.writeFileSync(path.join(directory, "day-1.csv"), csv(rows.slice(2000)));
  const second = await retrain(base);
  t.is(second.rows.read, 400);

  const written = scratch(t);
  const plain = inline(written, config("day-*.csv", { kind: "vocabulary", column: "seen", split: "list" }));
  fs.writeFileSync(path.join(written, "day-0.csv"), csv(withLists(rows.slice(0, 2000))));
  await retrain(plain);
  fs.writeFileSync(path.join(written, "day-1.csv"), csv(withLists(rows.slice(2000), rows)));
  t.is((await retrain(plain)).model!.sha256, second.model!.sha256);
});

test.serial("a history takes the list at prediction, and refuses the name of a field", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "r.csv"), csv(ratings(1500)));
  const base = inline(directory, config("r.csv", { kind: "history", of: "film", ...SPEC }));
  await retrain(base);
  fs.writeFileSync(path.join(directory, "new.csv"), csv([{ film: "1", seen: '["1","2"]' }]));
  const predicted = await cli(["predict", ...base, "--input", path.join(directory, "new.csv"), "--output", path.join(directory, "p.csv"), "--json"]);
  t.is(predicted.code, 0, predicted.stderr);
  const clash = await cli([
    "retrain",
    ...inline(scratch(t), { ...config(path.join(directory, "r.csv"), {}), columns: { film: { kind: "history", of: "film", ...SPEC } } }),
  ]);
  t.is(clash.code, 2);
  t.regex(clash.stderr, /E_HISTORY_NAME/);
});
