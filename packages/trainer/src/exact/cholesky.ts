/** A pivot below this share of its diagonal entry is rounding: the matrix is singular as far as float64 can tell. */
const LEAST = 1e-10;

/**
 * A = L L^T, row by row (Golub and Van Loan 2013, 4.2): L[i][j] = (A[i][j] - sum over k < j of L[i][k] L[j][k]) / L[j][j], L[i][i] the root of what is left of A[i][i].
 * A row of zeros has L[i][i] = Infinity: whatever is solved for, its entry is 0.
 * @param a f64[n][n], positive semidefinite: its lower triangle becomes L; the rest is not looked at
 * @returns false: A is singular, or not finite
 */
export function choleskyFactor(a: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    const diagonal = a[row + i]!;
    for (let j = 0; j < i; j++) a[row + j] = (a[row + j]! - rowsDot(a, row, j * n, j)) / a[j * n + j]!;
    const pivot = diagonal - rowsDot(a, row, row, i);
    if (diagonal !== 0 && !(pivot > LEAST * diagonal)) return false;
    a[row + i] = diagonal === 0 ? Infinity : Math.sqrt(pivot);
  }
  return true;
}

/** x = the solution of L L^T x = b. @param x b, in place */
export function choleskySolve(l: Float64Array, x: Float64Array): void {
  const n = x.length;
  for (let i = 0; i < n; i++) {
    let sum = x[i]!;
    for (let k = 0; k < i; k++) sum -= l[i * n + k]! * x[k]!;
    x[i] = sum / l[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    const one = x[i]! / l[i * n + i]!;
    x[i] = one;
    for (let k = 0; k < i; k++) x[k] = x[k]! - l[i * n + k]! * one;
  }
}

/** sum over k < count of a[i + k] a[j + k]; k in lane k mod 4 (those past the last four in lane 0), lanes as (0 + 1) + (2 + 3). */
function rowsDot(a: Float64Array, i: number, j: number, count: number): number {
  const four = count - (count % 4);
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = 0;
  for (; k < four; k += 4) {
    s0 += a[i + k]! * a[j + k]!;
    s1 += a[i + k + 1]! * a[j + k + 1]!;
    s2 += a[i + k + 2]! * a[j + k + 2]!;
    s3 += a[i + k + 3]! * a[j + k + 3]!;
  }
  for (; k < count; k++) s0 += a[i + k]! * a[j + k]!;
  return s0 + s1 + (s2 + s3);
}
