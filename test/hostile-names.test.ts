import fs from "node:fs";
import path from "node:path";
import { loadModel, type Row } from "@crossbill/models";
import test from "ava";
import type { RunSummary } from "crossbill";
import { cli, csv, inline, retrain, scratch } from "./kit.js";

const NAMES = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];
const FREEZE = new URL("./freeze-object.js", import.meta.url).href;

/** Rows whose fields, labels, values, list items and JSON names are all hostile; of row i the value of field k is NAMES[pick(i, k)]. */
const pick = (i: number, k: number): number => (i * (k + 1) + (i >> 3)) % NAMES.length;
const positive = (i: number): boolean => ((i * 7919) >> 3) % 5 < 2 || (pick(i, 1) === 5 && i % 2 === 0);

function jsonRows(n: number): string[] {
  return Array.from({ length: n }, (_, i) => {
    const fields = NAMES.map((name, k) => `"${name}":"${NAMES[pick(i, k)]!}"`);
    const bag = `{"${NAMES[pick(i, 2)]!}":2,"x":1}`;
    const list = `["${NAMES[pick(i, 2)]!}","${NAMES[pick(i, 3)]!}"]`;
    return `{"label":"${positive(i) ? "constructor" : "__proto__"}",${fields.join(",")},"list":${list},"bag":${bag},"at":${i}}`;
  });
}

const config = (files: { train: string; test: string }): string =>
  JSON.stringify({
    data: { ...files, label: "label", positive: "constructor", negative: "__proto__", key: "hasOwnProperty" },
    history: {},
    columns: {
      proto: { kind: "vocabulary", column: "__proto__" },
      made: { kind: "hashed", column: "constructor", buckets: 50 },
      text: { kind: "vocabulary", column: "toString" },
      value: { kind: "vocabulary", column: "valueOf", values: NAMES },
      list: { kind: "vocabulary", column: "list", split: "list" },
      bag: { kind: "hashed", column: "bag", buckets: 50, split: "list" },
      cross: { kind: "crossed", columns: ["proto", "made"], buckets: 64 },
      pairs: { kind: "crossed", columns: ["list", "bag"], buckets: 64 },
    },
    evaluate: { slices: ["__proto__", "constructor", ["__proto__", "valueOf"]] },
    train: { epochs: 2 },
    gate: { maxBias: 10 },
  }).replace('"history":{},', "");

// The report's charts assign to inherited properties, so nothing of them is drawn where those are frozen.
const RUNS: [string, string[], string[]][] = [
  ["with __proto__ disabled", ["--disable-proto=throw"], ["retrain"]],
  ["with Object.prototype frozen as well", ["--disable-proto=throw", "--import", FREEZE], ["ingest", "train", "evaluate"]],
];
const shas = new Set<string>();
for (const [what, node, commands] of RUNS) {
  test.serial(`names of Object.prototype are ordinary as fields, values, labels, keys, slices and items: ${what}`, async (t) => {
    const directory = scratch(t);
    const lines = jsonRows(1200);
    fs.writeFileSync(path.join(directory, "a.jsonl"), `${lines.slice(0, 800).join("\n")}\n`);
    fs.writeFileSync(path.join(directory, "b.jsonl"), `${lines.slice(800).join("\n")}\n`);
    fs.writeFileSync(path.join(directory, "crossbill.config.json"), config({ train: "a.jsonl", test: "b.jsonl" }));
    const base = ["--config", path.join(directory, "crossbill.config.json"), "--workdir", path.join(directory, "work")];
    let done = {} as RunSummary;
    for (const command of commands) {
      const ended = await cli([command, ...base, "--workers", "2", "--json"], { node });
      t.is(ended.code, 0, ended.stderr);
      done = { ...done, ...(ended.json as RunSummary), rows: done.rows ?? (ended.json as RunSummary).rows };
    }
    t.deepEqual([done.rows.read, done.rows.rejected, done.rows.test], [1200, 0, 400]);
    shas.add(done.model!.sha256);
    t.is(shas.size, 1);

    const counts = new Map<string, number>();
    for (let i = 800; i < 1200; i++) {
      for (const key of [
        JSON.stringify([["__proto__", NAMES[pick(i, 0)]]]),
        JSON.stringify([["constructor", NAMES[pick(i, 1)]]]),
        JSON.stringify([
          ["__proto__", NAMES[pick(i, 0)]],
          ["valueOf", NAMES[pick(i, 5)]],
        ]),
      ])
        counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const got = new Map(done.slices.map(({ slice, rows }) => [JSON.stringify(Object.entries(slice)), rows]));
    t.is(got.size, counts.size);
    for (const [key, rows] of counts) t.is(got.get(key), rows, key);

    const output = path.join(directory, "p.jsonl");
    const input = path.join(directory, "b.jsonl");
    const predicted = await cli(
      ["predict", ...base, "--model", done.model!.path, "--input", input, "--output", output, "--keep", "__proto__,constructor,at", "--json"],
      { node },
    );
    t.is(predicted.code, 0, predicted.stderr);
    const rows = fs.readFileSync(output, "utf8").trimEnd().split("\n");
    t.deepEqual(
      rows.map((row) => Object.entries(JSON.parse(row) as object).slice(0, 3)),
      lines.slice(800).map((_, j) => [
        ["__proto__", NAMES[pick(800 + j, 0)]!],
        ["constructor", NAMES[pick(800 + j, 1)]!],
        ["at", String(800 + j)],
      ]),
    );
    const model = await loadModel(done.model!.path);
    const before = Object.getOwnPropertyNames(Object.prototype).join();
    t.deepEqual(
      lines.slice(800).map((line) => model.predict(JSON.parse(line) as Row)),
      rows.map((row) => (JSON.parse(row) as { prediction: number }).prediction),
    );
    t.is(model.predict(JSON.parse('{"bag":{"__proto__":2,"x":1}}') as Row), model.predict({ bag: '{"__proto__":2,"x":1}' }));
    t.is(model.predict({}), model.predict(JSON.parse(`{${NAMES.map((name) => `"${name}":null`).join(",")}}`) as Row));
    t.is(Object.getOwnPropertyNames(Object.prototype).join(), before);
  });
}

test.serial("rows that are scored may have other fields, orders and types: rows out are rows in, in order, what cannot be read is counted", async (t) => {
  const directory = scratch(t);
  const rows = Array.from({ length: 400 }, (_, i) => ({
    n: String(i % 7),
    site: `s${i % 5}`,
    tags: i % 3 === 0 ? '["a","b"]' : '["c"]',
    y: i % 3 === 0 || i % 7 === 1 ? "1" : "0",
  }));
  fs.writeFileSync(path.join(directory, "a.csv"), csv(rows));
  const base = inline(directory, {
    data: { train: "a.csv", label: "y", split: { by: "index", every: 4, test: [1] } },
    columns: {
      n: { kind: "numeric", column: "n" },
      site: { kind: "vocabulary", column: "site" },
      tags: { kind: "vocabulary", column: "tags", split: "list" },
    },
    train: { epochs: 2 },
    gate: { maxBias: 10 },
  });
  await retrain(base);
  const score = async (name: string, text: string) => {
    fs.writeFileSync(path.join(directory, name), text);
    const output = path.join(directory, `${name}.out.jsonl`);
    fs.rmSync(output, { force: true });
    const ended = await cli(["predict", ...base, "--input", path.join(directory, name), "--output", output, "--json"]);
    const out = fs.existsSync(output) ? fs.readFileSync(output, "utf8").trimEnd().split("\n") : null;
    return { ended, predictions: out?.map((line) => (JSON.parse(line) as { prediction: number | null }).prediction) ?? null };
  };
  const few = rows.slice(0, 50);
  const plain = await score("plain.csv", csv(few));
  t.is(plain.ended.code, 0, plain.ended.stderr);
  t.is(plain.predictions!.length, 50);

  const turned = await score("turned.csv", csv(few.map(({ n, site, tags }) => ({ extra: "x", tags, site, n }))));
  t.deepEqual(turned.predictions, plain.predictions);

  const missing = await score("missing.csv", csv(few.map(({ n, tags }) => ({ n, tags }))));
  t.is(missing.ended.code, 1);
  t.is(missing.ended.json.error.code, "E_COLUMN_MISSING");
  t.regex(missing.ended.stderr, /missing\.csv: has no field "site"/);
  t.is(missing.predictions, null);

  const typed = await score("typed.csv", csv(few.map((row, i) => (i % 10 === 0 ? { ...row, n: "many" } : row))));
  t.deepEqual(typed.ended.json.rows, { read: 50, written: 50, rejected: 5 });
  t.deepEqual(
    typed.predictions,
    plain.predictions!.map((one, i) => (i % 10 === 0 ? null : one)),
  );

  const broken = await score("broken.csv", csv(few.map((row, i) => (i % 10 === 3 ? { ...row, tags: "[1," } : row))));
  t.is(broken.ended.code, 0, broken.ended.stderr);
  t.deepEqual(broken.ended.json.rows, { read: 50, written: 50, rejected: 5 });
  t.deepEqual(
    broken.predictions,
    plain.predictions!.map((one, i) => (i % 10 === 3 ? null : one)),
  );

  const unseen = await score("unseen.csv", csv(few.map((row) => ({ ...row, site: `new-${row.site}` }))));
  t.deepEqual(unseen.ended.json.rows, { read: 50, written: 50, rejected: 0 });
  t.is(unseen.ended.json.unseen.site, 50);

  const json = few.map((row) => ({ n: Number(row.n), site: row.site, tags: JSON.parse(row.tags) as unknown }));
  const lines = (of: readonly object[]): string => of.map((row) => `${JSON.stringify(row)}\n`).join("");
  const asJson = await score("plain.jsonl", lines(json));
  t.deepEqual(asJson.predictions, plain.predictions);
  const swapped = await score(
    "swapped.jsonl",
    lines(json.map((row, i) => (i === 4 ? { n: [1], site: ["s1"], tags: "a" } : i === 5 ? { ...row, site: { s1: 1 } } : row))),
  );
  t.is(swapped.ended.code, 0, swapped.ended.stderr);
  t.deepEqual(swapped.ended.json.rows, { read: 50, written: 50, rejected: 1 });
  t.is(swapped.predictions![4], null);
  t.deepEqual(swapped.predictions!.slice(6), plain.predictions!.slice(6));
});
