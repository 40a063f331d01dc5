/** One block: see assembly/block.ts. Letters: B rows, U distinct features, Z non-zeros. */
export interface TwinBlock {
  readonly rows: number;
  /** u32[U], in order of first occurrence. */
  readonly uniq: Uint32Array;
  /** u32[B + 1] into `local` and `values`. */
  readonly rowOffsets: Uint32Array;
  /** u32[Z]: indices into `uniq`, row by row. */
  readonly local: Uint32Array;
  /** u32[U + 1] into `rowsOf` and `valuesOf`. */
  readonly offsets: Uint32Array;
  /** u32[Z]: the rows of every distinct feature, ascending. */
  readonly rowsOf: Uint32Array;
  /** f32[Z] beside `local`; null: one-hot. */
  readonly values: Float32Array | null;
  /** f32[Z] beside `rowsOf`; null: one-hot. */
  readonly valuesOf: Float32Array | null;
}

/** Slow twin of block_assign + block_pack + block_transpose: columns of one id a row, each placed at its offset. */
export function buildBlockTwin(columns: readonly { readonly ids: ArrayLike<number>; readonly offset: number }[], rows: number): TwinBlock {
  const index = new Map<number, number>();
  const local = new Uint32Array(rows * columns.length);
  for (const [c, { ids, offset }] of columns.entries()) {
    for (let r = 0; r < rows; r++) local[r * columns.length + c] = numberOf(index, ids[r]! + offset);
  }
  const rowOffsets = Uint32Array.from({ length: rows + 1 }, (_, r) => r * columns.length);
  return finish(rows, index, rowOffsets, local, null);
}

/** Slow twin of block_assign + block_transpose_csr: rows of any length with values. */
export function buildCsrBlockTwin(rowOffsets: Uint32Array, ids: ArrayLike<number>, values: Float32Array): TwinBlock {
  const index = new Map<number, number>();
  const local = Uint32Array.from({ length: ids.length }, (_, i) => numberOf(index, ids[i]!));
  return finish(rowOffsets.length - 1, index, rowOffsets, local, values);
}

function numberOf(index: Map<number, number>, feature: number): number {
  const known = index.get(feature);
  if (known !== undefined) return known;
  index.set(feature, index.size);
  return index.size - 1;
}

function finish(rows: number, index: ReadonlyMap<number, number>, rowOffsets: Uint32Array, local: Uint32Array, values: Float32Array | null): TwinBlock {
  const holders: { row: number; value: number }[][] = Array.from({ length: index.size }, () => []);
  for (let r = 0; r < rows; r++) {
    for (let i = rowOffsets[r]!; i < rowOffsets[r + 1]!; i++) holders[local[i]!]!.push({ row: r, value: values?.[i] ?? 1 });
  }
  const offsets = new Uint32Array(index.size + 1);
  for (const [u, held] of holders.entries()) offsets[u + 1] = offsets[u]! + held.length;
  const all = holders.flat();
  return {
    rows,
    uniq: Uint32Array.from(index.keys()),
    rowOffsets,
    local,
    offsets,
    rowsOf: Uint32Array.from(all, (one) => one.row),
    values,
    valuesOf: values === null ? null : Float32Array.from(all, (one) => one.value),
  };
}
