import { ExactSum, exp, log, normalCdf, softplus } from "@crossbill/numerics";
import type { SliceRows } from "../measure-slice.js";
import type { RowWeights } from "./row-weights.js";

const CLIP = 2.220446049250313e-16;
/** Kinds of rows: classes of log-odds this wide, and of weights this many to an octave. */
const LOG_ODDS_STEP = 1 / 8;
const OCTAVE_PARTS = 4;
const ROOT_TWO_PI = 2.5066282746310002;

/**
 * Two-sided p values of sums of Bernoulli variables: for rows i with labels y_i of probability p_i, independent, X = sum w_i (y_i - p_i) has the cumulant function
 *   K(t) = sum_i log(1 - p_i + p_i e^(w_i t)) - t w_i p_i        (importance; a frequency weight multiplies the term of weight 1)
 * and, solved K'(s) = |x| - d / 2, the tail is that of Lugannani and Rice (1980) with Daniels' second continuity correction (1987):
 *   P(X >= x) = 1 - Phi(r) + phi(r) (1 / u - 1 / r),   r = sqrt(2 (s K'(s) - K(s))),   u = (2 / d) sinh(d s / 2) sqrt(K''(s))
 * d is the step of X: the common weight, of unlike ones their mean by what they add to the variance, which errs on the safe side. The p value is twice the tail, at most 1.
 * K is taken over kinds of rows (log-odds within 1/8, weights within a quarter octave), each with the mean probability and weight of its rows; t is scaled so that K''(0) is the variance
 * of the rows themselves.
 */
export class BernoulliTail {
  private readonly kinds: Uint32Array;
  private readonly logOdds: Float64Array;
  private readonly probabilities: Float64Array;
  private readonly weights: Float64Array;
  private readonly counts: Float64Array;

  constructor(
    rows: SliceRows,
    importance: boolean,
    private readonly rowWeights: RowWeights,
  ) {
    const keys = new Float64Array(rows.labels.length);
    for (let i = 0; i < keys.length; i++) keys[i] = kindOf(clip(rows.probabilities[i]!), importance ? rowWeights.weights[i]! : 1);
    const distinct = [...new Set(keys)].sort((a, b) => a - b);
    const place = new Map(distinct.map((key, k) => [key, k]));
    this.kinds = Uint32Array.from(keys, (key) => place.get(key)!);
    const sums = distinct.map(() => ({ rows: 0, p: new ExactSum(), w: new ExactSum() }));
    const { values: sizes } = rowWeights.sizes;
    for (const [i, k] of this.kinds.entries()) {
      const sum = sums[k]!;
      sum.rows += sizes[i]!;
      sum.p.addProduct(sizes[i]!, clip(rows.probabilities[i]!));
      sum.w.add(rowWeights.weights[i]!);
    }
    this.probabilities = Float64Array.from(sums, (sum) => sum.p.value() / sum.rows);
    this.weights = Float64Array.from(sums, (sum) => (importance ? sum.w.value() / sum.rows : 1));
    this.logOdds = this.probabilities.map((p) => log(p / (1 - p)));
    this.counts = new Float64Array(distinct.length);
  }

  /**
   * @param rows of a slice
   * @param x their sum of w (y - p)
   * @param variance of x
   */
  pValue(rows: Uint32Array, x: number, variance: number): number {
    const { counts } = this;
    counts.fill(0);
    const { values, unit } = this.rowWeights.sizes;
    for (let i = 0; i < rows.length; i++) counts[this.kinds[rows[i]!]!]! += values[rows[i]!]!;
    const sign = x < 0 ? -1 : 1;
    const kinds: Kind[] = [];
    let first = 0;
    let second = 0;
    for (let k = 0; k < counts.length; k++) {
      if (counts[k] === 0) continue;
      const p = this.probabilities[k]!;
      const w = this.weights[k]!;
      const spread = counts[k]! * unit * w * p * (1 - p);
      first += spread;
      second += spread * w;
      kinds.push({ count: counts[k]! * unit, weight: w, logOdds: sign * this.logOdds[k]!, probability: sign > 0 ? p : 1 - p });
    }
    const scale = variance > 0 ? Math.min(2, Math.max(0.5, Math.sqrt(variance / second))) : 1;
    const step = scale * (second / first);
    for (const kind of kinds) kind.weight *= scale;
    const want = Math.abs(x) - step / 2;
    return want > 0 ? Math.min(1, 2 * upperTail(kinds, want, step)) : 1;
  }
}

interface Kind {
  readonly count: number;
  weight: number;
  readonly logOdds: number;
  readonly probability: number;
}

interface Cumulants {
  readonly k: number;
  readonly first: number;
  readonly second: number;
}

function cumulants(kinds: readonly Kind[], t: number): Cumulants {
  let k = 0;
  let first = 0;
  let second = 0;
  for (const { count, weight, logOdds, probability } of kinds) {
    const tilted = 1 / (1 + exp(-(logOdds + weight * t)));
    k += count * (softplus(logOdds + weight * t) - softplus(logOdds) - weight * t * probability);
    first += count * weight * (tilted - probability);
    second += count * weight * weight * tilted * (1 - tilted);
  }
  return { k, first, second };
}

/** Where every label is on one side: their probability, which is exact. */
function upperTail(kinds: readonly Kind[], want: number, step: number): number {
  let most = 0;
  let least = Infinity;
  for (const { count, weight, probability } of kinds) {
    most += count * weight * (1 - probability);
    least = Math.min(least, weight);
  }
  if (want + step / 2 >= most - least / 4 || want >= most) return exp(-kinds.reduce((sum, { count, logOdds }) => sum + count * softplus(-logOdds), 0));
  // K' rises from 0 to `most`: Newton's method from below within a bracket.
  let low = 0;
  let high = Infinity;
  let s = want / cumulants(kinds, 0).second;
  let at = cumulants(kinds, s);
  for (let i = 0; i < 200 && Math.abs(at.first - want) > 1e-12 * want; i++) {
    if (at.first < want) low = s;
    else high = s;
    const newton = s + (want - at.first) / at.second;
    const next = newton > low && newton < high ? newton : high === Infinity ? 2 * s : (low + high) / 2;
    if (next === s) break;
    s = next;
    at = cumulants(kinds, s);
  }
  const r = Math.sqrt(2 * Math.max(0, s * want - at.k));
  if (r < 1e-4) return 0.5;
  const half = (step * s) / 2;
  const sinh = half < 1e-4 ? half : (exp(half) - exp(-half)) / 2;
  const u = ((2 * sinh) / step) * Math.sqrt(at.second);
  return Math.max(0, normalCdf(-r) + (exp((-r * r) / 2) / ROOT_TWO_PI) * (1 / u - 1 / r));
}

function clip(p: number): number {
  return Math.min(Math.max(p, CLIP), 1 - CLIP);
}

/** A whole number for the class of log-odds and of weight. */
function kindOf(p: number, w: number): number {
  return 4096 * Math.floor((OCTAVE_PARTS * log(w)) / Math.LN2 + 0.5) + Math.round(log(p / (1 - p)) / LOG_ODDS_STEP);
}
