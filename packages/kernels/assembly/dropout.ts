// Random panels, f32[units][64]: pure functions of (seed, step, row of the block, layer, unit). Row r and unit u have word (r / 16) mod 4 of philox((16 floor(r / 64) + r mod 16, layer 2^16 + u, step, purpose), seed);
// streams of numerics have other counters, as their last word is below 2^21.
import { philox_x8 } from "./lib/philox";

const DROPOUT: u32 = 0x64726f70;
const SLOPES: u32 = 0x736c6f70;

// u32 words into a whole panel, all 64 rows; row0 (of the block) is a multiple of 64.
// @ts-ignore: decorator
@inline
function words(out: usize, units: u32, seed0: u32, seed1: u32, step: u32, row0: u32, layer: u32, purpose: u32): void {
  const first = i32x4.add(i32x4.splat(row0 >> 2), i32x4(0, 1, 2, 3));
  for (let u: u32 = 0; u < units; u++) {
    for (let k = 0; k < 16; k += 8) {
      philox_x8(out + (k << 2), 64, 16, i32x4.add(first, i32x4.splat(k)), i32x4.add(first, i32x4.splat(k + 4)), i32x4.splat((layer << 16) | u), i32x4.splat(step), i32x4.splat(purpose), seed0, seed1);
    }
    out += 256;
  }
}

/**
 * Inverted dropout: mask[u][r] (f32 panel) = 0 with probability rate, else 1 / (1 - rate); rate in [0, 1), its probability a multiple of 2^-32. row0: the block's row of the panel's first, a multiple of 64.
 * Rows from `rows` on are undefined.
 */
export function dropout_mask(mask: usize, units: u32, rows: u32, rate: f64, seed0: u32, seed1: u32, step: u32, row0: u32, layer: u32): void {
  words(mask, units, seed0, seed1, step, row0, layer, DROPOUT);
  const dropped = i32x4.splat(<u32>(rate * 4294967296));
  const kept = f32x4.splat(<f32>(1 / (1 - rate)));
  for (let u: usize = 0; u < <usize>units; u++) {
    for (let at = mask + (u << 8), end = at + (<usize>rows << 2); at < end; at += 16) v128.store(at, v128.and(kept, i32x4.ge_u(v128.load(at), dropped)));
  }
}

/** Slopes of RRELU in training: out[u][r] (f32 panel) uniform in [low, high): low + (high - low) times a multiple of 2^-24. Arguments as of {@link dropout_mask}. */
export function random_slopes(out: usize, units: u32, rows: u32, low: f32, high: f32, seed0: u32, seed1: u32, step: u32, row0: u32, layer: u32): void {
  words(out, units, seed0, seed1, step, row0, layer, SLOPES);
  for (let u: usize = 0; u < <usize>units; u++) {
    for (let at = out + (u << 8), end = at + (<usize>rows << 2); at < end; at += 16) {
      const share = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(v128.load(at), 8)), f32x4.splat(1 / <f32>16777216));
      v128.store(at, f32x4.add(f32x4.splat(low), f32x4.mul(f32x4.splat(high - low), share)));
    }
  }
}

/** out[u][r] = x[u][r] mask[u][r], panels; `out` may be x. */
export function panel_multiply(out: usize, x: usize, mask: usize, units: u32, rows: u32): void {
  for (let u: usize = 0; u < <usize>units; u++) {
    for (let at = u << 8, end = at + (<usize>rows << 2); at < end; at += 16) v128.store(out + at, f32x4.mul(v128.load(x + at), v128.load(mask + at)));
  }
}
