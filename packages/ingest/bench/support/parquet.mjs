// The bench log as Parquet: the label and i1 to i13 as integers of 64 bits, c1 to c26 as texts, empty fields as nulls; row groups of 100,000 rows, Snappy.
import fs from "node:fs";
import readline from "node:readline";
import * as arrow from "apache-arrow";
import * as parquet from "parquet-wasm";

const GROUP = 100_000;

/** The rows of a CSV file of the log, made once. */
export async function parquetOf(csv) {
  const file = csv.replace(/\.csv$/, ".parquet");
  if (fs.existsSync(file)) return file;
  const options = new parquet.WriterPropertiesBuilder().setCompression(parquet.Compression.SNAPPY).setMaxRowGroupSize(GROUP).build();
  const bytes = await parquet.transformParquetStream(ReadableStream.from(recordBatches(csv)), options);
  const out = fs.openSync(`${file}.part`, "w");
  for await (const piece of bytes) fs.writeSync(out, piece);
  fs.closeSync(out);
  fs.renameSync(`${file}.part`, file);
  return file;
}

async function* recordBatches(csv) {
  let schema = null;
  let lines = [];
  const batch = () => {
    const rows = lines.map((line) => line.split(","));
    lines = [];
    const children = schema.fields.map(({ type }, i) => columnOf(type, rows, i));
    const made = new arrow.RecordBatch(schema, arrow.makeData({ type: new arrow.Struct(schema.fields), length: rows.length, children }));
    return parquet.Table.fromIPCStream(arrow.RecordBatchStreamWriter.writeAll([made]).toUint8Array(true)).recordBatch(0);
  };
  for await (const line of readline.createInterface({ input: fs.createReadStream(csv) })) {
    if (schema !== null) lines.push(line);
    else schema = new arrow.Schema(line.split(",").map((name) => new arrow.Field(name, name.startsWith("c") ? new arrow.Utf8() : new arrow.Int64(), true)));
    if (lines.length === GROUP) yield batch();
  }
  if (lines.length > 0) yield batch();
}

function columnOf(type, rows, i) {
  const length = rows.length;
  const nullBitmap = new Uint8Array(Math.ceil(length / 8));
  let nullCount = 0;
  for (let r = 0; r < length; r++) {
    if (rows[r][i] === "") nullCount++;
    else nullBitmap[r >> 3] |= 1 << (r & 7);
  }
  if (type instanceof arrow.Int64) return arrow.makeData({ type, length, nullCount, nullBitmap, data: BigInt64Array.from(rows, (row) => BigInt(row[i])) });
  const valueOffsets = new Int32Array(length + 1);
  for (let r = 0; r < length; r++) valueOffsets[r + 1] = valueOffsets[r] + rows[r][i].length;
  return arrow.makeData({ type, length, nullCount, nullBitmap, valueOffsets, data: Buffer.from(rows.map((row) => row[i]).join(""), "latin1") });
}
