import fs from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { v1 } from "@crossbill/messages";
import * as arrow from "apache-arrow";
import test, { type ExecutionContext } from "ava";
import { Compression } from "parquet-wasm";
import { readTexts } from "../dist/index.js";
import type { Head } from "../dist/read-head.js";
import { makeRuntime } from "../dist/runtime.js";
import { isFlat } from "../dist/tables/flat-column.js";
import { decompressLz4Frame } from "../dist/tables/lz4-frame.js";
import { readParquetLayout } from "../dist/tables/parquet-footer.js";
import { checkPages } from "../dist/tables/parquet-pages.js";
import { runTableChild } from "../dist/tables/run-child.js";
import { SourceFile } from "../dist/tables/source-file.js";
import { TableShard } from "../dist/tables/table-shard.js";
import { tableShards } from "../dist/tables/table-texts.js";
import { columnSpecs, dataSpec, folder, run, write } from "./support.js";
import { arrowFile, arrowStream, clicks, parquetFile, typedTable } from "./table-files.js";

// Each file is read in a process of its own, which takes long to start on a machine that has other things to do.
test.beforeEach((t) => t.timeout(600_000));

type Format = "parquet" | "arrow" | "arrow-stream";
const bytesOf: Record<Format, (table: arrow.Table) => Uint8Array> = { parquet: (table) => parquetFile(table), arrow: arrowFile, "arrow-stream": arrowStream };

/** All texts of a file by field; "E_..." where a row has a problem. */
async function textsOf(t: ExecutionContext, format: Format, bytes: Uint8Array): Promise<Record<string, (string | null)[]>> {
  const file = write(folder(t), `a.${format}`, bytes);
  const out: Record<string, (string | null)[]> = {};
  let names: readonly string[] = [];
  await readTexts(
    file,
    { format, csv: v1.CsvDialect.create({ missing: [] }) },
    {
      wanted: (fields) => {
        names = fields;
        for (const name of fields) out[name] = [];
        return fields.map((_, i) => i);
      },
      take: (batch) => {
        for (let row = 0; row < batch.rows; row++) names.forEach((name, i) => out[name]!.push(batch.problem(row) ?? batch.text(i, row)));
      },
    },
  );
  return out;
}

const long = (values: readonly (bigint | null)[]): (bigint | null)[] => [...values];
const COLUMNS: Record<string, readonly [arrow.DataType, readonly unknown[], readonly (string | null)[]]> = {
  int8: [new arrow.Int8(), [-128, null, 127], ["-128", null, "127"]],
  uint16: [new arrow.Uint16(), [65535, null, 0], ["65535", null, "0"]],
  int32: [new arrow.Int32(), [-2147483648, 7, null], ["-2147483648", "7", null]],
  uint32: [new arrow.Uint32(), [4294967295, 0, null], ["4294967295", "0", null]],
  int64: [new arrow.Int64(), long([9007199254740993n, -9223372036854775808n, null]), ["9007199254740993", "-9223372036854775808", null]],
  int64small: [new arrow.Int64(), long([-5n, null, 4503599627370497n]), ["-5", null, "4503599627370497"]],
  int64mixed: [new arrow.Int64(), long([1n, null, 9007199254740993n]), ["1", null, "9007199254740993"]],
  uint64: [new arrow.Uint64(), long([18446744073709551615n, 1n, null]), ["18446744073709551615", "1", null]],
  float64: [new arrow.Float64(), [0.1, null, -0], ["0.1", null, "0"]],
  float64odd: [new arrow.Float64(), [Number.NaN, Number.POSITIVE_INFINITY, 1e300], ["NaN", "Infinity", "1e+300"]],
  float32: [new arrow.Float32(), [0.1, null, 16777216], ["0.1", null, "16777216"]],
  bool: [new arrow.Bool(), [true, null, false], ["true", null, "false"]],
  utf8: [new arrow.Utf8(), ["", null, "Grüße 🐦"], ["", null, "Grüße 🐦"]],
  largeUtf8: [new arrow.LargeUtf8(), ["a", null, "é"], ["a", null, "é"]],
  binary: [new arrow.Binary(), [Buffer.from("ab"), null, Buffer.from("é")], ["ab", null, "é"]],
  dictionary: [new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()), ["x", null, "y"], ["x", null, "y"]],
  dateDay: [new arrow.DateDay(), [new Date("2026-03-01"), null, new Date("1969-12-31")], ["2026-03-01", null, "1969-12-31"]],
  timestampS: [new arrow.TimestampSecond(), [1772368496_000, null, -1000], ["2026-03-01T12:34:56Z", null, "1969-12-31T23:59:59Z"]],
  timestampMs: [new arrow.TimestampMillisecond(), [1772368496_500, null, 0], ["2026-03-01T12:34:56.5Z", null, "1970-01-01T00:00:00Z"]],
  timestampUs: [
    new arrow.TimestampMicrosecond("Europe/Berlin"),
    [1772368496_500, null, -0.001 * 1000],
    ["2026-03-01T12:34:56.5Z", null, "1969-12-31T23:59:59.999Z"],
  ],
  list: [new arrow.List(new arrow.Field("item", new arrow.Utf8(), true)), [["a", null, 'b"'], null, []], ['["a",null,"b\\""]', null, "[]"]],
  numbers: [new arrow.List(new arrow.Field("item", new arrow.Float64(), true)), [[1.5, 2], [], null], ["[1.5,2]", "[]", null]],
  fixedList: [new arrow.FixedSizeList(2, new arrow.Field("item", new arrow.Int32(), true)), [[1, 2], null, [3, 4]], ["[1,2]", null, "[3,4]"]],
  struct: [
    new arrow.Struct([new arrow.Field("a", new arrow.Int64(), true), new arrow.Field("__proto__", new arrow.Utf8(), true)]),
    [{ a: 9007199254740993n, ["__proto__"]: "x" }, null, { a: null, ["__proto__"]: "y" }],
    ['{"a":9007199254740993,"__proto__":"x"}', null, '{"a":null,"__proto__":"y"}'],
  ],
  empty: [new arrow.Utf8(), [null, null, null], [null, null, null]],
};

for (const format of ["parquet", "arrow", "arrow-stream"] as const) {
  test(`every type has its text, from ${format}`, async (t) => {
    const names = Object.keys(COLUMNS);
    const table = typedTable(Object.fromEntries(names.map((name) => [name, [COLUMNS[name]![0], COLUMNS[name]![1]]])));
    const texts = await textsOf(t, format, bytesOf[format](table));
    t.deepEqual(Object.keys(texts), names);
    for (const name of names) t.deepEqual(texts[name], COLUMNS[name]![2] as (string | null)[], name);
  });
}

test("a decimal, a map and a time of day have their text", async (t) => {
  const entries = new arrow.Struct<{ key: arrow.Utf8; value: arrow.Int32 }>([
    new arrow.Field("key", new arrow.Utf8(), false) as arrow.Field<never>,
    new arrow.Field("value", new arrow.Int32(), true) as arrow.Field<never>,
  ]);
  const decimals = new arrow.Table({
    d: new arrow.Vector([
      arrow.makeData({
        type: new arrow.Decimal(2, 38, 128),
        length: 2,
        nullCount: 0,
        data: new Uint32Array([1, 0, 0, 0, 0xfffffffe, 0xffffffff, 0xffffffff, 0xffffffff]),
      }),
    ]),
    time: arrow.vectorFromArray([3_723_004, null], new arrow.TimeMillisecond()),
    map: arrow.vectorFromArray([new Map([["a", 1]]), null], new arrow.Map_(new arrow.Field("entries", entries, false))),
  });
  for (const format of ["parquet", "arrow"] as const) {
    const texts = await textsOf(t, format, bytesOf[format](decimals as never));
    t.deepEqual(texts["d"], ["0.01", "-0.02"], format);
    t.deepEqual(texts["time"], ["01:02:03.004", null], format);
    t.deepEqual(texts["map"], ['{"a":1}', null], format);
  }
});

test("every codec, both versions of pages, with and without dictionaries: the same texts", async (t) => {
  const { table } = clicks(1000);
  const expected = await textsOf(t, "arrow", arrowFile(table));
  const { UNCOMPRESSED, SNAPPY, GZIP, BROTLI, ZSTD, LZ4_RAW } = Compression;
  for (const compression of [UNCOMPRESSED, SNAPPY, GZIP, BROTLI, ZSTD, LZ4_RAW]) {
    const [dictionary, version2] = [compression % 2 === 0, compression % 3 === 0];
    t.deepEqual(
      await textsOf(t, "parquet", parquetFile(table, { compression, dictionary, version2, rowGroupRows: 10_000 })),
      expected,
      Compression[compression],
    );
  }
});

/** Columns that are flat, and what makes the general decoder go on: from row `turn` on. */
function turning(rows: number, turn: number): arrow.Table {
  const of = <T>(value: (i: number) => T): T[] => Array.from({ length: rows }, (_, i) => value(i));
  const far = new arrow.Field("item", new arrow.Int32(), true);
  return typedTable({
    few: [new arrow.Utf8(), of((i) => (i % 7 === 0 ? null : `t${i % 5}`))],
    many: [new arrow.Utf8(), of((i) => `${i * 7919} äöü ${"x".repeat(i % 90)}`)],
    none: [new arrow.Utf8(), of(() => null)],
    empty: [new arrow.Utf8(), of((i) => (i % 2 === 0 ? "" : "."))],
    whole: [new arrow.Int64(), of((i) => (i === turn ? 2n ** 60n + 1n : i % 11 === 0 ? null : BigInt(i - 50)))],
    odd: [new arrow.Float64(), of((i) => (i % 13 === 0 ? Number.NaN : i % 17 === 0 ? null : i / 8))],
    single: [new arrow.Float32(), of((i) => (i % 19 === 0 ? Number.POSITIVE_INFINITY : Math.fround(i / 10)))],
    small: [new arrow.Int32(), of((i) => (i % 3 === 0 ? null : i))],
    day: [new arrow.DateDay(), of((i) => new Date(86_400_000 * (i % 30)))],
    items: [new arrow.List(far), of((i) => [i, i + 1])],
  });
}

test("flat columns, others beside them, and columns that turn out not to be flat: the same texts as from Arrow", async (t) => {
  // Rows are read 8192 at once.
  for (const [rows, turn, group, dictionary] of [
    [9_000, -1, 9_000, true],
    [2_500, 0, 1_000, true],
    [9_000, 8_500, 9_000, false],
    [2_500, 2_150, 100, true],
  ] as const) {
    const table = turning(rows, turn);
    const flat = table.select(["few", "many", "none", "empty", "whole", "odd", "single", "small"]);
    const wanted = await textsOf(t, "arrow", arrowFile(table));
    for (const part of [flat, table]) {
      const texts = await textsOf(t, "parquet", parquetFile(part, { rowGroupRows: group, dictionary }));
      const names = part.schema.fields.map(({ name }) => name);
      t.deepEqual(Object.keys(texts), names);
      for (const name of names) t.true(isDeepStrictEqual(texts[name], wanted[name]), `${name}: ${turn} ${group} ${part.numCols}`);
    }
  }
});

test("a text that is no UTF-8 far behind in a file is found, too", async (t) => {
  const bytes = Array.from({ length: 10_000 }, (_, i) => (i === 9_000 ? Buffer.from([0x41, 0xc3]) : Buffer.from(`b${i % 3000}`)));
  const table = typedTable({ b: [new arrow.Binary(), bytes], n: [new arrow.Int32(), bytes.map((_, i) => i)] });
  for (const dictionary of [true, false]) {
    const texts = await textsOf(t, "parquet", parquetFile(table, { dictionary }));
    t.deepEqual(
      texts["b"],
      bytes.map((_, i) => (i === 9_000 ? "E_UTF8" : `b${i % 3000}`)),
    );
  }
});

test("which fields are flat: numbers and texts that are not nested, and keep their meaning under the writer's own schema", (t) => {
  const file = write(folder(t), "a.parquet", parquetFile(turning(10, -1)));
  const source = new SourceFile(file);
  const layout = readParquetLayout(source);
  t.deepEqual([...layout.flat.keys()], ["few", "many", "none", "empty", "whole", "odd", "single", "small"]);
  for (const chunk of layout.groups[0]!.chunks) if (layout.flat.has(chunk.field)) t.true(isFlat(chunk, checkPages(source, chunk)), chunk.field);
  source.close();
});

test("a table file is verified before it is read: one changed bit is an error that names it", async (t) => {
  const path = write(folder(t), "a.parquet", parquetFile(clicks(500).table));
  const { layout } = await runTableChild({ kind: "describe", format: "parquet", path });
  const head: Head = { path, size: 0, modified: "", fields: layout!.fields, dataStart: 0, dataLines: 0, groups: layout!.groups };
  let tables = 0;
  for await (const { shard, inputs } of tableShards("parquet", head, layout!.fields, undefined)) {
    tables++;
    const params = v1.ShardParams.create({ data: dataSpec({ format: "parquet" }), fields: [...layout!.fields], checksum: shard.checksum });
    const rows = new TableShard(makeRuntime(), params, inputs[0]!);
    t.true(rows.next() && rows.rows === 500);
    const file = inputs[0]!.path;
    const bytes = fs.readFileSync(file);
    for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      fs.writeFileSync(file, changed);
      const error = t.throws(() => new TableShard(makeRuntime(), params, inputs[0]!), { code: "E_CORRUPT" });
      t.true(error!.message.includes(file));
    }
  }
  t.is(tables, 1);
});

test("a text that is no UTF-8 rejects its row; other rows stay exact", async (t) => {
  const bytes = [Buffer.from("ok"), Buffer.from([0xff, 0xfe]), Buffer.from([0xc3]), Buffer.from([0xa9]), Buffer.from("é"), null];
  const table = typedTable({ b: [new arrow.Binary(), bytes], n: [new arrow.Int32(), [1, 2, 3, 4, 5, 6]] });
  for (const format of ["parquet", "arrow"] as const) {
    const texts = await textsOf(t, format, bytesOf[format](table));
    t.deepEqual(texts["b"], ["ok", "E_UTF8", "E_UTF8", "E_UTF8", "é", null], format);
    t.deepEqual(texts["n"], ["1", "E_UTF8", "E_UTF8", "E_UTF8", "5", "6"], format);
  }
});

test("NaN and infinities are rejected where a column reads numbers; what means no value is missing, as text and as number", async (t) => {
  const dir = folder(t);
  const x = Array.from({ length: 400 }, (_, i) => (i === 7 ? Number.NaN : i === 9 ? Number.NEGATIVE_INFINITY : i % 5 === 0 ? -999 : i % 5 === 1 ? null : i));
  const y = x.map((_, i) => i % 2);
  const table = typedTable({
    y: [new arrow.Int32(), y],
    x: [new arrow.Float64(), x],
    s: [new arrow.Utf8(), x.map((_, i) => (i % 3 === 0 ? "?" : `v${i % 4}`))],
  });
  const csv = `y,x,s\n${x.map((value, i) => `${y[i]},${value ?? ""},${i % 3 === 0 ? "?" : `v${i % 4}`}`).join("\n")}\n`;
  const columns = columnSpecs({ name: "x", numeric: { field: "x" } }, { name: "s", vocabulary: { field: "s", minCount: 1, outOfVocabulary: 1 } });
  const packs: string[][] = [];
  for (const [name, content] of [
    ["a.csv", csv],
    ["a.parquet", parquetFile(table)],
    ["a.arrow", arrowFile(table)],
  ] as const) {
    const data = dataSpec({ format: name.slice(2), csv: { missing: ["", "-999", "?"] }, maxRejected: 0.1 });
    const outcome = await run(`${dir}/${name}-work`, { train: [write(dir, name, content)], data, columns });
    t.is(outcome.rejected, 2);
    t.deepEqual(outcome.rejects, { E_NUMBER: 2 });
    packs.push(outcome.manifest.partitions.flatMap((partition) => partition.packs.map((pack) => pack.file.sha256)));
  }
  t.deepEqual(packs[1], packs[0]);
  t.deepEqual(packs[2], packs[0]);
});

test("an LZ4 frame is decompressed, byte for byte", (t) => {
  // "abcabcabc..." by the reference implementation's rules: 3 literals, a match of 24 that overlaps itself, 5 literals at the end.
  const block = [0x3f, 0x61, 0x62, 0x63, 3, 0, 5, 0x50, 0x78, 0x78, 0x78, 0x78, 0x78];
  const frame = Uint8Array.from([0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0, block.length, 0, 0, 0, ...block, 0, 0, 0, 0]);
  t.is(Buffer.from(decompressLz4Frame(frame, 32)).toString(), `${"abc".repeat(9)}xxxxx`);
  for (let cut = 0; cut < frame.length; cut++) t.throws(() => decompressLz4Frame(frame.subarray(0, cut), 32), { instanceOf: RangeError });
  t.throws(() => decompressLz4Frame(frame, 31), { instanceOf: RangeError });
  t.throws(() => decompressLz4Frame(frame, 33), { instanceOf: RangeError });
});
