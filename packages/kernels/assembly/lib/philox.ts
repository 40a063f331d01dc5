/** The higher words of the products of unsigned lanes. */
// @ts-ignore: decorator
@inline
function high_words(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(i64x2.extmul_low_i32x4_u(a, b), i64x2.extmul_high_i32x4_u(a, b), 1, 3, 5, 7);
}

// @ts-ignore: decorator
@inline
function store_words(out: usize, step: usize, c0: v128, c1: v128, c2: v128, c3: v128): void {
  v128.store(out, c0);
  v128.store(out + step, c1);
  v128.store(out + (step << 1), c2);
  v128.store(out + 3 * step, c3);
}

/**
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011) of four counters at once, lane by lane: word k of the four results to out + k step.
 * The twin is src/twins/philox.ts.
 */
// @ts-ignore: decorator
@inline
export function philox_x4(out: usize, step: usize, c0: v128, c1: v128, c2: v128, c3: v128, key0: u32, key1: u32): void {
  const m0 = i32x4.splat(0xd2511f53);
  const m1 = i32x4.splat(0xcd9e8d57);
  for (let round = 0; round < 10; round++) {
    const high0 = high_words(c0, m0);
    const high1 = high_words(c2, m1);
    const low0 = i32x4.mul(c0, m0);
    const low1 = i32x4.mul(c2, m1);
    c0 = v128.xor(v128.xor(high1, c1), i32x4.splat(key0));
    c1 = low1;
    c2 = v128.xor(v128.xor(high0, c3), i32x4.splat(key1));
    c3 = low0;
    key0 += 0x9e3779b9;
    key1 += 0xbb67ae85;
  }
  store_words(out, step, c0, c1, c2, c3);
}

/** The same of eight counters, four of c0 and four of d0 with the other words alike: those of d0 to `next` bytes behind. One group does not fill the pipeline. */
// @ts-ignore: decorator
@inline
export function philox_x8(out: usize, step: usize, next: usize, c0: v128, d0: v128, c1: v128, c2: v128, c3: v128, key0: u32, key1: u32): void {
  const m0 = i32x4.splat(0xd2511f53);
  const m1 = i32x4.splat(0xcd9e8d57);
  let d1 = c1, d2 = c2, d3 = c3;
  for (let round = 0; round < 10; round++) {
    const k0 = i32x4.splat(key0), k1 = i32x4.splat(key1);
    let high0 = high_words(c0, m0), high1 = high_words(c2, m1);
    let low0 = i32x4.mul(c0, m0), low1 = i32x4.mul(c2, m1);
    c0 = v128.xor(v128.xor(high1, c1), k0);
    c1 = low1;
    c2 = v128.xor(v128.xor(high0, c3), k1);
    c3 = low0;
    high0 = high_words(d0, m0), high1 = high_words(d2, m1);
    low0 = i32x4.mul(d0, m0), low1 = i32x4.mul(d2, m1);
    d0 = v128.xor(v128.xor(high1, d1), k0);
    d1 = low1;
    d2 = v128.xor(v128.xor(high0, d3), k1);
    d3 = low0;
    key0 += 0x9e3779b9;
    key1 += 0xbb67ae85;
  }
  store_words(out, step, c0, c1, c2, c3);
  store_words(out + next, step, d0, d1, d2, d3);
}
