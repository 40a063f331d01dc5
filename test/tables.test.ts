import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as arrow from "apache-arrow";
import test from "ava";
import { cli, clickConfig, clicks, csv, inline, retrain, scratch } from "./kit.js";
import { listOf, parquetOf, tableOf } from "./parquet.js";

function clickTable(rows: readonly Record<string, string>[]): arrow.Table {
  const texts = (name: string): [arrow.DataType, unknown[]] => [new arrow.Utf8(), rows.map((row) => row[name])];
  const numbers = (name: string, type: arrow.DataType): [arrow.DataType, unknown[]] => [type, rows.map((row) => (row[name] === "" ? null : Number(row[name])))];
  return tableOf({
    id: numbers("id", new arrow.Int32()),
    user: texts("user"),
    country: texts("country"),
    device: texts("device"),
    site: texts("site"),
    price: numbers("price", new arrow.Float64()),
    age: numbers("age", new arrow.Int16()),
    clicked: numbers("clicked", new arrow.Int8()),
  });
}

const jsonLines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

test.serial("the same rows as x.csv.gz and x.parquet train one model; inputs of mixed formats are scored in their order", async (t) => {
  const rows = clicks(2400, 21);
  const models: string[] = [];
  const write: Record<string, (of: typeof rows) => string | Uint8Array> = {
    "csv.gz": (of) => gzipSync(csv(of)),
    parquet: (of) => parquetOf(clickTable(of)),
    arrow: (of) => arrow.tableToIPC(clickTable(of), "file"),
    jsonl: (of) => jsonLines(of),
  };
  let base: string[] = [];
  let directory = "";
  for (const extension of ["csv.gz", "parquet"]) {
    directory = scratch(t);
    fs.writeFileSync(path.join(directory, `x.${extension}`), write[extension]!(rows));
    base = inline(directory, clickConfig(`x.${extension}`));
    const done = await retrain(base);
    t.deepEqual([done.rows.read, done.rows.rejected], [2400, 0]);
    models.push(done.model!.sha256);
  }
  t.is(models[0], models[1]);

  const predict = async (inputs: string[], output: string): Promise<string[]> => {
    const files = inputs.map((name) => path.join(directory, name));
    const ended = await cli(["predict", ...base, "--input", ...files, "--output", path.join(directory, output), "--keep", "id", "--json"]);
    t.is(ended.code, 0, ended.stderr);
    const lines = fs.readFileSync(path.join(directory, output), "utf8").trimEnd().split("\n").slice(1);
    t.deepEqual(ended.json.rows, { read: lines.length, written: lines.length, rejected: 0 });
    return lines;
  };
  fs.writeFileSync(path.join(directory, "all.csv"), csv(rows));
  const whole = await predict(["all.csv"], "whole.csv");
  t.is(whole.length, 2400);
  const parts = Object.entries(write).map(([extension, bytes], i) => {
    fs.writeFileSync(path.join(directory, `part.${extension}`), bytes(rows.slice(600 * i, 600 * (i + 1))));
    return `part.${extension}`;
  });
  t.deepEqual(await predict(parts, "mixed.csv"), whole);
  t.deepEqual(await predict(["part.arrow"], "one.csv"), whole.slice(1200, 1800));
});

test.serial("a vocabulary over a list column takes its items without being told, in Parquet as in JSON lines; a text of CSV stays a text", async (t) => {
  const names = ["red", "green", "blue", "wide", "new"];
  const rows = Array.from({ length: 900 }, (_, i) => {
    const tags = names.filter((_, k) => (Math.floor(((i * 7919) % 1009) / 7) >> k) % 2 === 1);
    return { tags, bought: tags.includes("red") !== (i % 11 === 0) ? 1 : 0 };
  });
  const files: Record<string, string | Uint8Array> = {
    "x.parquet": parquetOf(
      tableOf({
        tags: [listOf(new arrow.Utf8()), rows.map(({ tags }) => tags)],
        bought: [new arrow.Int8(), rows.map(({ bought }) => bought)],
      }),
    ),
    "x.jsonl": jsonLines(rows),
    "x.csv": csv(rows.map(({ tags, bought }) => ({ tags: JSON.stringify(tags), bought: String(bought) }))),
  };
  const run = async (name: string, split?: string) => {
    const directory = scratch(t);
    fs.writeFileSync(path.join(directory, name), files[name]!);
    const more = split === undefined ? {} : { split };
    const columns = { tags: { kind: "vocabulary", column: "tags", ...more }, hash: { kind: "hashed", column: "tags", buckets: 32, ...more } };
    const ended = await cli(["retrain", ...inline(directory, { data: { train: name, label: "bought" }, columns, gate: { maxBias: 1 } }), "--json"]);
    t.is(ended.code, 0, ended.stderr);
    return { sha256: ended.json.model.sha256 as string, said: /tags, hash: the field holds lists, so split "list" is used/.test(ended.stderr) };
  };
  const told = await run("x.parquet", "list");
  t.false(told.said);
  for (const name of ["x.parquet", "x.jsonl"]) t.deepEqual(await run(name), { sha256: told.sha256, said: true }, name);
  const text = await run("x.csv");
  t.false(text.said);
  t.not(text.sha256, told.sha256);
});

test.serial("init of a Parquet and of an Arrow file gives a configuration that runs as it is, and learns several classes", async (t) => {
  const kinds = ["setosa", "versicolor", "virginica"];
  const rows = Array.from({ length: 300 }, (_, i) => ({ long: 1 + (i % 3) + ((i * 37) % 90) / 100, wide: ((i * 61) % 70) / 10, species: kinds[i % 3]! }));
  const table = tableOf({
    long: [new arrow.Float64(), rows.map(({ long }) => long)],
    wide: [new arrow.Float64(), rows.map(({ wide }) => wide)],
    species: [new arrow.Utf8(), rows.map(({ species }) => species)],
  });
  const directory = scratch(t);
  fs.mkdirSync(path.join(directory, "node_modules"));
  fs.writeFileSync(path.join(directory, "package.json"), "{}");
  fs.symlinkSync(path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../packages/crossbill"), path.join(directory, "node_modules/crossbill"));
  fs.writeFileSync(path.join(directory, "x.parquet"), parquetOf(table));
  fs.writeFileSync(path.join(directory, "x.arrow"), arrow.tableToIPC(table, "file"));
  const first = await cli(["init", "x.parquet"], { cwd: directory });
  t.is(first.code, 0, first.stderr);
  const done = await cli(["retrain", "--json"], { cwd: directory });
  t.is(done.code, 0, done.stderr);
  t.deepEqual(done.json.rows, { read: 300, rejected: 0, train: 240, validation: 30, test: 30 });
  t.true(done.json.test.accuracy > 0.9, JSON.stringify(done.json.test));
  const second = await cli(["init", "x.arrow", "--config", "arrow.config.ts", "--json"], { cwd: directory });
  t.is(second.code, 0, second.stderr);
  t.like(second.json, { format: "arrow", rows: 300, label: { field: "species", head: "softmax" } });
  const text = (name: string): string => fs.readFileSync(path.join(directory, name), "utf8");
  t.is(text("arrow.config.ts").replaceAll("x.arrow", "x.parquet"), text("crossbill.config.ts"));
});
