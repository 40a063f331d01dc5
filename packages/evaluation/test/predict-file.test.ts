import fs from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import zlib from "node:zlib";
import { Spool } from "@crossbill/ingest";
import { CrossbillError } from "@crossbill/messages";
import { tableFromIPC } from "apache-arrow";
import test from "ava";
import { readParquet } from "parquet-wasm";
import { predictFile } from "../dist/index.js";
import { type Click, clicks, csvOf, ingested, randomModel, temporary } from "./example.js";

const TRAIN = clicks(800, 1);
const NEW = clicks(500, 3).map((row, i) => (i % 7 === 0 ? { ...row, site: `new-${i}` } : row));

async function setUp() {
  const { manifest } = await ingested([TRAIN], TRAIN.slice(0, 100));
  const dir = temporary();
  const write = (name: string, text: string | Uint8Array): string => {
    fs.writeFileSync(path.join(dir, name), text);
    return path.join(dir, name);
  };
  return { model: await randomModel(manifest.state, 7), write, out: (name: string) => path.join(dir, name) };
}

const inputOf = ({ price, site, country }: Click) => ({ price: price!, site: site!, country: country! });

test("the same rows come out in the same order, equal to the model in process to the last bit", async (t) => {
  const { model, write, out } = await setUp();
  const result = await predictFile({ model, input: write("new.csv", csvOf(NEW)), output: out("out.csv"), keep: ["id", "site"] });
  const lines = fs.readFileSync(out("out.csv"), "utf8").trimEnd().split("\n");
  t.is(lines[0], "id,site,prediction");
  t.is(lines.length, 501);
  for (const [i, row] of NEW.entries()) t.is(lines[i + 1], `${row.id},${row.site},${model.predict(inputOf(row))}`);
  t.deepEqual({ ...result, unseen: { site: result.unseen.site } }, { read: 500, written: 500, rejected: 0, rejects: {}, unseen: { site: result.unseen.site } });
  t.true(result.unseen.site! >= 72);
});

test("other columns, another order of columns and several files make no difference", async (t) => {
  const { model, write, out } = await setUp();
  const input = [write("a.csv", csvOf(NEW.slice(0, 200), ["site", "price", "country"])), write("b.csv", csvOf(NEW.slice(200)))];
  const result = await predictFile({ model, input, output: out("out.jsonl") });
  const rows = fs
    .readFileSync(out("out.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { prediction: number });
  t.is(result.read, 500);
  t.deepEqual(
    rows.map((row) => row.prediction),
    model.predict(NEW.map(inputOf)),
  );
});

test("Arrow and Parquet files hold the same rows: texts that were kept, numbers to the last bit, nulls where there is none", async (t) => {
  const { model, write, out } = await setUp();
  const bad = NEW.map((row, i) => (i % 50 === 9 ? { ...row, price: "cheap" } : row));
  const input = write("new.csv", csvOf(bad as Click[]));
  const few = write("few.csv", "id,site,price,country\n");
  for (const [name, read] of [
    ["arrow", (bytes: Uint8Array) => tableFromIPC(bytes)],
    ["parquet", (bytes: Uint8Array) => tableFromIPC(readParquet(bytes).intoIPCStream())],
  ] as const) {
    const result = await predictFile({ model, input, output: out(`out.${name}`), keep: ["id", "site"] });
    t.deepEqual([result.written, result.rejected], [500, 10], name);
    const table = read(fs.readFileSync(out(`out.${name}`)));
    t.deepEqual(
      table.schema.fields.map((field) => [field.name, String(field.type), field.nullable]),
      [
        ["id", "Utf8", true],
        ["site", "Utf8", true],
        ["prediction", "Float64", true],
      ],
    );
    t.deepEqual(
      [...table.getChild("id")!],
      NEW.map(({ id }) => id),
    );
    t.deepEqual(
      [...table.getChild("site")!],
      NEW.map(({ site }) => (site === "" ? null : site)),
    );
    t.deepEqual(
      [...table.getChild("prediction")!],
      NEW.map((row, i) => (i % 50 === 9 ? null : model.predict(inputOf(row)))),
    );
    await predictFile({ model, input: few, output: out(`few.${name}`), keep: ["id"] });
    const none = read(fs.readFileSync(out(`few.${name}`)));
    t.deepEqual([none.numRows, none.schema.names], [0, ["id", "prediction"]], name);
  }
});

test("files of many rows are written in pieces", async (t) => {
  const { model, write, out } = await setUp();
  const many = Array.from({ length: 150_000 }, (_, i) => `${i},s${i % 50},${i % 7},DE`);
  const input = write("many.csv", `id,site,price,country\n${many.join("\n")}\n`);
  await predictFile({ model, input, output: out("many.arrow"), keep: ["id"] });
  await predictFile({ model, input, output: out("many.parquet"), keep: ["id"] });
  const arrow = tableFromIPC(fs.readFileSync(out("many.arrow")));
  const parquet = tableFromIPC(readParquet(fs.readFileSync(out("many.parquet"))).intoIPCStream());
  t.true(arrow.batches.length > 5);
  for (const table of [arrow, parquet]) {
    t.is(table.numRows, many.length);
    t.deepEqual(
      [table.getChild("id")!.get(149_999), table.getChild("prediction")!.get(149_999)],
      ["149999", model.predict({ site: "s49", price: 3, country: "DE" })],
    );
  }
});

test("a row that cannot be scored keeps its line, with an empty prediction", async (t) => {
  const { model, write, out } = await setUp();
  const text = 'id,site,price,country\n1,s1,5,DE\n2,"s,1",cheap,DE\n3,s2\n4,s1,,FR\n';
  const result = await predictFile({ model, input: write("bad.csv", text), output: out("out.csv"), keep: ["id", "site"] });
  const lines = fs.readFileSync(out("out.csv"), "utf8").split("\n");
  t.is(lines[1], `1,s1,${model.predict({ site: "s1", price: 5, country: "DE" })}`);
  t.is(lines[2], '2,"s,1",');
  t.is(lines[3], ",,");
  t.is(lines[4], `4,s1,${model.predict({ site: "s1", price: null, country: "FR" })}`);
  t.deepEqual([result.read, result.written, result.rejected, result.rejects], [4, 4, 2, { E_NUMBER: 1, E_FIELD_COUNT: 1 }]);
});

test("a header without rows gives a header without rows", async (t) => {
  const { model, write, out } = await setUp();
  const result = await predictFile({ model, input: write("none.csv", "id,site,price,country\n"), output: out("out.csv"), keep: ["id"] });
  t.is(result.read, 0);
  t.is(fs.readFileSync(out("out.csv"), "utf8"), "id,prediction\n");
});

test("what cannot be done leaves no output file, and keeps an old one", async (t) => {
  const { model, write, out } = await setUp();
  const good = write("new.csv", csvOf(NEW));
  const cases: [`E_${string}`, object][] = [
    ["E_FILE_MISSING", { input: out("nothing.csv") }],
    ["E_COLUMN_MISSING", { input: write("less.csv", csvOf(NEW, ["id", "price", "country"])) }],
    ["E_COLUMN_MISSING", { input: good, keep: ["nowhere"] }],
    ["E_EMPTY_FILE", { input: write("empty.csv", "") }],
    ["E_QUOTE_OPEN", { input: write("open.csv", `${csvOf(NEW)}1,"s1,5,DE\n2,s1,5,DE\n`) }],
    ["E_FORMAT", { input: good, output: out("x.xlsx") }],
    ["E_CORRUPT", { input: write("rows.parquet", "PAR1") }],
  ];
  for (const [code, options] of cases) {
    t.is((await t.throwsAsync(predictFile({ model, input: good, output: out("x.csv"), ...options }), { instanceOf: CrossbillError }))?.code, code);
    t.false(fs.existsSync(out("x.csv")));
  }
  fs.writeFileSync(out("x.csv"), "old");
  await t.throwsAsync(predictFile({ model, input: [good, out("nothing.csv")], output: out("x.csv") }));
  t.is(fs.readFileSync(out("x.csv"), "utf8"), "old");
  t.deepEqual(
    fs.readdirSync(path.dirname(good)).filter((name) => !/\.(csv|parquet)$/.test(name)),
    [],
  );
});

test("JSON lines are scored as CSV is: names in any order, numbers as numbers, absent and null fields missing, bad rows in their place", async (t) => {
  const { model, write, out } = await setUp();
  const lines = [
    '{"country":"DE","id":"1","site":"s\\u0031","price":5}',
    '{"id":"2","site":"s1","country":"DE","price":"cheap"}',
    '{"id":"3"',
    '{"id":4,"site":"s1","country":"FR","extra":[1]}',
    '{"id":5,"site":null,"country":"FR","price":0.5}',
  ];
  const result = await predictFile({ model, input: write("new.jsonl", `${lines.join("\n")}\n`), output: out("out.csv"), keep: ["id", "site"] });
  t.deepEqual(fs.readFileSync(out("out.csv"), "utf8").split("\n").slice(1), [
    `1,s1,${model.predict({ site: "s1", price: 5, country: "DE" })}`,
    "2,s1,",
    ",,",
    `4,s1,${model.predict({ site: "s1", price: null, country: "FR" })}`,
    `5,,${model.predict({ site: null, price: 0.5, country: "FR" })}`,
    "",
  ]);
  t.deepEqual([result.read, result.written, result.rejected, result.rejects], [5, 5, 2, { E_NUMBER: 1, E_JSON: 1 }]);
});

test("a field that the model reads is found in JSON lines wherever it first stands; in none it is said to be missing", async (t) => {
  const { model, write, out } = await setUp();
  const common = Array.from({ length: 2000 }, () => '{"site":"s1","country":"DE"}');
  const input = write("rare.jsonl", [...common, '{"price":5,"site":"s1","country":"DE"}'].join("\n"));
  await predictFile({ model, input, output: out("out.csv") });
  const predictions = fs.readFileSync(out("out.csv"), "utf8").trimEnd().split("\n").slice(1);
  t.is(predictions[0], String(model.predict({ site: "s1", country: "DE" })));
  t.is(predictions[2000], String(model.predict({ site: "s1", country: "DE", price: 5 })));
  const error = await t.throwsAsync(predictFile({ model, input: write("none.jsonl", common.join("\n")), output: out("none.csv") }), {
    instanceOf: CrossbillError,
  });
  t.is((error as CrossbillError).code, "E_COLUMN_MISSING");
});

test("compressed files and standard input are scored as the plain file is, in the given order, and nothing is left beside the output", async (t) => {
  const { model, write, out } = await setUp();
  const text = csvOf(NEW);
  await predictFile({ model, input: write("new.csv", text), output: out("plain.csv"), keep: ["id"] });
  const spool = new Spool({ folder: out("spool"), standardInput: Readable.from([text]) });
  await predictFile({ model, input: "-", output: out("piped.csv"), keep: ["id"], spool });
  await spool.close();
  await predictFile({ model, input: write("new.csv.gz", zlib.gzipSync(text)), output: out("packed.csv"), keep: ["id"] });
  for (const name of ["piped.csv", "packed.csv"]) t.is(fs.readFileSync(out(name), "utf8"), fs.readFileSync(out("plain.csv"), "utf8"), name);
  const damaged = write("cut.csv.gz", zlib.gzipSync(text).subarray(0, 200));
  await t.throwsAsync(predictFile({ model, input: damaged, output: out("none.csv") }), { code: "E_CORRUPT", message: /cut\.csv\.gz/ });
  t.deepEqual(
    fs.readdirSync(out(".")).filter((name) => name.startsWith(".")),
    [],
  );
});
