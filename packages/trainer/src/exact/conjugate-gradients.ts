import type { Objective } from "./objective.js";
import { dot } from "./vectors.js";

/** Arrays that one run after the other works in. */
export interface ConjugateScratch {
  readonly r: Float64Array;
  readonly z: Float64Array;
  readonly p: Float64Array;
  readonly hp: Float64Array;
}

export function conjugateScratch(objective: Objective): ConjugateScratch {
  return { r: objective.vector(), z: objective.vector(), p: objective.vector(), hp: objective.vector() };
}

/**
 * Solves H d = -g by conjugate gradients, preconditioned by the diagonal m of H (Hestenes and Stiefel 1952; Shewchuk 1994, B3): until the residual r has
 * sqrt(r . r/m) <= forcing * sqrt(g . g/m), or `most` products with H were made, or H has no curvature left along p (then d is what was found so far, at the
 * very first step r/m).
 * @param damping H + damping m is taken for H: bounds steps along which H has little curvature
 * @param free entries that may move, 1; the others, 0, stay 0. null: all
 * @returns products made
 */
export function conjugateGradients(
  objective: Pick<Objective, "product">,
  d: Float64Array,
  g: Float64Array,
  m: Float64Array,
  free: Uint8Array | null,
  damping: number,
  forcing: number,
  most: number,
  { r, z, p, hp }: ConjugateScratch,
): number {
  const n = d.length;
  for (let i = 0; i < n; i++) {
    d[i] = 0;
    r[i] = free === null || free[i] === 1 ? -g[i]! : 0;
    z[i] = m[i]! > 0 ? r[i]! / m[i]! : 0;
    p[i] = z[i]!;
  }
  let rz = dot(r, z);
  const target = forcing * forcing * rz;
  let products = 0;
  while (rz > target && products < most) {
    objective.product(p, hp);
    products++;
    if (damping > 0) for (let i = 0; i < n; i++) hp[i] = hp[i]! + damping * m[i]! * p[i]!;
    if (free !== null) for (let i = 0; i < n; i++) if (free[i] === 0) hp[i] = 0;
    const curvature = dot(p, hp);
    if (!(curvature > 0)) {
      if (products === 1) d.set(p);
      break;
    }
    const step = rz / curvature;
    for (let i = 0; i < n; i++) {
      d[i] = d[i]! + step * p[i]!;
      r[i] = r[i]! - step * hp[i]!;
      z[i] = m[i]! > 0 ? r[i]! / m[i]! : 0;
    }
    const next = dot(r, z);
    const beta = next / rz;
    rz = next;
    for (let i = 0; i < n; i++) p[i] = z[i]! + beta * p[i]!;
  }
  return products;
}
