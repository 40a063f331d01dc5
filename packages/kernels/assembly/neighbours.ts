// Exact search for the nearest of N vectors. They lie in blocks of 16 rows, f32[ceil(N / 16)][d][16]: number e of row 16 b + j at (b d + e) 16 + j, so that sixteen products are sums side by side and the memory is read from front to back.
// Rows past N are 0.

/** Rows of a block. */
const ROWS: u32 = 16;

/** Blocks of n vectors f32[n][d]. */
export function neighbour_blocks(out: usize, vectors: usize, n: u32, d: u32): void {
  const block = <usize>d << 6;
  memory.fill(out, 0, <usize>((n + ROWS - 1) / ROWS) * block);
  for (let row: usize = 0; row < <usize>n; row++) {
    const to = out + (row >> 4) * block + ((row & 15) << 2);
    const from = vectors + ((row * <usize>d) << 2);
    for (let e: usize = 0; e < <usize>d; e++) store<f32>(to + (e << 6), load<f32>(from + (e << 2)));
  }
}

/** out f32[16 * blocks] = 1 / sqrt(sum of the row's squares, in order, in float32), 0 of a vector that is 0. */
export function neighbour_norms(out: usize, blocks: usize, n: u32, d: u32): void {
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  for (let first: usize = 0; first < <usize>n; first += 4) {
    const at = blocks + (first >> 4) * (<usize>d << 6) + ((first & 15) << 2);
    let sum = zero;
    for (let e: usize = 0; e < <usize>d << 6; e += 64) sum = f32x4.add(sum, f32x4.mul(v128.load(at + e), v128.load(at + e)));
    v128.store(out + (first << 2), v128.and(f32x4.div(one, f32x4.sqrt(sum)), f32x4.gt(sum, zero)));
  }
}

// A row in its place among the best so far, behind those that are as good: how many there are.
function insert(ids: usize, scores: usize, found: u32, k: u32, row: u32, score: f32): u32 {
  let at = found < k ? found : k - 1;
  while (at > 0 && load<f32>(scores + (<usize>(at - 1) << 2)) < score) {
    store<f32>(scores + (<usize>at << 2), load<f32>(scores + (<usize>(at - 1) << 2)));
    store<u32>(ids + (<usize>at << 2), load<u32>(ids + (<usize>(at - 1) << 2)));
    at--;
  }
  store<f32>(scores + (<usize>at << 2), score);
  store<u32>(ids + (<usize>at << 2), row);
  return found < k ? found + 1 : k;
}

// @ts-ignore: decorator
@inline
function threshold(scores: usize, found: u32, k: u32): f32 {
  return found < k ? -Infinity : load<f32>(scores + (<usize>(k - 1) << 2));
}

// @ts-ignore: decorator
@inline
function offer(ids: usize, scores: usize, found: u32, k: u32, row: u32, end: u32, score: f32): u32 {
  return row < end && score > threshold(scores, found, k) ? insert(ids, scores, found, k, row, score) : found;
}

function offer_four(ids: usize, scores: usize, found: u32, k: u32, row: u32, end: u32, v: v128): u32 {
  found = offer(ids, scores, found, k, row, end, f32x4.extract_lane(v, 0));
  found = offer(ids, scores, found, k, row + 1, end, f32x4.extract_lane(v, 1));
  found = offer(ids, scores, found, k, row + 2, end, f32x4.extract_lane(v, 2));
  return offer(ids, scores, found, k, row + 3, end, f32x4.extract_lane(v, 3));
}

// Scores of rows are the same sums whatever the range: in float32, number after number.
// @ts-ignore: decorator
@inline
function scan(ids: usize, scores: usize, found: u32, k: u32, from: u32, to: u32, blocks: usize, d: u32, query: usize, norms: usize, far: bool): u32 {
  const last = query + (<usize>d << 2);
  let at = blocks + <usize>(from / ROWS) * (<usize>d << 6);
  let most = f32x4.splat(threshold(scores, found, k));
  for (let row = from; row < to; row += ROWS) {
    let a = f32x4.splat(0), b = a, c = a, e = a;
    for (let q = query; q < last; q += 4) {
      const x = v128.load32_splat(q);
      if (far) {
        const s = f32x4.sub(v128.load(at), x), t = f32x4.sub(v128.load(at, 16), x), u = f32x4.sub(v128.load(at, 32), x), v = f32x4.sub(v128.load(at, 48), x);
        a = f32x4.sub(a, f32x4.mul(s, s));
        b = f32x4.sub(b, f32x4.mul(t, t));
        c = f32x4.sub(c, f32x4.mul(u, u));
        e = f32x4.sub(e, f32x4.mul(v, v));
      } else {
        a = f32x4.add(a, f32x4.mul(x, v128.load(at)));
        b = f32x4.add(b, f32x4.mul(x, v128.load(at, 16)));
        c = f32x4.add(c, f32x4.mul(x, v128.load(at, 32)));
        e = f32x4.add(e, f32x4.mul(x, v128.load(at, 48)));
      }
      at += 64;
    }
    if (norms != 0) {
      const n = norms + (<usize>row << 2);
      a = f32x4.mul(a, v128.load(n));
      b = f32x4.mul(b, v128.load(n, 16));
      c = f32x4.mul(c, v128.load(n, 32));
      e = f32x4.mul(e, v128.load(n, 48));
    }
    if (!v128.any_true(v128.or(v128.or(f32x4.gt(a, most), f32x4.gt(b, most)), v128.or(f32x4.gt(c, most), f32x4.gt(e, most))))) continue;
    found = offer_four(ids, scores, found, k, row, to, a);
    found = offer_four(ids, scores, found, k, row + 4, to, b);
    found = offer_four(ids, scores, found, k, row + 8, to, c);
    found = offer_four(ids, scores, found, k, row + 12, to, e);
    most = f32x4.splat(threshold(scores, found, k));
  }
  return found;
}

/**
 * The k best of rows [from, to) and of the `found` that ids u32[k], scores f32[k] hold already, best first, of equal ones the one that came first; from is a multiple of 16. Score of a row x for the query q f32[d]: sum of q[e] x[e],
 * times norms[row] where there are norms (f32[16 * blocks], 0: none); with `far` -(sum of (x[e] - q[e])^2). A score that is not a number, or -Infinity, is none. k > 0.
 * @returns how many there are
 */
export function nearest(ids: usize, scores: usize, found: u32, k: u32, from: u32, to: u32, blocks: usize, d: u32, query: usize, norms: usize, far: bool): u32 {
  return far ? scan(ids, scores, found, k, from, to, blocks, d, query, 0, true) : scan(ids, scores, found, k, from, to, blocks, d, query, norms, false);
}
