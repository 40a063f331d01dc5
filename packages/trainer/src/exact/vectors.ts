/** sum of a[i] b[i]; entry i in lane i mod 4 (those past the last four in lane 0), lanes as (0 + 1) + (2 + 3). */
export function dot(a: Float64Array, b: Float64Array): number {
  const four = a.length - (a.length % 4);
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = 0;
  for (; i < four; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (; i < a.length; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + (s2 + s3);
}

export function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

/** sqrt(sum of a[i]^2 / scale[i]); entries whose scale is not above 0 are left out. */
export function scaledNorm(a: Float64Array, scale: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) if (scale[i]! > 0) sum += (a[i]! * a[i]!) / scale[i]!;
  return Math.sqrt(sum);
}

/** out = a + factor * b */
export function addScaled(out: Float64Array, a: Float64Array, factor: number, b: Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = a[i]! + factor * b[i]!;
}

/** The sum of a[from .. to) in a fixed binary tree: halves of the range, down to eight numbers in their order. */
export function treeSum(a: Float64Array, from: number, to: number): number {
  if (to - from <= 8) {
    let sum = 0;
    for (let i = from; i < to; i++) sum += a[i]!;
    return sum;
  }
  const middle = from + ((to - from) >> 1);
  return treeSum(a, from, middle) + treeSum(a, middle, to);
}
