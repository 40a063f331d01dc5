// Between vectors of a block's distinct features and panels: f32[units][64], unit u of row r at u * 64 + r. A panel is about rows [r0, r0 + rows) of the block, rows <= 64.
// Entries of a row: one-hot blocks (row_offsets = 0) have `width` local ids a row, that of a column at `column`, with value 1; others have local and values [row_offsets[r], row_offsets[r + 1]), of a column
// of one id the entry `column` of these, with value 1; of a column of several values (column = -1) those whose local id is in [start, end). Vectors f32[..][V] are those of local ids start, start + 1, ...

const PANEL: usize = 64;

const SEVERAL: i32 = -1;
const MEAN: u32 = 0;
const SQRTN: u32 = 2;

// @ts-ignore: decorator
@inline
function local_id<T>(local: usize, i: usize): usize {
  return <usize>load<T>(local + i * sizeof<T>());
}

// Entry of row r of a column of one id.
// @ts-ignore: decorator
@inline
function entry_of(r: usize, width: u32, column: i32, row_offsets: usize): usize {
  return (row_offsets == 0 ? r * <usize>width : <usize>load<u32>(row_offsets + (r << 2))) + <usize>column;
}

/** Lanes of four rows to four rows of lanes, or back. */
// @ts-ignore: decorator
@inline
function store_transposed(out: usize, stride: usize, n: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  v128.store(out, v128.shuffle<f64>(ab, cd, 0, 2));
  if (n > 1) v128.store(out + stride, v128.shuffle<f64>(ab, cd, 1, 3));
  if (n <= 2) return;
  const ef = v128.shuffle<f32>(a, b, 2, 6, 3, 7), gh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(out + (stride << 1), v128.shuffle<f64>(ef, gh, 0, 2));
  if (n > 3) v128.store(out + 3 * stride, v128.shuffle<f64>(ef, gh, 1, 3));
}

// @ts-ignore: decorator
@inline
function pool_single<T>(panel: usize, d: usize, V: usize, r0: usize, rows: usize, vectors: usize, start: usize, local: usize, width: u32, column: i32, row_offsets: usize): void {
  let r: usize = 0;
  if (V >= 4) {
    for (; r + 4 <= rows; r += 4) {
      const a = vectors + (local_id<T>(local, entry_of(r0 + r, width, column, row_offsets)) - start) * (V << 2);
      const b = vectors + (local_id<T>(local, entry_of(r0 + r + 1, width, column, row_offsets)) - start) * (V << 2);
      const c = vectors + (local_id<T>(local, entry_of(r0 + r + 2, width, column, row_offsets)) - start) * (V << 2);
      const e = vectors + (local_id<T>(local, entry_of(r0 + r + 3, width, column, row_offsets)) - start) * (V << 2);
      for (let u: usize = 0; u < d; u += 4) {
        const by = u << 2;
        store_transposed(panel + ((u * PANEL + r) << 2), PANEL << 2, d - u, v128.load(a + by), v128.load(b + by), v128.load(c + by), v128.load(e + by));
      }
    }
  }
  for (; r < rows; r++) {
    const a = vectors + (local_id<T>(local, entry_of(r0 + r, width, column, row_offsets)) - start) * (V << 2);
    for (let u: usize = 0; u < d; u++) store<f32>(panel + ((u * PANEL + r) << 2), load<f32>(a + (u << 2)));
  }
}

// Lanes to the first n of four units.
// @ts-ignore: decorator
@inline
function store_lanes(out: usize, n: usize, v: v128): void {
  v128.store32_lane(out, v, 0);
  if (n > 1) v128.store32_lane(out + (PANEL << 2), v, 1);
  if (n > 2) v128.store32_lane(out + (PANEL << 3), v, 2);
  if (n > 3) v128.store32_lane(out + 3 * (PANEL << 2), v, 3);
}

// @ts-ignore: decorator
@inline
function pool_several<T>(panel: usize, d: usize, V: usize, r0: usize, rows: usize, combiner: u32, scales: usize, vectors: usize, start: usize, end: usize, local: usize, row_offsets: usize, values: usize): void {
  for (let r: usize = 0; r < rows; r++) {
    let from = <usize>load<u32>(row_offsets + ((r0 + r) << 2));
    let to = <usize>load<u32>(row_offsets + ((r0 + r) << 2), 4);
    // Entries of a column lie side by side.
    while (from < to && local_id<T>(local, from) - start >= end - start) from++;
    while (from < to && local_id<T>(local, to - 1) - start >= end - start) to--;
    let size: f64 = 0;
    for (let i = from; i < to; i++) {
      const value = <f64>load<f32>(values + (i << 2));
      size += combiner == MEAN ? abs(value) : value * value;
    }
    const scale: f32 = combiner == MEAN ? (size > 0 ? <f32>(1 / size) : 0) : combiner == SQRTN ? (size > 0 ? <f32>(1 / sqrt(size)) : 0) : 1;
    if (scales != 0) store<f32>(scales + ((r0 + r) << 2), scale);
    let u: usize = 0;
    for (; u + 4 <= V; u += 4) {
      let sum = f32x4.splat(0);
      for (let i = from; i < to; i++) sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(values + (i << 2)), v128.load(vectors + (((local_id<T>(local, i) - start) * V + u) << 2))));
      store_lanes(panel + ((u * PANEL + r) << 2), d - u, f32x4.mul(sum, f32x4.splat(scale)));
    }
    for (; u < d; u++) {
      let sum: f32 = 0;
      for (let i = from; i < to; i++) sum += load<f32>(values + (i << 2)) * load<f32>(vectors + (((local_id<T>(local, i) - start) * V + u) << 2));
      store<f32>(panel + ((u * PANEL + r) << 2), sum * scale);
    }
  }
}

/**
 * Pooled vectors of a column into units [0, d) at `panel` (the address of its first unit): scale[r] * sum over the row's entries, in order, of value * vector, in float32. Combiners (EmbeddingInput.Combiner):
 * MEAN scale 1 / sum of |value|, SUM 1, SQRTN 1 / sqrt(sum of value^2); 0 where that sum is 0. scales f32[B] (0: none are kept) gets scale[r] of columns of several values; those of one id have scale 1 and are not written. Rows of the panel past `rows` become 0.
 */
export function table_pool(panel: usize, d: u32, V: u32, r0: u32, rows: u32, combiner: u32, scales: usize, vectors: usize, start: u32, end: u32, local: usize, wide: bool, width: u32, column: i32, row_offsets: usize, values: usize): void {
  if (column == SEVERAL) {
    if (wide) pool_several<u32>(panel, d, V, r0, rows, combiner, scales, vectors, start, end, local, row_offsets, values);
    else pool_several<u16>(panel, d, V, r0, rows, combiner, scales, vectors, start, end, local, row_offsets, values);
  } else if (wide) pool_single<u32>(panel, d, V, r0, rows, vectors, start, local, width, column, row_offsets);
  else pool_single<u16>(panel, d, V, r0, rows, vectors, start, local, width, column, row_offsets);
  for (let u: usize = 0; u < <usize>d; u++) for (let r: usize = rows; r < PANEL; r++) store<f32>(panel + ((u * PANEL + r) << 2), 0);
}

// @ts-ignore: decorator
@inline
function scale_of(scales: usize, r: usize): f32 {
  return scales == 0 ? 1 : load<f32>(scales + (r << 2));
}

/** Panel of so many units from columns f32[rows], `stride` floats one behind the other: out[u][r] = x[u stride + r], 0 from `rows` on. */
export function columns_to_panel(out: usize, x: usize, stride: u32, units: u32, rows: u32): void {
  const zero = f32x4.splat(0);
  const fours = (<usize>rows & ~3) << 2;
  const bytes = <usize>rows << 2;
  for (let u: u32 = 0; u < units; u++) {
    let at: usize = 0;
    for (; at < fours; at += 16) v128.store(out + at, v128.load(x + at));
    if (at < 256) {
      for (let rest = at; rest < 256; rest += 16) v128.store(out + rest, zero);
      for (; at < bytes; at += 4) store<f32>(out + at, load<f32>(x + at));
    }
    out += 256;
    x += <usize>stride << 2;
  }
}

/** out[r0 + r] f32[V], `stride` floats a row, = scale[r0 + r] * units [0, d) at `panel` of row r, padding 0; scales f32[B], 0: 1. For panels of gradients by what table_pool made. */
export function panel_to_rows(out: usize, stride: u32, panel: usize, d: u32, V: u32, r0: u32, rows: u32, scales: usize): void {
  const by = <usize>stride << 2;
  const zero = f32x4.splat(0);
  let r: usize = 0;
  if (V >= 4) {
    for (; r + 4 <= <usize>rows; r += 4) {
      const at = out + (r0 + r) * by;
      const scale = f32x4(scale_of(scales, r0 + r), scale_of(scales, r0 + r + 1), scale_of(scales, r0 + r + 2), scale_of(scales, r0 + r + 3));
      for (let u: usize = 0; u < <usize>V; u += 4) {
        const from = panel + ((u * PANEL + r) << 2);
        const a = f32x4.mul(scale, v128.load(from));
        const b = u + 1 < <usize>d ? f32x4.mul(scale, v128.load(from + (PANEL << 2))) : zero;
        const c = u + 2 < <usize>d ? f32x4.mul(scale, v128.load(from + (PANEL << 3))) : zero;
        const e = u + 3 < <usize>d ? f32x4.mul(scale, v128.load(from + 3 * (PANEL << 2))) : zero;
        store_transposed(at + (u << 2), by, 4, a, b, c, e);
      }
    }
  }
  for (; r < <usize>rows; r++) {
    const scale = scale_of(scales, r0 + r);
    const at = out + (r0 + r) * by;
    for (let u: usize = 0; u < <usize>V; u++) store<f32>(at + (u << 2), u < <usize>d ? scale * load<f32>(panel + ((u * PANEL + r) << 2)) : 0);
  }
}

// value * dx + 0 of the one row: what a sum of one is, -0 being 0.
// @ts-ignore: decorator
@inline
function one_row(at: usize, V: usize, from: usize, value: f32): void {
  const four = (V & ~3) << 2;
  let e: usize = 0;
  for (; e < four; e += 16) v128.store(at + e, f32x4.add(f32x4.mul(v128.load(from + e), f32x4.splat(value)), f32x4.splat(0)));
  for (; e < V << 2; e += 4) store<f32>(at + e, load<f32>(from + e) * value + 0);
}

// @ts-ignore: decorator
@inline
function gradients<T>(out: usize, from: usize, to: usize, V: usize, offsets: usize, rows_of: usize, values_of: usize, dx: usize, stride: usize): void {
  const size = V << 2;
  const four = (V & ~3) << 2;
  let k = <usize>load<u32>(offsets + (from << 2));
  for (let i = from; i < to; i++) {
    const end = <usize>load<u32>(offsets + (i << 2), 4);
    const at = out + i * size;
    if (end - k == 1) {
      one_row(at, V, dx + ((<usize>load<T>(rows_of + k * sizeof<T>()) * stride) << 2), values_of == 0 ? 1 : load<f32>(values_of + (k << 2)));
      k = end;
      continue;
    }
    let e: usize = 0;
    // Eight numbers at a time; of the last four the second half is read again, and let go.
    for (; e < four; e += 32) {
      const next: usize = e + 16 < four ? 16 : 0;
      let a = f64x2.splat(0), b = a, c = a, d = a;
      for (let j = k; j < end; j++) {
        const from = dx + ((<usize>load<T>(rows_of + j * sizeof<T>()) * stride) << 2) + e;
        const value = f64x2.splat(values_of == 0 ? 1 : <f64>load<f32>(values_of + (j << 2)));
        const x = v128.load(from), y = v128.load(from + next);
        a = f64x2.add(a, f64x2.mul(value, f64x2.promote_low_f32x4(x)));
        b = f64x2.add(b, f64x2.mul(value, f64x2.promote_low_f32x4(v128.shuffle<f64>(x, x, 1, 1))));
        c = f64x2.add(c, f64x2.mul(value, f64x2.promote_low_f32x4(y)));
        d = f64x2.add(d, f64x2.mul(value, f64x2.promote_low_f32x4(v128.shuffle<f64>(y, y, 1, 1))));
      }
      v128.store(at + e, v128.shuffle<f64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2));
      if (next != 0) v128.store(at + e + 16, v128.shuffle<f64>(f32x4.demote_f64x2_zero(c), f32x4.demote_f64x2_zero(d), 0, 2));
    }
    e = four;
    for (; e < size; e += 4) {
      let sum: f64 = 0;
      for (let j = k; j < end; j++) {
        const x = <f64>load<f32>(dx + ((<usize>load<T>(rows_of + j * sizeof<T>()) * stride) << 2) + e);
        sum += values_of == 0 ? x : x * <f64>load<f32>(values_of + (j << 2));
      }
      store<f32>(at + e, <f32>sum);
    }
    k = end;
  }
}

/** out[i] f32[V] = sum over the rows of the column's distinct feature i, in their order, of value * dx[row] f32[V] (`stride` floats a row), in float64, rounded once; offsets u32 (of the column's first feature on) into rows_of and values_of (0: value 1), for i in [from, to). */
export function table_gradients(out: usize, from: u32, to: u32, V: u32, offsets: usize, rows_of: usize, values_of: usize, wide: bool, dx: usize, stride: u32): void {
  if (wide) gradients<u32>(out, from, to, V, offsets, rows_of, values_of, dx, stride);
  else gradients<u16>(out, from, to, V, offsets, rows_of, values_of, dx, stride);
}
