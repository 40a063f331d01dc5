// The linear part of a network: a table whose vectors hold a weight for each of K outputs. Entries of rows as in table-panels.ts.

// @ts-ignore: decorator
@inline
function local_id<T>(local: usize, i: usize): usize {
  return <usize>load<T>(local + i * sizeof<T>());
}

// @ts-ignore: decorator
@inline
function add_row(logits: usize, spacing: usize, V: usize, w: usize, value: f64): void {
  for (let k: usize = 0; k < V; k++) {
    const at = logits + ((k * spacing) << 3);
    store<f64>(at, load<f64>(at) + value * <f64>load<f32>(w + (k << 2)));
  }
}

// @ts-ignore: decorator
@inline
function add_logits<T>(logits: usize, spacing: usize, outputs: usize, V: usize, from: usize, to: usize, vectors: usize, start: usize, end: usize, local: usize, width: usize, column: i32, row_offsets: usize, values: usize): void {
  for (let r = from; r < to; r++) {
    const at = logits + (r << 3);
    if (column >= 0) {
      const entry = (row_offsets == 0 ? r * width : <usize>load<u32>(row_offsets + (r << 2))) + <usize>column;
      add_row(at, spacing, outputs, vectors + (((local_id<T>(local, entry) - start) * V) << 2), 1);
      continue;
    }
    const last = <usize>load<u32>(row_offsets + (r << 2), 4);
    for (let i = <usize>load<u32>(row_offsets + (r << 2)); i < last; i++) {
      const u = local_id<T>(local, i) - start;
      if (u < end - start) add_row(at, spacing, outputs, vectors + ((u * V) << 2), <f64>load<f32>(values + (i << 2)));
    }
  }
}

/** logits[k][r] (f64[K][spacing]) += sum over row r's entries of a column, in order, of value * w[k] (vectors f32[..][V], K <= V), for rows [from, to) of the block. */
export function table_add_logits(logits: usize, spacing: u32, outputs: u32, V: u32, from: u32, to: u32, vectors: usize, start: u32, end: u32, local: usize, wide: bool, width: u32, column: i32, row_offsets: usize, values: usize): void {
  if (wide) add_logits<u32>(logits, spacing, outputs, V, from, to, vectors, start, end, local, width, column, row_offsets, values);
  else add_logits<u16>(logits, spacing, outputs, V, from, to, vectors, start, end, local, width, column, row_offsets, values);
}

/** out[r][k] (f32, `stride` floats a row) = residual[k][r] (f64[K][spacing]), 0 for K <= k < V, for rows [from, to) of the block: dx of table_gradients. */
export function residuals_to_rows(out: usize, stride: u32, V: u32, residual: usize, spacing: u32, outputs: u32, from: u32, to: u32): void {
  for (let r: usize = from; r < <usize>to; r++) {
    for (let k: usize = 0; k < <usize>V; k++) store<f32>(out + ((r * <usize>stride + k) << 2), k < <usize>outputs ? <f32>load<f64>(residual + ((k * <usize>spacing + r) << 3)) : 0);
  }
}
