import { type ConjugateScratch, conjugateGradients } from "./conjugate-gradients.js";
import { smallestSubgradient } from "./minimise.js";
import type { Hessian } from "./objective.js";
import { dot, scaledNorm } from "./vectors.js";

/** Sweeps from one extrapolation to the next. */
const DEPTH = 5;
/** Sweeps from one step on the face to the next, and products with H in it at most. */
const [PATIENCE, PRODUCTS] = [20, 40];
/** Of the trace: keeps the system of the extrapolation regular. */
const RIDGE = 1e-12;

/** Where to start from, q(v) = g . (v - w) + (v - w) . H (v - w) / 2 + sum of l1 |v|. */
export interface QuadraticModel {
  readonly hessian: Hessian;
  readonly w: Float64Array;
  /** Gradient of the smooth part at w. */
  readonly g: Float64Array;
  readonly l1: Float64Array;
  /** Diagonal of H. */
  readonly m: Float64Array;
}

/** Arrays that one run after the other works in. */
export class DescentScratch {
  readonly subgradient: Float64Array;
  readonly step: Float64Array;
  readonly product: Float64Array;
  readonly free: Uint8Array;
  readonly conjugate: ConjugateScratch;
  /** Iterates and the gradients there. */
  readonly points: readonly { readonly v: Float64Array; readonly r: Float64Array }[];

  /** @param vector makes f64[n] that the Hessian takes */
  constructor(n: number, vector: () => Float64Array) {
    [this.subgradient, this.step, this.product, this.free] = [new Float64Array(n), vector(), vector(), new Uint8Array(n)];
    this.conjugate = { r: new Float64Array(n), z: new Float64Array(n), p: vector(), hp: vector() };
    this.points = Array.from({ length: DEPTH + 1 }, () => ({ v: new Float64Array(n), r: new Float64Array(n) }));
  }
}

/**
 * Minimises q by coordinate descent with Anderson's extrapolation of every five iterates (Bertrand and Massias 2021), where it lowers q: until the smallest subgradient of q, scaled by m, is `forcing`
 * of that at w, or after `most` sweeps. Weights become exactly 0. What sweeps leave along directions of little curvature (collinear columns) a step on the face takes, every 20 of them.
 * @param v f64[n], receives the minimum; as r, the gradient of q's smooth part there, a vector of the objective
 * @returns sweeps made
 */
export function coordinateDescent(model: QuadraticModel, v: Float64Array, r: Float64Array, forcing: number, most: number, scratch: DescentScratch): number {
  const { hessian, w, g, l1, m } = model;
  const { subgradient, points } = scratch;
  v.set(w);
  r.set(g);
  const left = (): number => {
    smallestSubgradient(subgradient, r, v, l1);
    return scaledNorm(subgradient, m);
  };
  const enough = forcing * left();
  for (let sweep = 0; ; sweep++) {
    const at = sweep % (DEPTH + 1);
    points[at]!.v.set(v);
    points[at]!.r.set(r);
    if (at === DEPTH) extrapolate(model, v, r, points);
    if (sweep >= most) return sweep;
    hessian.sweep(v, r, l1);
    if (left() <= enough) return sweep + 1;
    if ((sweep + 1) % PATIENCE === 0) stepOnFace(model, v, r, forcing, scratch);
  }
}

/**
 * Conjugate gradients for the minimum of q where weights that are 0 stay 0, and a step towards it as far as all others keep their signs; the first that would not becomes 0.
 * @param scratch its subgradient is that at v
 */
function stepOnFace({ hessian, l1, m }: QuadraticModel, v: Float64Array, r: Float64Array, forcing: number, scratch: DescentScratch): void {
  const { subgradient, step, product, free, conjugate } = scratch;
  for (let i = 0; i < v.length; i++) free[i] = v[i] !== 0 || l1[i] === 0 ? 1 : 0;
  conjugateGradients(hessian, step, subgradient, m, free, 0, 0.1 * forcing, PRODUCTS, conjugate);
  let [length, first] = [1, -1];
  for (let i = 0; i < v.length; i++) {
    const far = l1[i] === 0 || v[i]! * step[i]! >= 0 ? Infinity : -v[i]! / step[i]!;
    if (far < length) [length, first] = [far, i];
  }
  hessian.product(step, product);
  for (let i = 0; i < v.length; i++) {
    v[i] = i === first ? 0 : v[i]! + length * step[i]!;
    r[i] = r[i]! + length * product[i]!;
  }
}

/** Moves v and r to the affine combination of the points whose differences nearly cancel, if q is lower there. */
function extrapolate(model: QuadraticModel, v: Float64Array, r: Float64Array, points: DescentScratch["points"]): void {
  const shares = weightsOf(points.map((p) => p.v));
  if (shares === null) return;
  const last = points[DEPTH]!;
  for (let i = 0; i < v.length; i++) {
    let [x, slope, still] = [0, 0, true];
    for (let k = 0; k < DEPTH; k++) {
      const p = points[k + 1]!;
      x += shares[k]! * p.v[i]!;
      slope += shares[k]! * p.r[i]!;
      still &&= p.v[i] === last.v[i];
    }
    // What does not move stays to the bit: zeros above all.
    v[i] = still ? last.v[i]! : x;
    r[i] = slope;
  }
  if (modelAt(model, v, r) < modelAt(model, last.v, last.r)) return;
  v.set(last.v);
  r.set(last.r);
}

/** Anderson's: numbers c with sum 1 that make |sum of c[k] (v[k + 1] - v[k])| smallest; null: the differences are too much alike. */
function weightsOf(v: readonly Float64Array[]): number[] | null {
  const differences = Array.from({ length: DEPTH }, (_, k) => v[k + 1]!.map((x, i) => x - v[k]![i]!));
  const a = differences.map((one) => differences.map((other) => dot(one, other)));
  const ridge = RIDGE * a.reduce((sum, row, k) => sum + row[k]!, 0);
  const c = new Array<number>(DEPTH).fill(1);
  for (let k = 0; k < DEPTH; k++) {
    a[k]![k] = a[k]![k]! + ridge;
    const pivot = a[k]![k]!;
    if (!(pivot > 0)) return null;
    for (let row = k + 1; row < DEPTH; row++) {
      const factor = a[row]![k]! / pivot;
      for (let j = k; j < DEPTH; j++) a[row]![j] = a[row]![j]! - factor * a[k]![j]!;
      c[row] = c[row]! - factor * c[k]!;
    }
  }
  for (let k = DEPTH - 1; k >= 0; k--) {
    for (let j = k + 1; j < DEPTH; j++) c[k] = c[k]! - a[k]![j]! * c[j]!;
    c[k] = c[k]! / a[k]![k]!;
  }
  const sum = c.reduce((all, one) => all + one, 0);
  return Number.isFinite(sum) && sum !== 0 ? c.map((one) => one / sum) : null;
}

/** q, r being the gradient of its smooth part at v. */
function modelAt({ w, g, l1 }: QuadraticModel, v: Float64Array, r: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += 0.5 * (v[i]! - w[i]!) * (g[i]! + r[i]!) + l1[i]! * Math.abs(v[i]!);
  return sum;
}
