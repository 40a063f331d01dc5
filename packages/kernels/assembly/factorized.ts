// Products of vectors, in panels f32[units][64] (unit u of row r at u * 64 + r) of `rows` <= 64 rows; past them panels are 0. Sums in float32 in the order given; logits and residuals are f64, output k's `spacing` numbers
// from that of k - 1, those of the panel's first row at the pointer given. g[k][r] = residual as float32.
import { add_four, add_sixteen, load_four } from "./lib/four-rows";

/** Bytes of a unit. */
const UNIT: usize = 256;

/**
 * Factorization machine (Rendle 2010): logits[k][r] += sum over pairs of columns a < b of s_a . s_b, s_c f32[rank] in units (c K + k) rank + f. Since the sum over pairs is that of s_b . (sum of s_a, a < b), it takes one pass:
 * for f, for c: total += s * before; before += s. (The well-known (|sum s|^2 - sum |s|^2) / 2 is the same number with more cancellation.)
 */
export function factorized_forward(logits: usize, spacing: u32, panel: usize, columns: u32, outputs: u32, rank: u32, rows: u32): void {
  const column = <usize>(outputs * rank) * UNIT;
  for (let k: usize = 0; k < <usize>outputs; k++) {
    for (let r: usize = 0; r < <usize>rows; r += 4) {
      let total = f32x4.splat(0);
      for (let f: usize = 0; f < <usize>rank; f++) {
        let at = panel + (k * <usize>rank + f) * UNIT + (r << 2);
        let before = v128.load(at);
        for (let c: u32 = 1; c < columns; c++) {
          at += column;
          const s = v128.load(at);
          total = f32x4.add(total, f32x4.mul(s, before));
          before = f32x4.add(before, s);
        }
      }
      add_four(logits + ((k * <usize>spacing + r) << 3), <usize>rows - r, total);
    }
  }
}

/** Its gradients by s: out, units as panel's, = g[k] * (S - s_c), S the sum of s_c in the columns' order; out may be the panel. Rows up to the next multiple of 4 are written. */
export function factorized_backward(out: usize, residual: usize, spacing: u32, panel: usize, columns: u32, outputs: u32, rank: u32, rows: u32): void {
  const column = <usize>(outputs * rank) * UNIT;
  for (let k: usize = 0; k < <usize>outputs; k++) {
    for (let r: usize = 0; r < <usize>rows; r += 4) {
      const g = load_four(residual + ((k * <usize>spacing + r) << 3), <usize>rows - r);
      for (let f: usize = 0; f < <usize>rank; f++) {
        const from = (k * <usize>rank + f) * UNIT + (r << 2);
        let sum = v128.load(panel + from);
        for (let c: usize = 1; c < <usize>columns; c++) sum = f32x4.add(sum, v128.load(panel + from + c * column));
        for (let c: usize = 0; c < <usize>columns; c++) {
          const at = from + c * column;
          v128.store(out + at, f32x4.mul(g, f32x4.sub(sum, v128.load(panel + at))));
        }
      }
    }
  }
}

// Unit of column c's vector for output k and field b, its first number.
// @ts-ignore: decorator
@inline
function field_unit(c: u32, k: u32, b: u32, columns: u32, outputs: u32, rank: u32): usize {
  return <usize>(((c * outputs + k) * columns + b) * rank) * UNIT;
}

/** Field-aware factorization machine (Juan et al. 2016): logits[k][r] += sum over a < b, in order, of s_a[b] . s_b[a]; s_c[b] f32[rank] in units ((c K + k) C + b) rank + f, C = columns. */
export function field_aware_forward(logits: usize, spacing: u32, panel: usize, columns: u32, outputs: u32, rank: u32, rows: u32): void {
  const size = <usize>rank * UNIT;
  for (let k: u32 = 0; k < outputs; k++) {
    for (let r: usize = 0; r < <usize>rows; r += 16) {
      let p = f32x4.splat(0), q = p, s = p, t = p;
      for (let a: u32 = 0; a < columns; a++) {
        for (let b = a + 1; b < columns; b++) {
          const left = panel + field_unit(a, k, b, columns, outputs, rank) + (r << 2);
          const right = panel + field_unit(b, k, a, columns, outputs, rank) + (r << 2);
          for (let f: usize = 0; f < size; f += UNIT) {
            p = f32x4.add(p, f32x4.mul(v128.load(left + f), v128.load(right + f)));
            q = f32x4.add(q, f32x4.mul(v128.load(left + f, 16), v128.load(right + f, 16)));
            s = f32x4.add(s, f32x4.mul(v128.load(left + f, 32), v128.load(right + f, 32)));
            t = f32x4.add(t, f32x4.mul(v128.load(left + f, 48), v128.load(right + f, 48)));
          }
        }
      }
      add_sixteen(logits + ((<usize>k * <usize>spacing + r) << 3), <usize>rows - r, p, q, s, t);
    }
  }
}

/** Its gradients: out, units as panel's, of s_a[b] = g[k] * s_b[a], of s_a[a] = 0; `out` is not the panel. Rows up to the next multiple of 16 are written. */
export function field_aware_backward(out: usize, residual: usize, spacing: u32, panel: usize, columns: u32, outputs: u32, rank: u32, rows: u32): void {
  const size = <usize>rank * UNIT;
  for (let k: u32 = 0; k < outputs; k++) {
    for (let r: usize = 0; r < <usize>rows; r += 16) {
      const at = residual + ((<usize>k * <usize>spacing + r) << 3);
      const left = <usize>rows - r;
      const p = load_four(at, left), q = load_four(at + 32, max(left, 4) - 4), s = load_four(at + 64, max(left, 8) - 8), t = load_four(at + 96, max(left, 12) - 12);
      for (let a: u32 = 0; a < columns; a++) {
        for (let b: u32 = 0; b < columns; b++) {
          const to = out + field_unit(a, k, b, columns, outputs, rank) + (r << 2);
          const from = panel + field_unit(b, k, a, columns, outputs, rank) + (r << 2);
          for (let f: usize = 0; f < size; f += UNIT) {
            const off = a == b;
            v128.store(to + f, off ? f32x4.splat(0) : f32x4.mul(p, v128.load(from + f)));
            v128.store(to + f, off ? f32x4.splat(0) : f32x4.mul(q, v128.load(from + f, 16)), 16);
            v128.store(to + f, off ? f32x4.splat(0) : f32x4.mul(s, v128.load(from + f, 32)), 32);
            v128.store(to + f, off ? f32x4.splat(0) : f32x4.mul(t, v128.load(from + f, 48)), 48);
          }
        }
      }
    }
  }
}

/** Two towers: logits[r] += sum over units e < d, in order, of user[e][r] * item[e][r]. */
export function dot_forward(logits: usize, user: usize, item: usize, d: u32, rows: u32): void {
  const size = <usize>d * UNIT;
  for (let r: usize = 0; r < <usize>rows; r += 4) {
    let total = f32x4.splat(0);
    for (let at = r << 2; at < size; at += UNIT) total = f32x4.add(total, f32x4.mul(v128.load(user + at), v128.load(item + at)));
    add_four(logits + (r << 3), <usize>rows - r, total);
  }
}

/** Its gradients: outUser = g * item, outItem = g * user, panels of d units; they may be the panels they are of. Rows up to the next multiple of 4 are written. */
export function dot_backward(outUser: usize, outItem: usize, residual: usize, user: usize, item: usize, d: u32, rows: u32): void {
  const size = <usize>d * UNIT;
  for (let r: usize = 0; r < <usize>rows; r += 4) {
    const g = load_four(residual + (r << 3), <usize>rows - r);
    for (let at = r << 2; at < size; at += UNIT) {
      const u = v128.load(user + at), i = v128.load(item + at);
      v128.store(outUser + at, f32x4.mul(g, i));
      v128.store(outItem + at, f32x4.mul(g, u));
    }
  }
}
