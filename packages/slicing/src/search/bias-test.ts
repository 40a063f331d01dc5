import { exp, normalCdf } from "@crossbill/numerics";
import type { SliceRows } from "../measure-slice.js";
import { BernoulliTail } from "./bernoulli-tail.js";
import type { Triples } from "./count-slices.js";
import { fixedPoint } from "./fixed-point.js";
import { asSampled } from "./label-sampling.js";
import { rowWeights, triplesOf, weighed } from "./row-weights.js";
import type { Screened, SliceTest } from "./slice-test.js";

/** Below this a variance of a row is taken for this, as probabilities are clipped in the log-loss. */
const LEAST_VARIANCE = 2.220446049250313e-16;

/**
 * The score test of no bias: under the hypothesis that the predictions are the true probabilities and labels are independent, D = sum w (p - y) of a slice has mean 0 and variance
 *   V = sum w^2 p (1 - p)   (importance),   sum w p (1 - p)   (frequency);   z = D / sqrt V.
 * p and w are those of {@link asSampled}. Exact-type p values are those of {@link BernoulliTail}. As most slices need none, two cheap bounds come first: Bernstein's inequality from above,
 *   P(|D| >= d) <= 2 exp(-d^2 / 2 / (V + w_max d / 3)),
 * and from below, as a rule, the normal p value of sqrt 2 z (the tail of a Poisson number at 0, e^-V, is the thinnest there is for V).
 */
export class BiasTest implements SliceTest {
  readonly triples: readonly Triples[];
  readonly sizeUnit: number;
  readonly residuals: Float64Array;
  readonly weights: Float64Array;
  readonly copies: boolean;
  readonly unit: number;
  private readonly varianceUnit: number;
  private readonly largest: number;
  private readonly tail: BernoulliTail;

  constructor(given: SliceRows, weightKind: "importance" | "frequency") {
    const rows = weightKind === "importance" ? asSampled(given) : given;
    const by = rowWeights(rows, weightKind);
    const difference = weighed(by, by.weights, (i) => rows.probabilities[i]! - rows.labels[i]!);
    const variance = weighed(by, by.squares, (i) => Math.max(rows.probabilities[i]! * (1 - rows.probabilities[i]!), LEAST_VARIANCE));
    this.triples = [triplesOf(by.sizes, difference, variance)];
    this.sizeUnit = by.sizes.unit;
    this.residuals = difference.values;
    this.copies = by.copies !== undefined;
    this.weights = by.copies ?? fixedPoint(by.weights).values;
    this.unit = difference.unit;
    this.varianceUnit = variance.unit;
    this.largest = weightKind === "frequency" ? 1 : by.weights.reduce((a, b) => Math.max(a, b), 0);
    this.tail = new BernoulliTail(rows, weightKind === "importance", by);
  }

  screen(sums: Float64Array): Screened {
    const difference = sums[1]! * this.unit;
    const variance = sums[2]! * this.varianceUnit;
    const deviation = Math.sqrt(variance);
    const z = difference === 0 ? 0 : difference / deviation;
    const d = Math.abs(difference);
    const atMost = d > 0 ? Math.min(1, 2 * exp((-d * d) / 2 / (variance + (this.largest * d) / 3))) : 1;
    const atLeast = Math.min(atMost, 2 * normalCdf(-Math.SQRT2 * Math.abs(z)));
    return { effect: difference, standardError: deviation, z, atLeast, atMost, deviation: deviation / this.unit };
  }

  pValue(sums: Float64Array, rows: Uint32Array): number {
    return this.tail.pValue(rows, -sums[1]! * this.unit, sums[2]! * this.varianceUnit);
  }
}
