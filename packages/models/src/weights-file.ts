import { CrossbillError } from "@crossbill/messages";
import {
  type Data,
  Dictionary,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int16,
  Int32,
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
import { numberData, numbersIn, utf8Data } from "./arrow-data.js";
import { toFixed } from "./fixed-point.js";
import type { Weights } from "./weight-table.js";

/** The non-zero weights of one column: ids strictly ascending, of the column's own id space. Of K outputs: those of an id one after the other, one at least not zero. */
export interface ColumnWeights {
  readonly name: string;
  readonly ids: Uint32Array;
  /** [ids], or [ids][K] */
  readonly weights: Weights;
}

export type WeightFormat = "float32" | "float64" | "q2.13";

const ROWS_PER_BATCH = 2 ** 18;

/**
 * weights.arrow: an Arrow IPC file with the fields `column` (dictionary of utf8), `id` uint32, `name` utf8 (for people), `weight` float32, float64
 * or (q2.13) int16 n for the weight n / 2^13, which the schema's metadata say (`crossbill.fixedPoint`: `2.13`); one row a non-zero weight, columns in placement order, ids ascending. Equal arguments give equal bytes. Of several classes the last field is `weights`,
 * a list of one number for each output, and the schema's metadata name them (`crossbill.classes`, JSON): the classes, or what each pair's weights speak for.
 * `nameOf` names feature `id` of column number `column`.
 */
export function encodeWeights(
  columns: readonly ColumnWeights[],
  format: WeightFormat,
  nameOf: (column: number, id: number) => string,
  classes: readonly string[] = [],
): Uint8Array {
  // The dictionary's id is given: the library would count one up in every process.
  const dictionaryType = new Dictionary(new Utf8(), new Int32(), 0);
  const dictionary = new Vector([utf8Data(columns.map((column) => column.name))]);
  const K = classes.length;
  const number = { float32: new Float32(), float64: new Float64(), "q2.13": new Int16() }[format];
  const weightField: Field =
    K === 0 ? new Field("weight", number, false) : new Field("weights", new FixedSizeList(K, new Field("weight", number, false)), false);
  const schema = new Schema(
    [new Field("column", dictionaryType, false), new Field("id", new Uint32(), false), new Field("name", new Utf8(), false), weightField],
    new Map([
      ["crossbill.weights", "1"],
      ...(format === "q2.13" ? [["crossbill.fixedPoint", "2.13"] as const] : []),
      ...(K === 0 ? [] : [["crossbill.classes", JSON.stringify(classes)] as const]),
    ]),
  );
  const rows = columns.reduce((sum, column) => sum + column.ids.length, 0);
  const batches: RecordBatch[] = [];
  const cursor = { column: 0, index: 0 };
  for (let start = 0; start === 0 || start < rows; start += ROWS_PER_BATCH) {
    const n = Math.min(ROWS_PER_BATCH, rows - start);
    const codes = new Int32Array(n);
    const ids = new Uint32Array(n);
    const each = Math.max(1, K);
    const weights = format === "float64" ? new Float64Array(n * each) : new Float32Array(n * each);
    const names: string[] = [];
    for (let i = 0; i < n; i++) {
      while (cursor.index === columns[cursor.column]!.ids.length) {
        cursor.column++;
        cursor.index = 0;
      }
      const column = columns[cursor.column]!;
      codes[i] = cursor.column;
      ids[i] = column.ids[cursor.index]!;
      for (let k = 0; k < each; k++) weights[i * each + k] = column.weights[cursor.index * each + k]!;
      names.push(nameOf(cursor.column, ids[i]!));
      cursor.index++;
    }
    const children = [
      makeData({ type: dictionaryType, data: codes, dictionary }),
      makeData({ type: new Uint32(), data: ids }),
      utf8Data(names),
      K === 0
        ? numberData(format === "q2.13" ? toFixed(weights) : weights)
        : makeData({
            type: weightField.type as FixedSizeList<Float32 | Float64 | Int16>,
            length: n,
            nullCount: 0,
            child: numberData(format === "q2.13" ? toFixed(weights) : weights) as Data<Float32 | Float64 | Int16>,
          }),
    ];
    batches.push(new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: n, nullCount: 0, children: children as Data[] })));
  }
  return tableToIPC(new Table(schema, batches), "file");
}

/**
 * The columns in `bytes` (an entry for every run of rows of one column, in file order) of a model of so many outputs for several classes (0: there are none). `what` names the file in errors.
 * @throws E_MODEL_WEIGHTS when it is no such file.
 */
export function decodeWeights(bytes: Uint8Array, what: string, classes = 0): ColumnWeights[] {
  try {
    const table = tableFromIPC(bytes);
    const fields = table.schema.names.join();
    const wanted = classes === 0 ? "column,id,name,weight" : "column,id,name,weights";
    if (fields !== wanted) throw new TypeError(`fields "${fields}", not "${wanted}"`);
    const each = Math.max(1, classes);
    const parts = new Map<string, { ids: Uint32Array[]; weights: Weights[] }>();
    let last: string | null = null;
    for (const batch of table.batches) {
      const [codeData, idData, , weightData] = batch.data.children;
      const names = codeData?.dictionary;
      const dictionary = Array.from({ length: names?.length ?? 0 }, (_, i) => String(names?.get(i)));
      const codes: unknown = codeData?.values;
      const ids: unknown = idData?.values;
      const weights = numbersIn(classes === 0 ? weightData?.values : weightData?.children[0]?.values);
      if (!(codes instanceof Int32Array) || names === undefined) throw new TypeError('field "column" is no dictionary of texts with 32-bit codes');
      if (!(ids instanceof Uint32Array)) throw new TypeError('field "id" is not uint32');
      if (weights === null) throw new TypeError('field "weight" is neither float32, float64 nor int16');
      const n = batch.numRows;
      if (classes > 0 && !(weightData?.type instanceof FixedSizeList && weightData.type.listSize === classes))
        throw new TypeError(`field "weights" is no list of ${classes} numbers`);
      if (codes.length < n || ids.length < n || weights.length < n * each) throw new RangeError(`a record batch of ${n} rows holds fewer values`);
      for (let start = 0; start < n; ) {
        const code = codes[start]!;
        let end = start + 1;
        while (end < n && codes[end] === code) end++;
        const name = dictionary[code];
        if (name === undefined) throw new RangeError(`column code ${code} of ${dictionary.length}`);
        let part = parts.get(name);
        if (part === undefined) {
          part = { ids: [], weights: [] };
          parts.set(name, part);
        } else if (name !== last) throw new RangeError(`column "${name}" stands in two places`);
        last = name;
        part.ids.push(ids.subarray(start, end));
        part.weights.push(weights.subarray(start * each, end * each));
        start = end;
      }
    }
    return [...parts].map(([name, part]) => ({ name, ids: joined(part.ids), weights: joined(part.weights) }));
  } catch (cause) {
    throw new CrossbillError("E_MODEL_WEIGHTS", `${what}: not a readable weights file (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
  }
}

function joined<T extends Uint32Array | Weights>(parts: readonly T[]): T {
  const first = parts[0]!;
  if (parts.length === 1) return first;
  const all = new (first.constructor as new (length: number) => T)(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
