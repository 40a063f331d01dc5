// Products of a layer over panels: f32[units][64], unit-major; `rows` of the 64 are used: a multiple of 4. Letters: I inputs, J outputs of the layer; w f32[J][I]. Sums are float32, in the order told at each kernel.

/** Bytes from a unit of a panel to the next. */
const STRIDE: usize = 256;

// A tile of 4 units times 8 rows: out[a][r] += sum over k of w(a, k) x[k][r], k ascending; w(a, k) at w + a across + k along.
// @ts-ignore: decorator
@inline
function tile_4x8(out: usize, x: usize, w: usize, across: usize, along: usize, n: u32): void {
  let w0 = w;
  let w1 = w + across;
  let w2 = w1 + across;
  let w3 = w2 + across;
  let a0 = v128.load(out), b0 = v128.load(out, 16);
  let a1 = v128.load(out, 256), b1 = v128.load(out, 272);
  let a2 = v128.load(out, 512), b2 = v128.load(out, 528);
  let a3 = v128.load(out, 768), b3 = v128.load(out, 784);
  for (let k: u32 = 0; k < n; k++) {
    const xa = v128.load(x);
    const xb = v128.load(x, 16);
    let s = v128.load32_splat(w0);
    a0 = f32x4.add(a0, f32x4.mul(s, xa));
    b0 = f32x4.add(b0, f32x4.mul(s, xb));
    s = v128.load32_splat(w1);
    a1 = f32x4.add(a1, f32x4.mul(s, xa));
    b1 = f32x4.add(b1, f32x4.mul(s, xb));
    s = v128.load32_splat(w2);
    a2 = f32x4.add(a2, f32x4.mul(s, xa));
    b2 = f32x4.add(b2, f32x4.mul(s, xb));
    s = v128.load32_splat(w3);
    a3 = f32x4.add(a3, f32x4.mul(s, xa));
    b3 = f32x4.add(b3, f32x4.mul(s, xb));
    x += STRIDE;
    w0 += along;
    w1 += along;
    w2 += along;
    w3 += along;
  }
  v128.store(out, a0);
  v128.store(out, b0, 16);
  v128.store(out, a1, 256);
  v128.store(out, b1, 272);
  v128.store(out, a2, 512);
  v128.store(out, b2, 528);
  v128.store(out, a3, 768);
  v128.store(out, b3, 784);
}

// The same of 1 unit and 4 rows.
// @ts-ignore: decorator
@inline
function tile_1x4(out: usize, x: usize, w: usize, along: usize, n: u32): void {
  let a = v128.load(out);
  for (let k: u32 = 0; k < n; k++) {
    a = f32x4.add(a, f32x4.mul(v128.load32_splat(w), v128.load(x)));
    x += STRIDE;
    w += along;
  }
  v128.store(out, a);
}

// out[a][r] += sum over k of w(a, k) x[k][r] for a in [0, units).
// @ts-ignore: decorator
@inline
function multiply(out: usize, x: usize, w: usize, across: usize, along: usize, units: u32, n: u32, rows: u32): void {
  const bytes = <usize>rows << 2;
  const pairs = bytes & ~31;
  const four = units & ~3;
  let a: u32 = 0;
  for (; a < four; a += 4) {
    let r: usize = 0;
    for (; r < pairs; r += 32) tile_4x8(out + r, x + r, w, across, along, n);
    if (r < bytes) for (let u: usize = 0; u < 4; u++) tile_1x4(out + u * STRIDE + r, x + r, w + u * across, along, n);
    out += STRIDE << 2;
    w += across << 2;
  }
  for (; a < units; a++) {
    for (let r: usize = 0; r < bytes; r += 16) tile_1x4(out + r, x + r, w, along, n);
    out += STRIDE;
    w += across;
  }
}

// @ts-ignore: decorator
@inline
function fill_rows(out: usize, value: v128, rows: u32): void {
  for (let r: usize = 0; r < (<usize>rows << 2); r += 16) v128.store(out + r, value);
}

/** Forward: out[j][r] = b[j] + sum over i of w[j][i] x[i][r], i ascending, each product and sum rounded to float32. out panel of J, x panel of I units; b f32[J], 0: none. `out` is not x. */
export function dense_forward(out: usize, x: usize, w: usize, b: usize, inputs: u32, outputs: u32, rows: u32): void {
  for (let j: usize = 0; j < <usize>outputs; j++) fill_rows(out + j * STRIDE, b == 0 ? f32x4.splat(0) : v128.load32_splat(b + (j << 2)), rows);
  multiply(out, x, w, <usize>inputs << 2, 4, outputs, inputs, rows);
}

/** Backward to the inputs: out[i][r] = (add: what it holds, else 0) + sum over j of w[j][i] dz[j][r], j ascending. out panel of I, dz panel of J units. `out` is not dz. */
export function dense_backward_inputs(out: usize, dz: usize, w: usize, inputs: u32, outputs: u32, rows: u32, add: bool): void {
  if (!add) for (let i: usize = 0; i < <usize>inputs; i++) fill_rows(out + i * STRIDE, f32x4.splat(0), rows);
  multiply(out, dz, w, 4, <usize>inputs << 2, inputs, outputs, rows);
}

/** ((l0 + l1) + (l2 + l3)) of the lanes of each of four sums. */
// @ts-ignore: decorator
@inline
function lane_sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = v128.shuffle<f32>(a, b, 0, 4, 2, 6);
  const ab1 = v128.shuffle<f32>(a, b, 1, 5, 3, 7);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 2, 6);
  const cd1 = v128.shuffle<f32>(c, d, 1, 5, 3, 7);
  const first = f32x4.add(ab, ab1); // a01 b01 a23 b23
  const second = f32x4.add(cd, cd1);
  return f32x4.add(v128.shuffle<f32>(first, second, 0, 1, 4, 5), v128.shuffle<f32>(first, second, 2, 3, 6, 7));
}

// @ts-ignore: decorator
@inline
function lane_sum(a: v128): f32 {
  return f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1) + (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3));
}

// dw[0 .. 4) of two outputs: rows by lanes r mod 4.
// @ts-ignore: decorator
@inline
function weights_2x4(dw: usize, next: usize, dz: usize, x: usize, bytes: usize): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  let b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  for (const end = dz + bytes; dz < end; dz += 16) {
    const da = v128.load(dz);
    const db = v128.load(dz, 256);
    let v = v128.load(x);
    a0 = f32x4.add(a0, f32x4.mul(da, v));
    b0 = f32x4.add(b0, f32x4.mul(db, v));
    v = v128.load(x, 256);
    a1 = f32x4.add(a1, f32x4.mul(da, v));
    b1 = f32x4.add(b1, f32x4.mul(db, v));
    v = v128.load(x, 512);
    a2 = f32x4.add(a2, f32x4.mul(da, v));
    b2 = f32x4.add(b2, f32x4.mul(db, v));
    v = v128.load(x, 768);
    a3 = f32x4.add(a3, f32x4.mul(da, v));
    b3 = f32x4.add(b3, f32x4.mul(db, v));
    x += 16;
  }
  v128.store(dw, f32x4.add(v128.load(dw), lane_sums(a0, a1, a2, a3)));
  v128.store(dw + next, f32x4.add(v128.load(dw + next), lane_sums(b0, b1, b2, b3)));
}

// @ts-ignore: decorator
@inline
function weights_1x1(dw: usize, dz: usize, x: usize, bytes: usize): void {
  let a = f32x4.splat(0);
  for (const end = dz + bytes; dz < end; dz += 16) {
    a = f32x4.add(a, f32x4.mul(v128.load(dz), v128.load(x)));
    x += 16;
  }
  store<f32>(dw, load<f32>(dw) + lane_sum(a));
}

/**
 * Backward to the parameters: dw[j][i] += sum over r of dz[j][r] x[i][r], db[j] += sum over r of dz[j][r]: each sum by lanes r mod 4 with r ascending from 0, then (l0 + l1) + (l2 + l3), then added.
 * dw f32[J][I], db f32[J], 0: none; dz panel of J, x panel of I units.
 */
export function dense_backward_weights(dw: usize, db: usize, dz: usize, x: usize, inputs: u32, outputs: u32, rows: u32): void {
  const bytes = <usize>rows << 2;
  const next = <usize>inputs << 2;
  const pairs = outputs & ~1;
  const four = inputs & ~3;
  for (let i: u32 = 0; i < four; i += 4) {
    const xs = x + <usize>i * STRIDE;
    let at = dw + (<usize>i << 2);
    let j: u32 = 0;
    for (; j < pairs; j += 2) {
      weights_2x4(at, next, dz + <usize>j * STRIDE, xs, bytes);
      at += next << 1;
    }
    if (j < outputs) for (let k: usize = 0; k < 4; k++) weights_1x1(at + (k << 2), dz + <usize>j * STRIDE, xs + k * STRIDE, bytes);
  }
  for (let j: usize = 0; j < <usize>outputs; j++) {
    const d = dz + j * STRIDE;
    for (let i = <usize>four; i < <usize>inputs; i++) weights_1x1(dw + j * next + (i << 2), d, x + i * STRIDE, bytes);
    if (db == 0) continue;
    let a = f32x4.splat(0);
    for (let r: usize = 0; r < bytes; r += 16) a = f32x4.add(a, v128.load(d + r));
    store<f32>(db + (j << 2), load<f32>(db + (j << 2)) + lane_sum(a));
  }
}
