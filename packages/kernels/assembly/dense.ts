// Products of a layer over panels: f32[units][64], unit-major; `rows` of the 64 are used: a multiple of 4. Letters: I inputs, J outputs of the layer; w f32[J][I]. Sums are float32, in the order told at each kernel.
// A tile's sums stay in registers: 8 of them, so that no addition waits for the one before. They and what a step loads are 14 registers at most: V8 loads all of it first.

/** Bytes from a unit of a panel to the next. */
const STRIDE: usize = 256;

// What sums begin with: out (add), a number of b (u: its unit), or 0.
// @ts-ignore: decorator
@inline
function first(out: usize, b: usize, u: usize, add: bool): v128 {
  return add ? v128.load(out) : b != 0 ? v128.load32_splat(b + (u << 2)) : f32x4.splat(0);
}

// A tile of 4 units times 8 rows: out[a][r] = first + sum over k of w(a, k) x[k][r], k ascending; w(a, k) at w + a across + k along.
// @ts-ignore: decorator
@inline
function tile_4x8(out: usize, x: usize, w: usize, across: usize, along: usize, n: u32, b: usize, add: bool): void {
  let w0 = w;
  let w1 = w + across;
  let w2 = w1 + across;
  let w3 = w2 + across;
  let a0 = first(out, b, 0, add), b0 = first(out + 16, b, 0, add);
  let a1 = first(out + 256, b, 1, add), b1 = first(out + 272, b, 1, add);
  let a2 = first(out + 512, b, 2, add), b2 = first(out + 528, b, 2, add);
  let a3 = first(out + 768, b, 3, add), b3 = first(out + 784, b, 3, add);
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

// The same of 1 unit and 16 rows.
// @ts-ignore: decorator
@inline
function tile_1x16(out: usize, x: usize, w: usize, along: usize, n: u32, b: usize, add: bool): void {
  let a0 = first(out, b, 0, add), a1 = first(out + 16, b, 0, add);
  let a2 = first(out + 32, b, 0, add), a3 = first(out + 48, b, 0, add);
  for (let k: u32 = 0; k < n; k++) {
    const s = v128.load32_splat(w);
    a0 = f32x4.add(a0, f32x4.mul(s, v128.load(x)));
    a1 = f32x4.add(a1, f32x4.mul(s, v128.load(x, 16)));
    a2 = f32x4.add(a2, f32x4.mul(s, v128.load(x, 32)));
    a3 = f32x4.add(a3, f32x4.mul(s, v128.load(x, 48)));
    x += STRIDE;
    w += along;
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(out, a2, 32);
  v128.store(out, a3, 48);
}

// The same of 1 unit and 4 rows.
// @ts-ignore: decorator
@inline
function tile_1x4(out: usize, x: usize, w: usize, along: usize, n: u32, b: usize, add: bool): void {
  let a = first(out, b, 0, add);
  for (let k: u32 = 0; k < n; k++) {
    a = f32x4.add(a, f32x4.mul(v128.load32_splat(w), v128.load(x)));
    x += STRIDE;
    w += along;
  }
  v128.store(out, a);
}

// out[a][r] = first + w(a) x[r] for a in [0, units): one step of the sums, 16 rows at a time.
// @ts-ignore: decorator
@inline
function outer(out: usize, x: usize, w: usize, across: usize, units: u32, rows: u32, b: usize, add: bool): void {
  const bytes = <usize>rows << 2;
  let r: usize = 0;
  for (; r + 64 <= bytes; r += 64) {
    const x0 = v128.load(x + r), x1 = v128.load(x + r, 16), x2 = v128.load(x + r, 32), x3 = v128.load(x + r, 48);
    let at = out + r;
    let from = w;
    for (let u: usize = 0; u < <usize>units; u++) {
      const s = v128.load32_splat(from);
      const a0 = f32x4.add(first(at, b, u, add), f32x4.mul(s, x0));
      const a1 = f32x4.add(first(at + 16, b, u, add), f32x4.mul(s, x1));
      const a2 = f32x4.add(first(at + 32, b, u, add), f32x4.mul(s, x2));
      const a3 = f32x4.add(first(at + 48, b, u, add), f32x4.mul(s, x3));
      v128.store(at, a0);
      v128.store(at, a1, 16);
      v128.store(at, a2, 32);
      v128.store(at, a3, 48);
      at += STRIDE;
      from += across;
    }
  }
  for (; r < bytes; r += 16) {
    const v = v128.load(x + r);
    for (let u: usize = 0; u < <usize>units; u++) {
      const at = out + u * STRIDE + r;
      v128.store(at, f32x4.add(first(at, b, u, add), f32x4.mul(v128.load32_splat(w + u * across), v)));
    }
  }
}

// Sums of so few steps are made one step after the other: a tile would cost more than what it saves.
const FEW: u32 = 4;

// out[a][r] = first + sum over k of w(a, k) x[k][r] for a in [0, units).
// @ts-ignore: decorator
@inline
function multiply(out: usize, x: usize, w: usize, across: usize, along: usize, units: u32, n: u32, rows: u32, b: usize, add: bool): void {
  if (n > 0 && n <= FEW) {
    outer(out, x, w, across, units, rows, b, add);
    for (let k: usize = 1; k < <usize>n; k++) outer(out, x + k * STRIDE, w + k * along, across, units, rows, 0, true);
    return;
  }
  const bytes = <usize>rows << 2;
  const pairs = bytes & ~31;
  for (let u: u32 = 0; u < units; ) {
    const four = u + 4 <= units;
    let r: usize = 0;
    if (four) for (; r < pairs; r += 32) tile_4x8(out + r, x + r, w, across, along, n, b, add);
    else for (; r + 64 <= bytes; r += 64) tile_1x16(out + r, x + r, w, along, n, b, add);
    for (const end = four ? u + 4 : u + 1; u < end; u++) {
      for (let rest = r; rest < bytes; rest += 16) tile_1x4(out + rest, x + rest, w, along, n, b, add);
      out += STRIDE;
      w += across;
      if (b != 0) b += 4;
    }
  }
}

/** Forward: out[j][r] = b[j] + sum over i of w[j][i] x[i][r], i ascending, each product and sum rounded to float32. out panel of J, x panel of I units; b f32[J], 0: none. `out` is not x. */
export function dense_forward(out: usize, x: usize, w: usize, b: usize, inputs: u32, outputs: u32, rows: u32): void {
  multiply(out, x, w, <usize>inputs << 2, 4, outputs, inputs, rows, b, false);
}

/** Backward to the inputs: out[i][r] = (add: what it holds, else 0) + sum over j of w[j][i] dz[j][r], j ascending. out panel of I, dz panel of J units. `out` is not dz. */
export function dense_backward_inputs(out: usize, dz: usize, w: usize, inputs: u32, outputs: u32, rows: u32, add: bool): void {
  if (add) multiply(out, dz, w, 4, <usize>inputs << 2, inputs, outputs, rows, 0, true);
  else multiply(out, dz, w, 4, <usize>inputs << 2, inputs, outputs, rows, 0, false);
}

// (l0 + l1) + (l2 + l3) of the lanes of each of four sums.
// @ts-ignore: decorator
@inline
function lane_sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 2, 6), v128.shuffle<f32>(a, b, 1, 5, 3, 7)); // a01 b01 a23 b23
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 2, 6), v128.shuffle<f32>(c, d, 1, 5, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

// @ts-ignore: decorator
@inline
function lane_sum(a: v128): f32 {
  return f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1) + (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3));
}

// dw[j][i] and dw[j + 1][i] (next bytes on) for four i.
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

// Sums of one unit of a panel times each of four units of another.
// @ts-ignore: decorator
@inline
function sums_1x4(one: usize, four: usize, bytes: usize): v128 {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
  for (const end = one + bytes; one < end; one += 16) {
    const v = v128.load(one);
    a0 = f32x4.add(a0, f32x4.mul(v, v128.load(four)));
    a1 = f32x4.add(a1, f32x4.mul(v, v128.load(four, 256)));
    a2 = f32x4.add(a2, f32x4.mul(v, v128.load(four, 512)));
    a3 = f32x4.add(a3, f32x4.mul(v, v128.load(four, 768)));
    four += 16;
  }
  return lane_sums(a0, a1, a2, a3);
}

// @ts-ignore: decorator
@inline
function add_lanes(at: usize, next: usize, sums: v128): void {
  store<f32>(at, load<f32>(at) + f32x4.extract_lane(sums, 0));
  store<f32>(at + next, load<f32>(at + next) + f32x4.extract_lane(sums, 1));
  store<f32>(at + (next << 1), load<f32>(at + (next << 1)) + f32x4.extract_lane(sums, 2));
  store<f32>(at + 3 * next, load<f32>(at + 3 * next) + f32x4.extract_lane(sums, 3));
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

// db[j] += sum over r of dz[j][r].
// @ts-ignore: decorator
@inline
function bias(db: usize, dz: usize, outputs: u32, bytes: usize): void {
  let j: usize = 0;
  for (; j + 4 <= <usize>outputs; j += 4) {
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
    for (let at = dz + j * STRIDE, end = at + bytes; at < end; at += 16) {
      a0 = f32x4.add(a0, v128.load(at));
      a1 = f32x4.add(a1, v128.load(at, 256));
      a2 = f32x4.add(a2, v128.load(at, 512));
      a3 = f32x4.add(a3, v128.load(at, 768));
    }
    const at = db + (j << 2);
    v128.store(at, f32x4.add(v128.load(at), lane_sums(a0, a1, a2, a3)));
  }
  for (; j < <usize>outputs; j++) {
    let a = f32x4.splat(0);
    for (let at = dz + j * STRIDE, end = at + bytes; at < end; at += 16) a = f32x4.add(a, v128.load(at));
    store<f32>(db + (j << 2), load<f32>(db + (j << 2)) + lane_sum(a));
  }
}

/**
 * Backward to the parameters: dw[j][i] += sum over r of dz[j][r] x[i][r], db[j] += sum over r of dz[j][r]: each sum by lanes r mod 4 with r ascending from 0, then (l0 + l1) + (l2 + l3), then added.
 * dw f32[J][I], db f32[J], 0: none; dz panel of J, x panel of I units.
 */
export function dense_backward_weights(dw: usize, db: usize, dz: usize, x: usize, inputs: u32, outputs: u32, rows: u32): void {
  const bytes = <usize>rows << 2;
  const next = <usize>inputs << 2;
  const last = dw + <usize>(outputs & ~1) * next;
  let i: u32 = 0;
  for (; i + 4 <= inputs; i += 4) {
    const xs = x + <usize>i * STRIDE;
    let at = dw + (<usize>i << 2);
    let d = dz;
    for (; at < last; at += next << 1) {
      weights_2x4(at, next, d, xs, bytes);
      d += STRIDE << 1;
    }
    if (outputs & 1) v128.store(at, f32x4.add(v128.load(at), sums_1x4(d, xs, bytes)));
  }
  for (; i < inputs; i++) {
    const xs = x + <usize>i * STRIDE;
    let at = dw + (<usize>i << 2);
    let j: u32 = 0;
    for (; j + 4 <= outputs; j += 4) {
      add_lanes(at, next, sums_1x4(xs, dz + <usize>j * STRIDE, bytes));
      at += next << 2;
    }
    for (; j < outputs; j++) {
      weights_1x1(at, dz + <usize>j * STRIDE, xs, bytes);
      at += next;
    }
  }
  if (db != 0) bias(db, dz, outputs, bytes);
}
