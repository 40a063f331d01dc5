import { type Data, Field, FixedSizeList, Float32, makeData, RecordBatch, Schema, Struct, Table, tableFromIPC, tableToIPC, Utf8 } from "apache-arrow";
import { numberData, numbersIn, utf8Data } from "../arrow-data.js";
import type { Embedding } from "../embeddings/embedding-of.js";
import { textOf, tsvText } from "./tsv.js";

/** Vectors by value, as other programs write and read them. */
export type EmbeddingTable = Pick<Embedding, "keys" | "dimension" | "vectors">;

const ROWS_PER_BATCH = 2 ** 16;

/** An Arrow IPC file of the fields `key` utf8 and `vector`, a list of d float32. Equal arguments give equal bytes. */
export function encodeEmbedding({ keys, dimension, vectors }: EmbeddingTable): Uint8Array {
  const listType = new FixedSizeList(dimension, new Field("value", new Float32(), false));
  const schema = new Schema([new Field("key", new Utf8(), false), new Field("vector", listType, false)], new Map([["crossbill.embedding", "1"]]));
  const batches: RecordBatch[] = [];
  for (let start = 0; start === 0 || start < keys.length; start += ROWS_PER_BATCH) {
    const own = keys.slice(start, start + ROWS_PER_BATCH);
    const numbers = vectors.slice(start * dimension, (start + own.length) * dimension);
    const children = [utf8Data(own), makeData({ type: listType, length: own.length, nullCount: 0, child: numberData(numbers) as Data<Float32> })];
    batches.push(new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: own.length, nullCount: 0, children: children as Data[] })));
  }
  return tableToIPC(new Table(schema, batches), "file");
}

/** Lines `key`, then d numbers, tabs between; the first one names them. */
export function* embeddingLines({ keys, dimension, vectors }: EmbeddingTable): Generator<string> {
  yield ["key", ...Array.from({ length: dimension }, (_, j) => String(j + 1))].join("\t");
  for (const [row, key] of keys.entries()) yield `${tsvText(key)}\t${vectors.subarray(row * dimension, (row + 1) * dimension).join("\t")}`;
}

/** The inverse of {@link encodeEmbedding}; float64 is rounded. @throws TypeError where it is none */
export function decodeEmbedding(bytes: Uint8Array): EmbeddingTable {
  const table = tableFromIPC(bytes);
  const [key, vector] = [table.getChild("key"), table.getChild("vector")];
  if (key === null || vector === null) throw new TypeError(`fields "${table.schema.names.join()}", not "key,vector"`);
  const { type } = vector;
  if (!(type instanceof FixedSizeList)) throw new TypeError('field "vector" is no list of a fixed number of floats');
  const dimension = type.listSize;
  const vectors = new Float32Array(table.numRows * dimension);
  let filled = 0;
  for (const data of vector.data) {
    const numbers = numbersIn(data.children[0]?.values);
    if (numbers === null || numbers.length < data.length * dimension) throw new TypeError('field "vector" is no list of floats');
    vectors.set(numbers.subarray(0, data.length * dimension), filled);
    filled += data.length * dimension;
  }
  return { keys: Array.from({ length: table.numRows }, (_, i) => String(key.get(i))), dimension, vectors };
}

/** The inverse of {@link embeddingLines}. @throws TypeError, RangeError where it is none */
export function parseEmbedding(bytes: Uint8Array): EmbeddingTable {
  const [header, ...lines] = Buffer.from(bytes).toString("utf8").replace(/\n$/, "").split("\n");
  const dimension = header!.split("\t").length - 1;
  if (dimension < 1) throw new TypeError("the first line names no numbers");
  const keys: string[] = [];
  const vectors = new Float32Array(lines.length * dimension);
  for (const [row, line] of lines.entries()) {
    const [key, ...cells] = line.split("\t");
    if (cells.length !== dimension) throw new RangeError(`line ${row + 2} has ${cells.length} numbers, the first line names ${dimension}`);
    keys.push(textOf(key!));
    for (const [j, cell] of cells.entries()) vectors[row * dimension + j] = cell.trim() === "" ? Number.NaN : Number(cell);
  }
  return { keys, dimension, vectors };
}
