import type { PlacedPairs } from "@crossbill/columns";
import type { AtomicWriter } from "@crossbill/storage";
import { type Data, makeData, RecordBatch, RecordBatchFileWriter, type Schema, Struct, type Utf8, Vector } from "apache-arrow";
import { Growable } from "./growable.js";
import { PackColumns } from "./pack-columns.js";
import { PACK_BATCH_ROWS, PAIR_CHUNK_ROWS, type PackLayout, packSchema } from "./pack-format.js";
import { PairColumn } from "./pair-columns.js";
import type { Runtime } from "./runtime.js";
import { TextColumn, validity } from "./text-column.js";

/** Rows of one batch, of which some go into a pack. Arrays are indexed by row of the batch. */
export interface PackInput {
  readonly label: Float64Array;
  readonly weight: Float64Array;
  /** Offsets of u32[rows], by column. */
  readonly ids: ReadonlyMap<string, number>;
  /** Offsets of f64[rows], by column; NaN: missing. */
  readonly numbers: ReadonlyMap<string, number>;
  /** By column of several values. */
  readonly pairs: ReadonlyMap<string, PlacedPairs>;
  /** Text of a slice field in a row, null: missing. */
  slice(field: string, row: number): string | null;
  key(row: number): string | null;
}

interface Texts {
  readonly codes: Growable<Int32Array>;
  readonly index: Map<string, number>;
}

const i32 = (n: number): Int32Array => new Int32Array(n);

/** Bytes that are written at once. */
const PIECE_BYTES = 2 ** 20;

/** Collects the rows of one pack (one shard and part, so a bounded number) and writes them as an Arrow IPC file. It takes memory of the arena with every `add`. */
export class PackBuilder {
  readonly layout: PackLayout;
  readonly #schema: Schema;
  readonly #runtime: Runtime;
  /** Label, weight and numbers; ids. */
  readonly #columns: PackColumns;
  readonly #pairs: readonly PairColumn[];
  readonly #bits: number;
  #placeAt = 0;
  #placeRows = 0;
  readonly #slices: Texts[];
  readonly #keys = new TextColumn();
  /** Sum of weights in row order. */
  weight = 0;
  /** Sum of the weights of rows with label 1, in row order. */
  positiveWeight = 0;

  constructor(runtime: Runtime, layout: PackLayout, build: string) {
    this.#runtime = runtime;
    this.layout = layout;
    this.#schema = packSchema(layout, build);
    this.#columns = new PackColumns(runtime, 2 + layout.numbers.length, layout.ids.length);
    this.#pairs = layout.pairs.map(({ valued }) => new PairColumn(valued));
    this.#bits = runtime.arena.take(PACK_BATCH_ROWS / 8);
    this.#slices = layout.slices.map(() => ({ codes: new Growable(i32), index: new Map() }));
  }

  get rows(): number {
    return this.#columns.rows;
  }

  /** Pairs of all columns of several values in each {@link PAIR_CHUNK_ROWS} rows; empty without such columns. */
  chunkPairs(): number[] {
    if (this.#pairs.length === 0) return [];
    return Array.from({ length: Math.ceil(this.rows / PAIR_CHUNK_ROWS) }, (_, chunk) => {
      const [from, to] = [chunk * PAIR_CHUNK_ROWS, Math.min(this.rows, (chunk + 1) * PAIR_CHUNK_ROWS)];
      return this.#pairs.reduce((sum, pairs) => sum + pairs.count(from, to), 0);
    });
  }

  /** Appends the rows of `input` whose numbers stand in `selected`, in that order. */
  add(input: PackInput, selected: Uint32Array): void {
    const [labels, weights, rows] = this.#place(input, selected);
    for (const row of selected) {
      this.weight += input.weight[row]!;
      if (input.label[row] === 1) this.positiveWeight += input.weight[row]!;
    }
    const numbers = this.layout.numbers.map((name) => input.numbers.get(name)!);
    const ids = this.layout.ids.map((name) => input.ids.get(name)!);
    this.#columns.add([labels, weights, ...numbers], ids, rows, selected.length);
    for (const [i, { name }] of this.layout.pairs.entries()) this.#pairs[i]!.add(this.#runtime, input.pairs.get(name)!, selected, input.label.length);
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

  /** Offsets of label, weight and selected in kernel memory. */
  #place(input: PackInput, selected: Uint32Array): [number, number, number] {
    const { arena } = this.#runtime;
    const rows = input.label.length;
    if (rows > this.#placeRows) {
      this.#placeRows = rows;
      this.#placeAt = arena.take(20 * rows);
    }
    const at = this.#placeAt;
    arena.f64(at, rows).set(input.label);
    arena.f64(at + 8 * rows, rows).set(input.weight);
    arena.u32(at + 16 * rows, selected.length).set(selected);
    return [at, at + 8 * rows, at + 16 * rows];
  }

  /** Writes the file's bytes: equal rows give equal bytes. */
  async write(writer: AtomicWriter): Promise<void> {
    const arrow = new RecordBatchFileWriter({ autoDestroy: false });
    const dictionaries = this.#slices.map(({ index }) => new Vector([textsOf(index.keys())]));
    for (let batch = 0; batch < this.#columns.batches; batch++) arrow.write(this.#batch(batch, dictionaries));
    arrow.finish();
    arrow.close();
    // The writer yields many chunks of a few bytes; they are joined to pieces.
    const piece = new Uint8Array(PIECE_BYTES);
    let used = 0;
    for await (const chunk of arrow as AsyncIterable<Uint8Array>) {
      if (used + chunk.length > PIECE_BYTES) {
        await writer.write(piece.subarray(0, used));
        used = 0;
      }
      if (chunk.length > PIECE_BYTES) await writer.write(chunk);
      else {
        piece.set(chunk, used);
        used += chunk.length;
      }
    }
    if (used > 0) await writer.write(piece.subarray(0, used));
  }

  #batch(batch: number, dictionaries: Vector<Utf8>[]): RecordBatch {
    const { arena, kernels } = this.#runtime;
    const length = this.#columns.rowsOf(batch);
    const [from, to] = [batch * PACK_BATCH_ROWS, batch * PACK_BATCH_ROWS + length];
    const fields = this.#schema.fields;
    const types = fields.map((field) => field.type);
    const wide = (column: number): Float64Array => arena.f64(this.#columns.wideAt(batch, column), length);
    const ids = this.layout.ids.map((_, i) => arena.u32(this.#columns.narrowAt(batch, i), length));
    const columns: Data[] = [wide(0), wide(1), ...ids].map((data, i) => makeData({ type: types[i] as never, length, nullCount: 0, data: data as never }));
    for (const i of this.layout.numbers.keys()) {
      const nullBitmap = new Uint8Array(Math.ceil(length / 8));
      const nullCount = kernels.validity_f64(this.#bits, this.#columns.wideAt(batch, 2 + i), length);
      nullBitmap.set(arena.u8(this.#bits, nullBitmap.length));
      columns.push(makeData({ type: types[columns.length] as never, length, nullCount, ...(nullCount > 0 ? { nullBitmap } : {}), data: wide(2 + i) as never }));
    }
    for (const pairs of this.#pairs) columns.push(...pairs.data(from, to));
    for (const [s, { codes }] of this.#slices.entries()) {
      const data = codes.view().slice(from, to);
      const nulls = validity(length, (i) => data[i]! >= 0);
      for (let i = 0; i < length; i++) if (data[i]! < 0) data[i] = 0;
      columns.push(makeData({ type: types[columns.length] as never, length, ...nulls, data: data as never, dictionary: dictionaries[s] as never }));
    }
    if (this.layout.key) columns.push(this.#keys.data(from, to));
    return new RecordBatch(this.#schema, makeData({ type: new Struct(fields), length, nullCount: 0, children: columns }));
  }
}

function textsOf(texts: Iterable<string>): Data<Utf8> {
  const column = new TextColumn();
  let n = 0;
  for (const text of texts) {
    column.push(text);
    n++;
  }
  return column.data(0, n);
}
