import { type Data, Dictionary, Field, Float64, Int32, makeData, RecordBatch, Schema, Struct, Table, tableToIPC, Uint32, Utf8, Vector } from "apache-arrow";
import { numberData, utf8Data } from "../arrow-data.js";
import type { WeightRow } from "./weight-rows.js";

const ROWS_PER_BATCH = 2 ** 16;

/**
 * An Arrow IPC file of the fields `column` (dictionary of utf8; null: an intercept), `id` uint32 (null: an intercept), `name` utf8, of several classes `class`
 * (dictionary of utf8), and `weight` float64. Equal arguments give equal bytes.
 * @param columns names of the model's columns @param outputs of its classes or pairs; none: there is one
 */
export function encodeWeightsTable(rows: Iterable<WeightRow>, columns: readonly string[], outputs: readonly string[]): Uint8Array {
  const several = outputs.length > 0;
  const texts = (id: number, values: readonly string[]): Texts => ({
    type: new Dictionary(new Utf8(), new Int32(), id),
    values: new Vector([utf8Data(values)]),
    codes: new Map(values.map((value, code) => [value, code])),
  });
  const [column, output] = [texts(0, columns), texts(1, outputs)];
  const schema = new Schema([
    new Field("column", column.type, true),
    new Field("id", new Uint32(), true),
    new Field("name", new Utf8(), false),
    ...(several ? [new Field("class", output.type, false)] : []),
    new Field("weight", new Float64(), false),
  ]);
  const batches: RecordBatch[] = [];
  const write = (part: readonly WeightRow[]): void => {
    const children = [
      codesOf(column, part, (row) => row.column),
      nullable(
        new Uint32(),
        Uint32Array.from(part, (row) => row.id ?? 0),
        part.map((row) => row.id !== null),
      ),
      utf8Data(part.map((row) => row.name)),
      ...(several ? [codesOf(output, part, (row) => row.output)] : []),
      numberData(Float64Array.from(part, (row) => row.weight)),
    ];
    batches.push(new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: part.length, nullCount: 0, children: children as Data[] })));
  };
  let part: WeightRow[] = [];
  for (const row of rows) {
    part.push(row);
    if (part.length < ROWS_PER_BATCH) continue;
    write(part);
    part = [];
  }
  if (part.length > 0) write(part);
  return tableToIPC(new Table(schema, batches), "file");
}

interface Texts {
  readonly type: Dictionary<Utf8, Int32>;
  readonly values: Vector<Utf8>;
  readonly codes: ReadonlyMap<string, number>;
}

function codesOf(texts: Texts, rows: readonly WeightRow[], of: (row: WeightRow) => string | null): Data {
  const data = Int32Array.from(rows, (row) => texts.codes.get(of(row) ?? "") ?? 0);
  return makeData({ type: texts.type, ...withNulls(rows.map((row) => of(row) !== null)), data, dictionary: texts.values });
}

function nullable(type: Uint32, data: Uint32Array, valid: readonly boolean[]): Data {
  return makeData({ type, ...withNulls(valid), data });
}

function withNulls(valid: readonly boolean[]): { length: number; nullCount: number; nullBitmap?: Uint8Array } {
  const nullCount = valid.filter((is) => !is).length;
  if (nullCount === 0) return { length: valid.length, nullCount };
  const nullBitmap = new Uint8Array(Math.ceil(valid.length / 8));
  for (const [i, is] of valid.entries()) if (is) nullBitmap[i >> 3]! |= 1 << (i & 7);
  return { length: valid.length, nullCount, nullBitmap };
}
