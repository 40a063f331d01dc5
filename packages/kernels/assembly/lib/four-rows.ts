// Four rows of a panel and their logits or residuals, f64 at `at`; those from `rows` on (of four) are left alone, or 0.

/** at[r] += v[r] for r < rows. */
// @ts-ignore: decorator
@inline
export function add_four(at: usize, rows: usize, v: v128): void {
  const low = f64x2.promote_low_f32x4(v), high = f64x2.promote_low_f32x4(v128.shuffle<f64>(v, v, 1, 1));
  if (rows >= 4) {
    v128.store(at, f64x2.add(v128.load(at), low));
    v128.store(at, f64x2.add(v128.load(at, 16), high), 16);
    return;
  }
  store<f64>(at, load<f64>(at) + f64x2.extract_lane(low, 0));
  if (rows > 1) store<f64>(at, load<f64>(at, 8) + f64x2.extract_lane(low, 1), 8);
  if (rows > 2) store<f64>(at, load<f64>(at, 16) + f64x2.extract_lane(high, 0), 16);
}

/** The same of sixteen. */
// @ts-ignore: decorator
@inline
export function add_sixteen(at: usize, rows: usize, a: v128, b: v128, c: v128, d: v128): void {
  add_four(at, rows, a);
  if (rows > 4) add_four(at + 32, rows - 4, b);
  if (rows > 8) add_four(at + 64, rows - 8, c);
  if (rows > 12) add_four(at + 96, rows - 12, d);
}

/** at[r] as float32 for r < rows, else 0. */
// @ts-ignore: decorator
@inline
export function load_four(at: usize, rows: usize): v128 {
  if (rows >= 4) return v128.shuffle<f64>(f32x4.demote_f64x2_zero(v128.load(at)), f32x4.demote_f64x2_zero(v128.load(at, 16)), 0, 2);
  if (rows == 0) return f32x4.splat(0);
  let v = f32x4.replace_lane(f32x4.splat(0), 0, <f32>load<f64>(at));
  if (rows > 1) v = f32x4.replace_lane(v, 1, <f32>load<f64>(at, 8));
  return rows > 2 ? f32x4.replace_lane(v, 2, <f32>load<f64>(at, 16)) : v;
}
