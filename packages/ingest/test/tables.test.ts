import fs from "node:fs";
import { type CrossbillError, v1 } from "@crossbill/messages";
import { threadsExecutor } from "@crossbill/tasks";
import * as arrow from "apache-arrow";
import test, { type ExecutionContext } from "ava";
import { Compression } from "parquet-wasm";
import { ingestHandlers, readProfile } from "../dist/index.js";
import { columnSpecs, dataSpec, folder, hashes, run, write } from "./support.js";
import { arrowFile, arrowStream, clicks, parquetFile, typedTable } from "./table-files.js";

// Each file is read in a process of its own, which takes long to start on a machine that has other things to do.
test.beforeEach((t) => t.timeout(600_000));

const COLUMNS = columnSpecs(
  { name: "price", numeric: { field: "price" } },
  { name: "count", vocabulary: { field: "count", minCount: 1, outOfVocabulary: 1 } },
  { name: "site", vocabulary: { field: "site", minCount: 1, outOfVocabulary: 1 } },
  { name: "user", hashed: { field: "user", buckets: 100 } },
);

/** Ingests one file in a work folder of its own. */
async function ingested(dir: string, name: string, bytes: string | Uint8Array, format: string, more: v1.DataSpec.$Properties = {}) {
  const root = `${dir}/${name}-work`;
  const data = dataSpec({ format, key: "id", slices: ["site", "count"], split: { index: { every: 4, test: [1], validation: [2] } }, ...more });
  return { root, outcome: await run(root, { train: [write(dir, name, bytes)], data, columns: COLUMNS }) };
}

test("the same rows from CSV, Parquet, an Arrow file and an Arrow stream give the same packs and the same state, bit for bit", async (t) => {
  const dir = folder(t);
  const { csv, table } = clicks(9_000);
  const all = [
    await ingested(dir, "a.csv", csv, "csv"),
    await ingested(dir, "a.parquet", parquetFile(table), "parquet"),
    await ingested(dir, "a.arrow", arrowFile(table), "arrow"),
    await ingested(dir, "a.arrows", arrowStream(table), "arrow-stream"),
  ];
  const [first, ...others] = all.map(({ outcome }) => [
    ...hashes(outcome).slice(1),
    Buffer.from(v1.FeatureState.encode(outcome.manifest.state).finish()).toString("hex"),
  ]);
  const profiles = await Promise.all(all.map(({ root, outcome }) => readProfile(root, outcome.manifest.profile!.name)));
  const [csvTexts, ...otherTexts] = profiles.map(({ profiles: fields }) =>
    fields.flatMap(({ field, missing, texts }) => (field === "site" || field === "user" ? [{ field, missing, texts }] : [])),
  );
  t.is(csvTexts!.length, 2);
  for (const other of otherTexts) t.deepEqual(other, csvTexts, "the profiles of texts");
  t.true(first!.length > 3);
  for (const other of others) t.deepEqual(other, first);
  for (const { outcome } of all) t.is(outcome.read, 9_000);
});

test("row groups and record batches of any size give the same packs; all threads take part", async (t) => {
  const dir = folder(t);
  const { csv, table } = clicks(4_500);
  const expected = hashes((await ingested(dir, "a.csv", csv, "csv")).outcome).slice(1);
  for (const rows of [1500, 4499])
    t.deepEqual(hashes((await ingested(dir, `${rows}.parquet`, parquetFile(table, { rowGroupRows: rows }), "parquet")).outcome).slice(1), expected);
  const root = `${dir}/threads`;
  const executor = threadsExecutor({ handlers: [ingestHandlers], root, workers: 3 });
  try {
    const files = [0, 1, 2].map((i) => write(dir, `${i}.parquet`, parquetFile(clicks(1000, i).table)));
    const data = dataSpec({ format: "parquet", key: "id" });
    const threads = await run(root, { train: files, data, columns: COLUMNS, executor });
    t.deepEqual(hashes(threads), hashes(await run(`${dir}/one`, { train: files, data, columns: COLUMNS })));
    t.is(threads.read, 3_000);
    t.deepEqual(
      fs.readdirSync(`${root}/objects`, { recursive: true }).filter((name) => /table-\d+$/.test(String(name))),
      [],
      "no table stays behind",
    );
    t.true((await run(root, { train: files, data, columns: COLUMNS })).skipped);
  } finally {
    await executor.close();
  }
});

/** What ingestion of one table file throws. */
async function refused(t: ExecutionContext, name: string, bytes: Uint8Array, columns = COLUMNS): Promise<CrossbillError> {
  const dir = folder(t);
  const format = name.split(".")[1]!;
  const error = await t.throwsAsync(
    run(`${dir}/work`, { train: [write(dir, name, bytes)], data: dataSpec({ format: format === "arrows" ? "arrow-stream" : format }), columns }),
  );
  t.regex(error!.message, new RegExp(name), "the error names the file");
  return error as unknown as CrossbillError;
}

test("files without rows, with two fields of a name, of another format, and types that are not read are refused with their names", async (t) => {
  const y = [new arrow.Int32(), [1, 0]] as const;
  const none = typedTable({ y: [new arrow.Int32(), []], price: [new arrow.Float64(), []] });
  t.is((await refused(t, "none.parquet", parquetFile(none), columnSpecs({ name: "price", numeric: { field: "price" } }))).code, "E_NO_ROWS");
  t.is((await refused(t, "none.arrow", arrowFile(none), columnSpecs({ name: "price", numeric: { field: "price" } }))).code, "E_NO_ROWS");
  t.is((await refused(t, "empty.parquet", new Uint8Array(0))).code, "E_EMPTY_FILE");
  t.is((await refused(t, "csv.parquet", Buffer.from("y,price\n1,2\n"))).code, "E_CORRUPT");
  t.is((await refused(t, "parquet.arrow", parquetFile(clicks(10).table))).code, "E_CORRUPT");
  t.is((await refused(t, "file.arrows", arrowFile(clicks(10).table))).code, "E_CORRUPT");
  const column = arrow.vectorFromArray([1, 2], new arrow.Int32());
  const schema = new arrow.Schema(["y", "y"].map((name) => new arrow.Field(name, new arrow.Int32(), true)));
  const batch = new arrow.RecordBatch(
    schema,
    arrow.makeData({ type: new arrow.Struct(schema.fields), length: 2, nullCount: 0, children: [column.data[0]!, column.data[0]!] }),
  );
  t.is((await refused(t, "twice.arrow", arrowFile(new arrow.Table(schema, [batch])))).code, "E_DUPLICATE_COLUMN");
  const interval = typedTable({ y, site: [new arrow.IntervalYearMonth(), [Int32Array.of(1), Int32Array.of(2)]] });
  const error = await refused(
    t,
    "interval.arrow",
    arrowFile(interval),
    columnSpecs({ name: "site", vocabulary: { field: "site", minCount: 1, outOfVocabulary: 1 } }),
  );
  t.is(error.code, "E_TABLE_TYPE");
  t.regex(error.message, /"site" has the type interval/);
});

test("a column of a type that is not read does not matter where nothing reads it", async (t) => {
  const dir = folder(t);
  const table = typedTable({
    y: [new arrow.Int32(), [1, 0, 1]],
    span: [new arrow.IntervalYearMonth(), [Int32Array.of(1), null, Int32Array.of(2)]],
    site: [new arrow.Utf8(), ["a", null, "b"]],
  });
  const columns = columnSpecs({ name: "site", vocabulary: { field: "site", minCount: 1, outOfVocabulary: 1 } });
  t.is((await run(`${dir}/work`, { train: [write(dir, "a.arrow", arrowFile(table))], data: dataSpec({ format: "arrow" }), columns })).read, 3);
});

test("names and values that JavaScript's objects know are ordinary", async (t) => {
  const dir = folder(t);
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
  const table = typedTable({
    y: [new arrow.Int32(), [1, 0, 1, 0]],
    ...Object.fromEntries(names.map((name) => [`f ${name}`, [new arrow.Utf8(), names] as const])),
  });
  const fields = table.schema.fields.map((field) => field.name);
  const columns = columnSpecs(...fields.slice(1).map((field) => ({ name: field, vocabulary: { field, minCount: 1, outOfVocabulary: 1 } })));
  for (const [name, bytes] of [
    ["a.parquet", parquetFile(table)],
    ["a.arrow", arrowFile(table)],
  ] as const) {
    const { manifest } = await run(`${dir}/${name}-work`, { train: [write(dir, name, bytes)], data: dataSpec({ format: name.slice(2) }), columns });
    t.is(manifest.partitions[0]!.rowsRead, 4);
  }
});

test("a file whose pages hold other numbers of rows than its footer says is refused", async (t) => {
  const bytes = parquetFile(clicks(500).table, { compression: Compression.UNCOMPRESSED });
  // The footer's numbers of rows are the same zigzag varint (500: 0xe8 0x07) everywhere; all of them are made one more.
  const footer = bytes.length - 8 - new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 8, true);
  let changed = 0;
  for (let i = footer; i < bytes.length - 9; i++) {
    if (bytes[i] !== 0xe8 || bytes[i + 1] !== 0x07) continue;
    bytes[i] = 0xea;
    changed++;
  }
  t.true(changed >= 3);
  const error = await refused(t, "more.parquet", bytes);
  t.is(error.code, "E_CORRUPT");
  t.regex(error.message, /500 values, the footer says 501/);
});

test("a file that unfolds to more than may be is refused before it is read", async (t) => {
  const bytes = arrowFile(typedTable({ y: [new arrow.Null(), [null, null]], site: [new arrow.Null(), [null, null]] }));
  const at = Buffer.from(bytes).lastIndexOf(Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]));
  t.true(at > 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  // The length of the batch and of its columns: 2 becomes 2^31.
  for (let i = 8; i + 8 <= bytes.length; i++) if (view.getBigInt64(i, true) === 2n && i % 8 === 0) view.setBigInt64(i, 2n ** 31n, true);
  const error = await refused(t, "bomb.arrow", bytes, columnSpecs({ name: "site", vocabulary: { field: "site", minCount: 1, outOfVocabulary: 1 } }));
  t.true(["E_TABLE_LIMIT", "E_CORRUPT"].includes(error.code), error.message);
});
