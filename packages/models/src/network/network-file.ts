import { CrossbillError } from "@crossbill/messages";
import {
  type Data,
  Dictionary,
  Field,
  Float32,
  Int32,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  tableToIPC,
  Uint32,
  Utf8,
  Vector,
} from "apache-arrow";
import { nullableUtf8Data, numberData, utf8Data } from "../arrow-data.js";
import type { Tensor } from "./network-tensors.js";

/** Of a tensor in a file: rows of the same number of values. */
export type FileTensor = Pick<Tensor, "name" | "width" | "ids" | "values">;

const VALUES_PER_BATCH = 2 ** 22;
const ROWS_PER_BATCH = 2 ** 18;
const FIELDS = "tensor,id,name,values";

/**
 * network.arrow: an Arrow IPC file with the fields `tensor` (dictionary of utf8), `id` uint32, `name` utf8 (for people; null: a unit of a layer) and `values`, a list of float32: tensors one after the other, ids
 * ascending, a row for each. Equal arguments give equal bytes. A tensor without rows is not in it. `nameOf` names row `id` of tensor number `tensor`.
 */
export function encodeNetwork(tensors: readonly FileTensor[], nameOf: (tensor: number, id: number) => string | null): Uint8Array {
  const dictionaryType = new Dictionary(new Utf8(), new Int32(), 0);
  const dictionary = new Vector([utf8Data(tensors.map(({ name }) => name))]);
  const listType = new List(new Field("value", new Float32(), false));
  const schema = new Schema(
    [
      new Field("tensor", dictionaryType, false),
      new Field("id", new Uint32(), false),
      new Field("name", new Utf8(), true),
      new Field("values", listType, false),
    ],
    new Map([["crossbill.network", "1"]]),
  );
  const batches: RecordBatch[] = [];
  const write = (codes: Int32Array, ids: Uint32Array, offsets: Int32Array, values: Float32Array): void => {
    const children = [
      makeData({ type: dictionaryType, data: codes, dictionary }),
      makeData({ type: new Uint32(), data: ids }),
      nullableUtf8Data(Array.from(ids, (id, i) => nameOf(codes[i]!, id))),
      makeData({ type: listType, length: ids.length, nullCount: 0, valueOffsets: offsets, child: numberData(values) as Data<Float32> }),
    ];
    batches.push(new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: ids.length, nullCount: 0, children: children as Data[] })));
  };
  for (const [t, { width, ids, values }] of tensors.entries()) {
    const most = Math.max(1, Math.min(ROWS_PER_BATCH, Math.floor(VALUES_PER_BATCH / width)));
    for (let start = 0; start < ids.length; start += most) {
      const end = Math.min(ids.length, start + most);
      const own = values.slice(start * width, end * width);
      write(
        new Int32Array(end - start).fill(t),
        ids.slice(start, end),
        Int32Array.from({ length: end - start + 1 }, (_, i) => i * width),
        own,
      );
    }
  }
  if (batches.length === 0) write(new Int32Array(0), new Uint32Array(0), Int32Array.of(0), new Float32Array(0));
  return tableToIPC(new Table(schema, batches), "file");
}

/** The tensors in `bytes`, in the order of the file; `what` names it in errors. @throws E_MODEL_NETWORK when it is no such file */
export function decodeNetwork(bytes: Uint8Array, what: string): FileTensor[] {
  try {
    const table = tableFromIPC(bytes);
    const fields = table.schema.names.join();
    if (fields !== FIELDS) throw new TypeError(`fields "${fields}", not "${FIELDS}"`);
    const parts = new Map<string, { width: number; ids: Uint32Array[]; values: Float32Array[] }>();
    let last: string | null = null;
    for (const batch of table.batches) {
      const { codes, names, ids, offsets, values } = columnsOf(batch);
      for (let start = 0; start < batch.numRows; ) {
        const code = codes[start]!;
        const name = names[code];
        if (name === undefined) throw new RangeError(`tensor code ${code} of ${names.length}`);
        const width: number = offsets[start + 1]! - offsets[start]!;
        let end = start;
        while (end < batch.numRows && codes[end] === code) {
          if (offsets[end + 1]! - offsets[end]! !== width)
            throw new RangeError(`tensor "${name}" has rows of ${width} and of ${offsets[end + 1]! - offsets[end]!} values`);
          end++;
        }
        const part = parts.get(name) ?? { width, ids: [], values: [] };
        if (part.width !== width || (last !== name && parts.has(name)))
          throw new RangeError(`tensor "${name}" stands in two places, or has rows of two lengths`);
        parts.set(name, part);
        last = name;
        if (width < 1 || offsets[start]! < 0 || offsets[end]! > values.length)
          throw new RangeError(`tensor "${name}" has rows of ${width} values, or beyond the file's`);
        part.ids.push(ids.subarray(start, end));
        part.values.push(values.subarray(offsets[start], offsets[end]));
        start = end;
      }
    }
    return [...parts].map(([name, { width, ids, values }]) => ({ name, width, ids: joined(Uint32Array, ids), values: joined(Float32Array, values) }));
  } catch (cause) {
    throw new CrossbillError("E_MODEL_NETWORK", `${what}: not a readable network file (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
  }
}

function columnsOf(batch: RecordBatch): { codes: Int32Array; names: string[]; ids: Uint32Array; offsets: Int32Array; values: Float32Array } {
  const [codeData, idData, , listData] = batch.data.children;
  const n = batch.numRows;
  const dictionary = codeData?.dictionary;
  const names = Array.from({ length: dictionary?.length ?? 0 }, (_, i) => String(dictionary?.get(i)));
  const [codes, ids, offsets, values]: unknown[] = [codeData?.values, idData?.values, listData?.valueOffsets, listData?.children[0]?.values];
  if (!(codes instanceof Int32Array) || dictionary === undefined) throw new TypeError('field "tensor" is no dictionary of texts with 32-bit codes');
  if (!(ids instanceof Uint32Array)) throw new TypeError('field "id" is not uint32');
  if (!(offsets instanceof Int32Array) || !(values instanceof Float32Array)) throw new TypeError('field "values" is no list of float32');
  if (codes.length < n || ids.length < n || offsets.length < n + 1) throw new RangeError(`a record batch of ${n} rows holds fewer values`);
  return { codes, names, ids, offsets, values };
}

function joined<T extends Uint32Array | Float32Array>(type: new (n: number) => T, parts: readonly T[]): T {
  if (parts.length === 1) return parts[0]!;
  const all = new type(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
