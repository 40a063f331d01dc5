import type { AtomicWriter } from "@crossbill/storage";
import { type Data, makeData, RecordBatch, RecordBatchFileWriter, type Schema, Struct, Utf8, Vector } from "apache-arrow";
import { Growable } from "./growable.js";
import { PACK_BATCH_ROWS, type PackLayout, packSchema } from "./pack-format.js";

/** Rows of one batch, of which some go into a pack. Arrays are indexed by row of the batch. */
export interface PackInput {
  readonly label: Float64Array;
  readonly weight: Float64Array;
  readonly ids: ReadonlyMap<string, Uint32Array>;
  /** NaN: missing. */
  readonly numbers: ReadonlyMap<string, Float64Array>;
  /** Text of a slice field in a row, null: missing. */
  slice(field: string, row: number): string | null;
  key(row: number): string | null;
}

interface Texts {
  readonly codes: Growable<Int32Array>;
  readonly index: Map<string, number>;
}

const f64 = (n: number): Float64Array => new Float64Array(n);
const u32 = (n: number): Uint32Array => new Uint32Array(n);
const i32 = (n: number): Int32Array => new Int32Array(n);

/** Collects the rows of one pack (one shard and part, so a bounded number) and writes them as an Arrow IPC file. */
export class PackBuilder {
  readonly layout: PackLayout;
  readonly #schema: Schema;
  readonly #label = new Growable(f64);
  readonly #weight = new Growable(f64);
  readonly #ids: Growable<Uint32Array>[];
  readonly #numbers: Growable<Float64Array>[];
  readonly #slices: Texts[];
  readonly #keys: (string | null)[] = [];
  /** Sum of weights in row order. */
  weight = 0;
  /** Sum of the weights of rows with label 1, in row order. */
  positiveWeight = 0;

  constructor(layout: PackLayout, build: string) {
    this.layout = layout;
    this.#schema = packSchema(layout, build);
    this.#ids = layout.ids.map(() => new Growable(u32));
    this.#numbers = layout.numbers.map(() => new Growable(f64));
    this.#slices = layout.slices.map(() => ({ codes: new Growable(i32), index: new Map() }));
  }

  get rows(): number {
    return this.#label.length;
  }

  /** Appends the rows of `input` whose numbers stand in `selected`, in that order. */
  add(input: PackInput, selected: Uint32Array): void {
    gather(this.#label.extend(selected.length), input.label, selected);
    gather(this.#weight.extend(selected.length), input.weight, selected);
    for (const row of selected) {
      this.weight += input.weight[row]!;
      if (input.label[row] === 1) this.positiveWeight += input.weight[row]!;
    }
    for (const [i, name] of this.layout.ids.entries()) gather(this.#ids[i]!.extend(selected.length), input.ids.get(name)!, selected);
    for (const [i, name] of this.layout.numbers.entries()) gather(this.#numbers[i]!.extend(selected.length), input.numbers.get(name)!, selected);
    for (const [i, field] of this.layout.slices.entries()) {
      const { codes, index } = this.#slices[i]!;
      for (const row of selected) {
        const text = input.slice(field, row);
        const code = text === null ? -1 : (index.get(text) ?? index.size);
        if (text !== null && code === index.size) index.set(text, code);
        codes.push(code);
      }
    }
    if (this.layout.key) for (const row of selected) this.#keys.push(input.key(row));
  }

  /** Writes the file's bytes: equal rows give equal bytes. */
  async write(writer: AtomicWriter): Promise<void> {
    const arrow = new RecordBatchFileWriter({ autoDestroy: false });
    const dictionaries = this.#slices.map(({ index }) => new Vector([utf8Data([...index.keys()])]));
    const feed = (): void => {
      for (let from = 0; from < this.rows; from += PACK_BATCH_ROWS) arrow.write(this.#batch(from, Math.min(this.rows, from + PACK_BATCH_ROWS), dictionaries));
      arrow.finish();
      arrow.close();
    };
    feed();
    // The writer yields many chunks of a few bytes; they are joined to pieces of about a MiB.
    let pieces: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of arrow as AsyncIterable<Uint8Array>) {
      pieces.push(chunk);
      bytes += chunk.length;
      if (bytes < 2 ** 20) continue;
      await writer.write(Buffer.concat(pieces, bytes));
      pieces = [];
      bytes = 0;
    }
    if (bytes > 0) await writer.write(Buffer.concat(pieces, bytes));
  }

  #batch(from: number, to: number, dictionaries: Vector<Utf8>[]): RecordBatch {
    const length = to - from;
    const fields = this.#schema.fields;
    const types = fields.map((field) => field.type);
    const columns: Data[] = [this.#label, this.#weight, ...this.#ids].map((column, i) =>
      makeData({ type: types[i] as never, length, nullCount: 0, data: column.view().subarray(from, to) as never }),
    );
    for (const column of this.#numbers) {
      const data = column.view().subarray(from, to);
      columns.push(makeData({ type: types[columns.length] as never, length, ...validity(length, (i) => !Number.isNaN(data[i])), data: data as never }));
    }
    for (const [s, { codes }] of this.#slices.entries()) {
      const data = codes.view().slice(from, to);
      const nulls = validity(length, (i) => data[i]! >= 0);
      for (let i = 0; i < length; i++) if (data[i]! < 0) data[i] = 0;
      columns.push(makeData({ type: types[columns.length] as never, length, ...nulls, data: data as never, dictionary: dictionaries[s] as never }));
    }
    if (this.layout.key) columns.push(utf8Data(this.#keys.slice(from, to)));
    return new RecordBatch(this.#schema, makeData({ type: new Struct(fields), length, nullCount: 0, children: columns }));
  }
}

function gather(out: Float64Array | Uint32Array, values: Float64Array | Uint32Array, selected: Uint32Array): void {
  for (let i = 0; i < selected.length; i++) out[i] = values[selected[i]!]!;
}

/** Arrow's validity bitmap; none where nothing is null. */
function validity(length: number, valid: (i: number) => boolean): { nullCount: number; nullBitmap?: Uint8Array } {
  const nullBitmap = new Uint8Array(Math.ceil(length / 8));
  let nullCount = 0;
  for (let i = 0; i < length; i++) {
    if (valid(i)) nullBitmap[i >> 3]! |= 1 << (i & 7);
    else nullCount++;
  }
  return nullCount === 0 ? { nullCount } : { nullCount, nullBitmap };
}

function utf8Data(texts: readonly (string | null)[]): Data<Utf8> {
  const valueOffsets = new Int32Array(texts.length + 1);
  const encoded = texts.map((text, i) => {
    const bytes = Buffer.from(text ?? "");
    valueOffsets[i + 1] = valueOffsets[i]! + bytes.length;
    return bytes;
  });
  return makeData({
    type: new Utf8(),
    length: texts.length,
    ...validity(texts.length, (i) => texts[i] !== null),
    valueOffsets,
    data: new Uint8Array(Buffer.concat(encoded)),
  });
}
