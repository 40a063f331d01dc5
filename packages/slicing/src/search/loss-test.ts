import { ExactSum, log1p, normalCdf } from "@crossbill/numerics";
import type { SliceRows } from "../measure-slice.js";
import { rowLoss } from "../slice-sums.js";
import type { Triples } from "./count-slices.js";
import { type FixedPoint, fixedPoint } from "./fixed-point.js";
import { rowWeights, triplesOf, weighed } from "./row-weights.js";
import type { Screened, SliceTest } from "./slice-test.js";

/** Sums over some rows: draws n, W = sum w, A = sum w l, B = sum v, C = sum v l, E = sum v l^2 with v = w^2 (importance) or w (frequency). */
interface LossSums {
  readonly n: number;
  readonly W: number;
  readonly A: number;
  readonly B: number;
  readonly C: number;
  readonly E: number;
}

/**
 * Whether the mean log-loss of a slice is above that of all other rows: Welch's t test (1947), one-sided. With m = A / W,
 *   se^2 = n / (n - 1) (E - 2 m C + m^2 B) / W^2   (importance; n rows),   n = W with frequency weights;
 *   t = (m - m') / sqrt(se^2 + se'^2), with the degrees of freedom of Welch and Satterthwaite.
 * z is the normal quantile of t's p value, as Wallace (1959) approximates it.
 */
export class LossTest implements SliceTest {
  readonly triples: readonly Triples[];
  readonly sizeUnit: number;
  readonly residuals: Float64Array;
  readonly weights: Float64Array;
  readonly copies: boolean;
  readonly unit: number;
  private readonly units: readonly number[];
  private readonly all: LossSums;

  constructor(rows: SliceRows, weightKind: "importance" | "frequency") {
    const by = rowWeights(rows, weightKind);
    const losses = rows.probabilities.map((p, i) => rowLoss(rows.labels[i]!, p));
    const [total, weight] = [new ExactSum(), new ExactSum()];
    for (let i = 0; i < losses.length; i++) {
      total.addProduct(by.weights[i]!, losses[i]!);
      weight.add(by.weights[i]!);
    }
    // Losses count from their mean: squares lose no digits to it then.
    const mean = losses.length === 0 ? 0 : total.value() / weight.value();
    const lossTerms = weighed(by, by.weights, (i) => losses[i]! - mean);
    const squareTerms = weighed(by, by.squares, (i) => (losses[i]! - mean) * (losses[i]! - mean));
    const plain = rows.weights === undefined || weightKind === "frequency";
    const terms: FixedPoint[] = plain
      ? [by.sizes, lossTerms, squareTerms]
      : [
          by.sizes,
          weighed(by, by.weights, () => 1),
          lossTerms,
          weighed(by, by.squares, () => 1),
          weighed(by, by.squares, (i) => losses[i]! - mean),
          squareTerms,
        ];
    this.triples = [triplesOf(terms[0]!, terms[1]!, terms[2]!), ...(plain ? [] : [triplesOf(terms[3]!, terms[4]!, terms[5]!)])];
    this.sizeUnit = by.sizes.unit;
    this.residuals = lossTerms.values;
    this.copies = by.copies !== undefined;
    this.weights = by.copies ?? fixedPoint(by.weights).values;
    this.unit = lossTerms.unit;
    this.units = terms.map(({ unit }) => unit);
    this.all = this.read(Float64Array.from(terms, ({ values }) => values.reduce((a, b) => a + b, 0)));
  }

  screen(sums: Float64Array): Screened {
    const own = this.read(sums);
    const { all } = this;
    const rest = { n: all.n - own.n, W: all.W - own.W, A: all.A - own.A, B: all.B - own.B, C: all.C - own.C, E: all.E - own.E };
    const [a, b] = [meanOf(own), meanOf(rest)];
    const effect = a.mean - b.mean;
    const standardError = Math.sqrt(a.variance + b.variance);
    const t = effect / standardError;
    const freedom = (a.variance + b.variance) ** 2 / (a.variance ** 2 / (own.n - 1) + b.variance ** 2 / (rest.n - 1));
    const z = normalOfT(t, freedom);
    const pValue = Number.isNaN(z) ? 1 : normalCdf(-z);
    return { effect, standardError, z, atLeast: pValue, atMost: pValue, deviation: (standardError * own.W) / this.unit };
  }

  pValue(sums: Float64Array): number {
    return this.screen(sums).atMost;
  }

  private read(sums: Float64Array): LossSums {
    const at = (k: number): number => sums[k]! * this.units[k]!;
    const n = at(0);
    return this.units.length === 3 ? { n, W: n, A: at(1), B: n, C: at(1), E: at(2) } : { n, W: at(1), A: at(2), B: at(3), C: at(4), E: at(5) };
  }
}

function meanOf({ n, W, A, B, C, E }: LossSums): { mean: number; variance: number } {
  const mean = A / W;
  return { mean, variance: n > 1 ? ((n / (n - 1)) * Math.max(0, E - 2 * mean * C + mean * mean * B)) / W / W : Number.NaN };
}

/**
 * The normal quantile with the upper tail of Student's t at `freedom` degrees: z = (8 f + 1) / (8 f + 3) sqrt(f log(1 + t^2 / f)) with the sign of t (Wallace 1959).
 * Within 0.003 of it for f >= 10 and |z| <= 4. @returns NaN where t is not defined
 */
export function normalOfT(t: number, freedom: number): number {
  if (!Number.isFinite(t) || !(freedom > 0)) return Number.NaN;
  const z = ((8 * freedom + 1) / (8 * freedom + 3)) * Math.sqrt(freedom * log1p((t * t) / freedom));
  return t < 0 ? -z : z;
}
