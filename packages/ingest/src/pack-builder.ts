import type { PlacedPairs } from "@crossbill/columns";
import type { AtomicWriter, Written } from "@crossbill/storage";
import { ArrowFile } from "./arrow/arrow-file.js";
import type { ArrowColumn } from "./arrow/arrow-metadata.js";
import { LabelColumn } from "./label-column.js";
import { PackColumns } from "./pack-columns.js";
import { PACK_BATCH_ROWS, PAIR_CHUNK_ROWS, type PackLayout, packSchema } from "./pack-format.js";
import { PairColumn } from "./pair-columns.js";
import type { Runtime } from "./runtime.js";
import { CodeColumn, TextColumn } from "./text-column.js";

/** Rows of one batch, of which some go into a pack. Arrays are indexed by row of the batch. */
export interface PackInput {
  readonly label: Float64Array;
  /** f64[rows][K] where labels are vectors. */
  readonly labels?: Float64Array;
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

/**
 * Writes the rows of one pack (one shard and part) as an Arrow IPC file, each record batch as it fills: of the rows it keeps one batch, and the texts of slices.
 * It takes memory of the arena with every `add`. Equal rows give equal bytes. After an error `abort`.
 */
export class PackBuilder {
  readonly layout: PackLayout;
  readonly #runtime: Runtime;
  readonly #open: () => Promise<AtomicWriter>;
  readonly #file: ArrowFile;
  #writer: AtomicWriter | null = null;
  /** The last write: while it goes on, the next batch is filled. */
  #writing: Promise<void> = Promise.resolve();
  /** Label, weight and numbers; ids. */
  readonly #columns: PackColumns;
  readonly #pairs: readonly PairColumn[];
  readonly #slices: readonly CodeColumn[];
  readonly #keys = new TextColumn();
  readonly #labels: LabelColumn;
  /** Bitmaps of the numbers' validity. */
  readonly #bits: number;
  #placeAt = 0;
  #placeRows = 0;
  /** Pairs of all columns of several values in each {@link PAIR_CHUNK_ROWS} rows; empty without such columns. Complete after `finish`. */
  readonly chunkPairs: number[] = [];
  rows = 0;
  /** Sum of weights in row order. */
  weight = 0;
  /** Sum of the weights of rows with label 1, in row order. */
  positiveWeight = 0;

  /** @param open is called when the first bytes are to be written */
  constructor(runtime: Runtime, layout: PackLayout, build: string, open: () => Promise<AtomicWriter>) {
    this.#runtime = runtime;
    this.layout = layout;
    this.#open = open;
    this.#file = new ArrowFile(packSchema(layout, build));
    this.#columns = new PackColumns(runtime, 2 + layout.numbers.length, layout.ids.length);
    this.#pairs = layout.pairs.map(({ valued }) => new PairColumn(valued));
    this.#bits = runtime.arena.take((PACK_BATCH_ROWS / 8) * layout.numbers.length);
    this.#slices = layout.slices.map(() => new CodeColumn());
    this.#labels = new LabelColumn(layout.labels ?? 0);
  }

  /** Appends the rows of `input` whose numbers stand in `selected`, in that order, each at most once. @throws E_IO, E_NO_SPACE */
  async add(input: PackInput, selected: Uint32Array): Promise<void> {
    const [labels, weights, rows] = this.#place(input, selected);
    const numbers = this.layout.numbers.map((name) => input.numbers.get(name)!);
    const ids = this.layout.ids.map((name) => input.ids.get(name)!);
    for (let from = 0; from < selected.length; ) {
      const to = Math.min(selected.length, from + PACK_BATCH_ROWS - this.#columns.rows);
      this.#columns.add([labels, weights, ...numbers], ids, rows + 4 * from, to - from);
      this.#addOthers(input, selected.subarray(from, to));
      from = to;
      if (this.#columns.rows === PACK_BATCH_ROWS) await this.#writeBatch();
    }
  }

  #addOthers(input: PackInput, selected: Uint32Array): void {
    this.rows += selected.length;
    for (const row of selected) {
      this.weight += input.weight[row]!;
      if (input.label[row] === 1) this.positiveWeight += input.weight[row]!;
    }
    for (const [i, { name }] of this.layout.pairs.entries()) this.#pairs[i]!.add(this.#runtime, input.pairs.get(name)!, selected, input.label.length);
    for (const [i, field] of this.layout.slices.entries()) for (const row of selected) this.#slices[i]!.push(input.slice(field, row));
    if (this.layout.labels !== undefined) this.#labels.add(input.labels!, selected);
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

  /** Writes what is left and commits the file; null, and no file: there were no rows. @throws E_IO, E_NO_SPACE */
  async finish(): Promise<Written | null> {
    if (this.#columns.rows > 0) await this.#writeBatch();
    if (this.#writer === null) return null;
    for (const [id, codes] of this.#slices.entries()) await this.#write(this.#writer, this.#file.dictionary(id, codes.dictionary()));
    await this.#write(this.#writer, this.#file.end());
    await this.#writing;
    this.#file.release();
    return this.#writer.commit();
  }

  async abort(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#writer?.abort();
  }

  /** Begins to write a piece once the one before is written. @throws what kept that one from being written */
  async #write(writer: AtomicWriter, piece: Uint8Array): Promise<void> {
    await this.#writing;
    this.#writing = writer.write(piece);
    // Said by who waits for it.
    this.#writing.catch(() => undefined);
  }

  async #writeBatch(): Promise<void> {
    if (this.#writer === null) {
      this.#writer = await this.#open();
      await this.#write(this.#writer, this.#file.begin());
    }
    const { rows } = this.#columns;
    for (let from = 0; this.#pairs.length > 0 && from < rows; from += PAIR_CHUNK_ROWS) {
      const to = Math.min(rows, from + PAIR_CHUNK_ROWS);
      this.chunkPairs.push(this.#pairs.reduce((sum, pairs) => sum + pairs.count(from, to), 0));
    }
    const bytes = this.#file.batch(rows, this.#arrowColumns(rows));
    for (const part of [this.#columns, ...this.#pairs, ...this.#slices, this.#keys, this.#labels]) part.clear();
    await this.#write(this.#writer, bytes);
  }

  #arrowColumns(length: number): ArrowColumn[] {
    const { arena, kernels } = this.#runtime;
    const full = (values: ArrayBufferView): ArrowColumn => ({ length, nulls: 0, validity: null, buffers: [values] });
    const wide = (column: number): Float64Array => arena.f64(this.#columns.wideAt(column), length);
    return [
      full(wide(0)),
      full(wide(1)),
      ...this.layout.ids.map((_, i) => full(arena.u32(this.#columns.narrowAt(i), length))),
      ...this.layout.numbers.map((_, i) => {
        const bits = this.#bits + i * (PACK_BATCH_ROWS / 8);
        const nulls = kernels.validity_f64(bits, this.#columns.wideAt(2 + i), length);
        return { length, nulls, validity: nulls === 0 ? null : arena.u8(bits, Math.ceil(length / 8)), buffers: [wide(2 + i)] };
      }),
      ...this.#pairs.flatMap((pairs) => pairs.columns()),
      ...this.#slices.map((codes) => codes.column()),
      ...(this.layout.key ? [this.#keys.column()] : []),
      ...(this.layout.labels !== undefined ? [this.#labels.column()] : []),
    ];
  }
}
