import type { KernelExports } from "@crossbill/kernels";
import { share } from "../blocks/heap.js";
import type { Entries, MatrixRows } from "./matrix-rows.js";
import type { SharedArena } from "./shared-arena.js";

/** Rows of a block of columns at most: row numbers within it have 16 bits. */
export const BLOCK_ROWS = 65536;

/** Where entries lie: compressed sparse rows, or (with `uniq`) the columns of a block. Byte offsets; `values` 0: all 1. */
interface Placed {
  /** Columns: distinct features. */
  readonly uniq: number;
  /** u32[uniq], ascending. */
  readonly features: number;
  /** u32[rows + 1] or u32[uniq + 1] */
  readonly offsets: number;
  /** u32 features of rows, or u16 rows of columns. */
  readonly ids: number;
  readonly values: number;
  readonly entries: number;
}
const PLACED_WORDS = 6;

/** Rows [start, start + rows) of the matrix, from one pack. */
export interface Segment {
  readonly start: number;
  readonly rows: number;
}

export interface MatrixShape {
  /** N: rows to train on, numbered [0, N). */
  readonly rows: number;
  /** Rows to validate on, numbered [firstValidation, firstValidation + validationRows). */
  readonly firstValidation: number;
  readonly validationRows: number;
  /** F, without the intercept. */
  readonly features: number;
  readonly segments: readonly Segment[];
}

/** Words of the shared table that a matrix is found by. */
export function tableWords({ segments, rows }: MatrixShape): number {
  return 2 * PLACED_WORDS * (segments.length + blocksOf(rows));
}

/** That of {@link Matrix.restrict}: a segment a block, without validation rows. */
export function restrictedShape({ rows }: MatrixShape, features: number): MatrixShape {
  const segments = Array.from({ length: blocksOf(rows) }, (_, b) => ({ start: b * BLOCK_ROWS, rows: Math.min(BLOCK_ROWS, rows - b * BLOCK_ROWS) }));
  return { rows, firstValidation: 64 * Math.ceil(rows / 64), validationRows: 0, features, segments };
}

/** Where ids of `active` stand in `all`, both ascending: pairs of an index into each. Goes over both. */
function merged(all: Uint32Array, active: Uint32Array): number[] {
  const found: number[] = [];
  for (let u = 0, a = 0; u < all.length && a < active.length; ) {
    const difference = all[u]! - active[a]!;
    if (difference === 0) found.push(u, a);
    if (difference <= 0) u++;
    if (difference >= 0) a++;
  }
  return found;
}

/** As {@link merged}; looks for each active id. */
function searched(all: Uint32Array, active: Uint32Array): number[] {
  const found: number[] = [];
  let from = 0;
  for (const [a, id] of active.entries()) {
    let high = all.length;
    while (from < high) {
      const middle = (from + high) >> 1;
      if (all[middle]! < id) from = middle + 1;
      else high = middle;
    }
    if (all[from] === id) found.push(from, a);
  }
  return found;
}

function blocksOf(rows: number): number {
  return Math.ceil(rows / BLOCK_ROWS);
}

/**
 * The training matrix in shared memory. Life: every segment is filled by one thread; barrier; every thread transposes its share of the blocks; barrier; then it is read only.
 */
export class Matrix {
  readonly shape: MatrixShape;
  readonly blocks: number;
  readonly #kernels: KernelExports;
  readonly #arena: SharedArena;
  readonly #table: Uint32Array;

  /** @param table shared, tableWords(shape) zeros at the start */
  constructor(shape: MatrixShape, kernels: KernelExports, arena: SharedArena, table: Uint32Array) {
    this.shape = shape;
    this.#kernels = kernels;
    this.blocks = blocksOf(shape.rows);
    this.#arena = arena;
    this.#table = table;
  }

  /** Copies the rows of segment `index` into the memory. */
  fill(index: number, rows: MatrixRows): void {
    this.#write(2 * index, this.#place(rows.ones));
    this.#write(2 * index + 1, this.#place(rows.valued));
  }

  /** The entries of value 1 and those with values of a segment. */
  segment(index: number): readonly [Placed, Placed] {
    return [this.#read(2 * index), this.#read(2 * index + 1)];
  }

  /** Columns of block `index`: rows [index * BLOCK_ROWS, ...). */
  block(index: number): readonly [Placed, Placed] {
    const at = 2 * (this.shape.segments.length + index);
    return [this.#read(at), this.#read(at + 1)];
  }

  /** Places the columns of block `index`. @param counts u32[F] of zeros in the memory; zeros again afterwards */
  transpose(index: number, counts: number): void {
    for (const which of [0, 1] as const) this.#write(2 * (this.shape.segments.length + index) + which, this.#transposed(index, which, counts));
  }

  /**
   * Places block `index` of `part`, this matrix of the `active` features (ascending) alone, numbered in their order: its rows are the part's segment `index`.
   */
  restrict(index: number, active: Uint32Array, part: Matrix): void {
    const rows = Math.min(BLOCK_ROWS, this.shape.rows - index * BLOCK_ROWS);
    for (const which of [0, 1] as const) {
      const columns = this.#columnsOf(this.block(index)[which], active);
      part.#write(2 * (part.shape.segments.length + index) + which, columns);
      part.#write(2 * index + which, this.#rowsOfColumns(columns, rows));
    }
  }

  /** Features [cuts[m], cuts[m + 1]) are member m's: about the same number of entries each. Depends on the data alone; no result depends on it. */
  cuts(members: number): Uint32Array {
    const { features } = this.shape;
    const work = new Float64Array(features);
    for (let b = 0; b < this.blocks; b++) {
      for (const placed of this.block(b)) {
        const ids = this.#arena.u32(placed.features, placed.uniq);
        const offsets = this.#arena.u32(placed.offsets, placed.uniq + 1);
        for (let u = 0; u < placed.uniq; u++) work[ids[u]!] = work[ids[u]!]! + 4 + offsets[u + 1]! - offsets[u]!;
      }
    }
    let total = features;
    for (const one of work) total += one;
    const cuts = new Uint32Array(members + 1);
    let [sum, member] = [0, 1];
    for (let f = 0; f < features; f++) {
      while (member < members && sum >= share(total, member, members)) cuts[member++] = f;
      sum += 1 + work[f]!;
    }
    return cuts.fill(features, member);
  }

  /** Where features (ascending) stand among the block's distinct ones: pairs of an index there and an index into `features`, for those that do. */
  find(placed: Placed, features: Uint32Array): number[] {
    const all = this.#arena.u32(placed.features, placed.uniq);
    return features.length * 16 < all.length ? searched(all, features) : merged(all, features);
  }

  /** First of the block's distinct features that is not below `feature`. */
  lowerBound({ features, uniq }: Placed, feature: number): number {
    const ids = this.#arena.u32(features, uniq);
    let [low, high] = [0, uniq];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ids[middle]! < feature) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #place({ offsets, features, values }: Entries): Placed {
    const n = features.length;
    const at = { offsets: this.#arena.take(4 * offsets.length), ids: this.#arena.take(4 * n), values: values === null ? 0 : this.#arena.take(8 * n) };
    this.#arena.u32(at.offsets, offsets.length).set(offsets);
    this.#arena.u32(at.ids, n).set(features);
    if (values !== null) this.#arena.f64(at.values, n).set(values);
    return { uniq: 0, features: 0, entries: n, ...at };
  }

  #transposed(index: number, which: 0 | 1, counts: number): Placed {
    const [kernels, parts] = [this.#kernels, this.#rowsOf(index, which)];
    let [distinct, entries] = [0, 0];
    for (const { placed, from, to } of parts) {
      distinct += kernels.count_ids_u32(counts, placed.ids, from, to);
      entries += to - from;
    }
    const columns = this.#placeColumns(distinct, entries, which === 1);
    const { features, offsets, ids, values } = columns;
    kernels.list_counted_u32(counts, this.shape.features, features, offsets);
    for (const { placed, start, firstRow, lastRow } of parts)
      kernels.rows_to_columns(ids, values, counts, index * BLOCK_ROWS, firstRow, lastRow, start, placed.offsets, placed.ids, placed.values);
    kernels.clear_ids_u32(counts, features, distinct);
    return columns;
  }

  #placeColumns(uniq: number, entries: number, valued: boolean): Placed {
    return {
      uniq,
      entries,
      features: this.#arena.take(4 * uniq),
      offsets: this.#arena.take(4 * (uniq + 1)),
      ids: this.#arena.take(2 * entries),
      values: valued ? this.#arena.take(8 * entries) : 0,
    };
  }

  /** Those of the columns that are active, by their number among the active. */
  #columnsOf(placed: Placed, active: Uint32Array): Placed {
    const from = this.#arena.u32(placed.offsets, placed.uniq + 1);
    const found = this.find(placed, active);
    const distinct = found.length / 2;
    let entries = 0;
    for (let i = 0; i < found.length; i += 2) entries += from[found[i]! + 1]! - from[found[i]!]!;
    const valued = placed.values !== 0;
    const at = this.#placeColumns(distinct, entries, valued);
    const features = this.#arena.u32(at.features, distinct);
    const offsets = this.#arena.u32(at.offsets, distinct + 1);
    const rows = this.#arena.u16(at.ids, entries);
    const values = valued ? this.#arena.f64(at.values, entries) : null;
    const rowsOfAll = this.#arena.u16(placed.ids, placed.entries);
    const valuesOfAll = valued ? this.#arena.f64(placed.values, placed.entries) : null;
    for (let u = 0; u < distinct; u++) {
      const [first, last] = [from[found[2 * u]!]!, from[found[2 * u]! + 1]!];
      features[u] = found[2 * u + 1]!;
      rows.set(rowsOfAll.subarray(first, last), offsets[u]!);
      if (values !== null) values.set(valuesOfAll!.subarray(first, last), offsets[u]!);
      offsets[u + 1] = offsets[u]! + last - first;
    }
    return at;
  }

  /** The rows of a block of `rows` rows that has these columns; a row's features ascend. */
  #rowsOfColumns(columns: Placed, rows: number): Placed {
    const { uniq, entries, features, values } = columns;
    const at = {
      // One more than there are offsets: the kernel's.
      offsets: this.#arena.take(4 * (rows + 2)),
      ids: this.#arena.take(4 * entries),
      values: values === 0 ? 0 : this.#arena.take(8 * entries),
    };
    this.#kernels.columns_to_rows(at.offsets, at.ids, at.values, rows, uniq, features, columns.offsets, columns.ids, values);
    return { uniq: 0, features: 0, entries, ...at };
  }

  /** The parts of segments that block `index` is made of. */
  #rowsOf(index: number, which: 0 | 1) {
    const { segments, rows } = this.shape;
    const [low, high] = [index * BLOCK_ROWS, Math.min(rows, (index + 1) * BLOCK_ROWS)];
    return segments.flatMap(({ start, rows: n }, s) => {
      const [firstRow, lastRow] = [Math.max(low, start), Math.min(high, start + n)];
      if (firstRow >= lastRow) return [];
      const placed = this.segment(s)[which];
      const offsets = this.#arena.u32(placed.offsets, n + 1);
      return [{ start, firstRow, lastRow, placed, from: offsets[firstRow - start]!, to: offsets[lastRow - start]! }];
    });
  }

  #write(slot: number, { uniq, features, offsets, ids, values, entries }: Placed): void {
    this.#table.set([uniq, features, offsets, ids, values, entries], PLACED_WORDS * slot);
  }

  #read(slot: number): Placed {
    const [uniq, features, offsets, ids, values, entries] = this.#table.subarray(PLACED_WORDS * slot, PLACED_WORDS * (slot + 1)) as unknown as number[];
    return { uniq: uniq!, features: features!, offsets: offsets!, ids: ids!, values: values!, entries: entries! };
  }
}
