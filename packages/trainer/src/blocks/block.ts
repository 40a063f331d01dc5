// What a loaded block is. Letters: B rows, C ids a row, U distinct features, Z non-zeros, D dense inputs.

/** Words of the control area: [0] units of 64 bytes taken from the pool, [1] loading was given up, [2] what member 0 decided. */
export const CONTROL_WORDS = 16;
/** u32 words of a block's descriptor, in the order of {@link Block}. */
export const DESCRIPTOR_WORDS = 16;
/** Ids of 16 bits are enough below this. */
const NARROW = 65536;

/** A loaded block: sizes, and byte offsets into the memory. */
export interface Block {
  readonly rows: number;
  /** C; 0: rows of any length, see rowOffsets. */
  readonly width: number;
  readonly distinct: number;
  readonly nonZeros: number;
  /** Local ids and rows are u32, not u16. */
  readonly wide: boolean;
  /** f64[B], or f64[B][K] where labels are vectors. */
  readonly labels: number;
  /** f64[B] */
  readonly weights: number;
  /** u32[U]: features, in order of first occurrence, column by column (or row by row). */
  readonly uniq: number;
  /** [Z]: indices into uniq, row by row. */
  readonly local: number;
  /** u32[U + 1] into rowsOf; 0 in blocks that are only scored. */
  readonly offsets: number;
  /** [Z]: rows of each distinct feature, ascending. */
  readonly rowsOf: number;
  /** f32[D * B]: x[d * B + r]. */
  readonly dense: number;
  /** u32[B + 1], f32[Z] beside local, f32[Z] beside rowsOf; 0: one id a column, value 1. */
  readonly rowOffsets: number;
  readonly values: number;
  readonly valuesOf: number;
  /** u32[C + 1]: uniq[columnStarts[c] .. columnStarts[c + 1]) are of column c; columns of one id a row first, then those of several values. */
  readonly columnStarts: number;
}

/** Sizes of a block, or bounds of them. */
export interface Shape {
  readonly rows: number;
  readonly width: number;
  readonly distinct: number;
  readonly dense: number;
  /** Most distinct ids that one call of the assigning kernel may find. */
  readonly perColumn: number;
  /** Z where it is not rows * width. */
  readonly entries?: number;
  /** Columns of categories, where they are not `width`. */
  readonly columns?: number;
  /** Numbers of a row's label; default 1. */
  readonly labels?: number;
  /** Whether the transpose is kept (blocks to train on). */
  readonly transposed: boolean;
}

export function isWide(shape: Pick<Shape, "rows" | "distinct">): boolean {
  return shape.distinct >= NARROW || shape.rows > NARROW;
}

const round = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Bytes of each part of a block, each rounded up to 64. */
export function partBytes(shape: Shape) {
  const { rows, width, distinct, dense, transposed } = shape;
  const entries = shape.entries ?? rows * width;
  const id = isWide(shape) ? 4 : 2;
  const csr = shape.entries !== undefined;
  return {
    labels: round(8 * rows * (shape.labels ?? 1)),
    weights: round(8 * rows),
    uniq: round(4 * distinct),
    local: round(id * entries),
    offsets: transposed ? round(4 * (distinct + 1)) : 0,
    rowsOf: transposed ? round(id * entries) : 0,
    dense: round(4 * dense * rows),
    rowOffsets: csr ? round(4 * (rows + 1)) : 0,
    values: csr ? round(4 * entries) : 0,
    valuesOf: csr && transposed ? round(4 * entries) : 0,
    columnStarts: round(4 * ((shape.columns ?? width) + 1)),
  };
}

/** Bytes of a block of this shape; grows with every size. */
export function shapeBytes(shape: Shape): number {
  return Object.values(partBytes(shape)).reduce((sum, bytes) => sum + bytes, 0);
}

/** Sizes of what a block reads of a row. */
export interface InputSizes {
  /** Of the columns of one id a row. */
  readonly single: readonly number[];
  /** Of the columns of several values. */
  readonly multi: readonly number[];
  /** D. */
  readonly dense: number;
  /** Numbers of a row's label. */
  readonly labels: number;
}

/**
 * Most a block of `rows` rows can hold, before it is read: every column at most min(rows, its size) distinct ids, one of several values at most
 * min(pairs, its size), `pairs` being those of all of them together.
 */
export function shapeBound(rows: number, sizes: InputSizes, pairs: number, transposed: boolean): Shape {
  const most = [...sizes.single.map((size) => Math.min(size, rows)), ...sizes.multi.map((size) => Math.min(size, pairs))];
  const width = sizes.single.length;
  const shape = {
    rows,
    width,
    distinct: most.reduce((sum, n) => sum + n, 0),
    dense: sizes.dense,
    labels: sizes.labels,
    perColumn: Math.max(1, ...most),
    transposed,
  };
  return sizes.multi.length === 0 ? shape : { ...shape, width: 0, columns: most.length, entries: rows * width + pairs };
}

export function writeDescriptor(words: Uint32Array, block: Block): void {
  words.set([
    block.rows,
    block.width,
    block.distinct,
    block.nonZeros,
    block.wide ? 1 : 0,
    block.labels,
    block.weights,
    block.uniq,
    block.local,
    block.offsets,
    block.rowsOf,
    block.dense,
    block.rowOffsets,
    block.values,
    block.valuesOf,
    block.columnStarts,
  ]);
}

export function readDescriptor(words: Uint32Array): Block {
  const at = (i: number): number => words[i]!;
  return {
    rows: at(0),
    width: at(1),
    distinct: at(2),
    nonZeros: at(3),
    wide: at(4) === 1,
    labels: at(5),
    weights: at(6),
    uniq: at(7),
    local: at(8),
    offsets: at(9),
    rowsOf: at(10),
    dense: at(11),
    rowOffsets: at(12),
    values: at(13),
    valuesOf: at(14),
    columnStarts: at(15),
  };
}
