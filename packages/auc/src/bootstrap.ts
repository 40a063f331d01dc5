import { CrossbillError } from "@crossbill/messages";
import type { IntervalOptions } from "./delong-intervals.js";
import { intervalOptions } from "./inputs.js";
import { Placements } from "./placements.js";
import { PoissonDraws } from "./poisson.js";
import { type Ranking, rankingOf, rankRows } from "./ranking.js";

/** Any number of a ranking, such as `rocAucOf` or `(ranking) => confusionOf(ranking, 0.5).f1`. The ranking is good until it returns. */
export type RankingMetric = (ranking: Ranking) => number;

export interface BootstrapOptions extends IntervalOptions {
  /** Default 1000. */
  readonly replicates?: number;
  /** Integer in [0, 2^53); default 0. */
  readonly seed?: number;
  /** "percentile" (default): quantiles of the replicates; "basic": 2 estimate - the opposite quantile. */
  readonly method?: "percentile" | "basic";
}

export interface BootstrapInterval {
  /** The metric of the rows themselves. */
  readonly estimate: number;
  /** Standard deviation of the replicates. */
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
  /** Replicates in which the metric is defined; the others (one class only) are left out. */
  readonly replicates: number;
}

export interface BootstrapComparison extends BootstrapInterval {
  readonly estimateA: number;
  readonly estimateB: number;
}

/**
 * Interval of any metric of a ranking by the Poisson bootstrap: in each replicate row i counts w_i c_i with c_i ~ Poisson(1) (importance: a row is one draw whatever its weight), or
 * Poisson(w_i) (frequency: a row of weight k is k draws) (Hanley and MacGibbon 2006; Chamandy et al. 2012). c_i depends on (seed, replicate, i) alone, i the row's index.
 * Memory of 13 numbers a distinct score; time of replicates * N.
 * @returns interval and standard error NaN with fewer than two replicates that have a value
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE, E_LEVEL_RANGE, E_WEIGHT_KIND, E_OPTION_RANGE
 */
export function bootstrapInterval(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
  metric: RankingMetric,
  options: BootstrapOptions = {},
): BootstrapInterval {
  const checked = checkOptions(options);
  const ranking = rankRows(labels, scores, weights);
  const estimate = metric(ranking);
  return intervalOf(
    estimate,
    replicateValues(labels, [{ ranking, scores }], weights, checked, ([only]) => metric(only!)),
    checked,
  );
}

/**
 * {@link bootstrapInterval} of the difference metric(A) - metric(B) of two models on the same rows: both are drawn alike in each replicate.
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE, E_LEVEL_RANGE, E_WEIGHT_KIND, E_OPTION_RANGE
 */
export function bootstrapComparison(
  labels: ArrayLike<number>,
  scoresA: ArrayLike<number>,
  scoresB: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
  metric: RankingMetric,
  options: BootstrapOptions = {},
): BootstrapComparison {
  const checked = checkOptions(options);
  const models = [scoresA, scoresB].map((scores) => ({ ranking: rankRows(labels, scores, weights), scores }));
  const [estimateA, estimateB] = models.map(({ ranking }) => metric(ranking)) as [number, number];
  const values = replicateValues(labels, models, weights, checked, ([a, b]) => metric(a!) - metric(b!));
  return { ...intervalOf(estimateA - estimateB, values, checked), estimateA, estimateB };
}

interface Model {
  readonly ranking: Ranking;
  readonly scores: ArrayLike<number>;
}

/** The value of every replicate, f64[replicates]. */
function replicateValues(
  labels: ArrayLike<number>,
  models: readonly Model[],
  weights: ArrayLike<number> | undefined,
  options: Required<BootstrapOptions>,
  value: (rankings: readonly Ranking[]) => number,
): Float64Array {
  const { replicates, seed, weightKind } = options;
  const draws = new PoissonDraws(seed);
  const resamples = models.map((model) => new Resamples(labels, model, weights));
  const values = new Float64Array(replicates);
  for (let group = 0; 4 * group < replicates; group++) {
    for (const resample of resamples) resample.draw(draws, group, weightKind);
    for (let b = 0; b < 4 && 4 * group + b < replicates; b++) values[4 * group + b] = value(resamples.map((resample) => resample.ranking(b)));
  }
  return values;
}

/** Four replicates of the rows of one model at a time, counted by distinct score. */
class Resamples {
  private readonly thresholds: Float64Array;
  /** Rows with weight by falling score, those of one score in their order: memory is walked from end to end. */
  private readonly order: Uint32Array;
  /** Of each distinct score, where its rows begin, and where the last ones end. */
  private readonly starts: Uint32Array;
  private readonly positives: readonly Float64Array[];
  private readonly negatives: readonly Float64Array[];
  /** Of the ranking that was made last. */
  private readonly kept: { readonly thresholds: Float64Array; readonly positives: Float64Array; readonly negatives: Float64Array };

  constructor(
    private readonly labels: ArrayLike<number>,
    { ranking, scores }: Model,
    private readonly weights: ArrayLike<number> | undefined,
  ) {
    const placements = new Placements(ranking);
    const size = ranking.thresholds.length;
    const rows = Uint32Array.from(labels, (_, i) => i).filter((i) => weights === undefined || weights[i]! > 0);
    const position = placements.indicesOf(Float64Array.from(rows, (i) => scores[i]!));
    this.thresholds = ranking.thresholds;
    this.starts = new Uint32Array(size + 1);
    for (const at of position) this.starts[at + 1]!++;
    for (let k = 0; k < size; k++) this.starts[k + 1]! += this.starts[k]!;
    const next = this.starts.slice();
    this.order = new Uint32Array(rows.length);
    for (const [j, row] of rows.entries()) this.order[next[position[j]!]!++] = row;
    const columns = (): Float64Array[] => Array.from({ length: 4 }, () => new Float64Array(size));
    [this.positives, this.negatives] = [columns(), columns()];
    this.kept = { thresholds: new Float64Array(size), positives: new Float64Array(size), negatives: new Float64Array(size) };
  }

  /** Makes the replicates 4 group ... 4 group + 3. */
  draw(draws: PoissonDraws, group: number, weightKind: "importance" | "frequency"): void {
    const { labels, weights, order, starts } = this;
    const drawn = new Float64Array(4);
    const [p0, p1, p2, p3] = this.positives as [Float64Array, Float64Array, Float64Array, Float64Array];
    const [n0, n1, n2, n3] = this.negatives as [Float64Array, Float64Array, Float64Array, Float64Array];
    for (const column of [...this.positives, ...this.negatives]) column.fill(0);
    for (let k = 0; k < this.thresholds.length; k++) {
      for (let j = starts[k]!; j < starts[k + 1]!; j++) {
        const row = order[j]!;
        const w = weights === undefined ? 1 : weights[row]!;
        const factor = weightKind === "frequency" ? 1 : w;
        draws.draw(drawn, group, row, weightKind === "frequency" ? w : 1);
        if (labels[row] === 1) {
          p0[k]! += factor * drawn[0]!;
          p1[k]! += factor * drawn[1]!;
          p2[k]! += factor * drawn[2]!;
          p3[k]! += factor * drawn[3]!;
        } else {
          n0[k]! += factor * drawn[0]!;
          n1[k]! += factor * drawn[1]!;
          n2[k]! += factor * drawn[2]!;
          n3[k]! += factor * drawn[3]!;
        }
      }
    }
  }

  /** Without the scores that no row was drawn at; good until the next. */
  ranking(b: number): Ranking {
    const { thresholds } = this;
    const [positives, negatives] = [this.positives[b]!, this.negatives[b]!];
    const { kept } = this;
    let size = 0;
    for (let k = 0; k < thresholds.length; k++) {
      if (positives[k] === 0 && negatives[k] === 0) continue;
      kept.thresholds[size] = thresholds[k]!;
      kept.positives[size] = positives[k]!;
      kept.negatives[size++] = negatives[k]!;
    }
    return rankingOf(kept.thresholds.subarray(0, size), kept.positives.subarray(0, size), kept.negatives.subarray(0, size));
  }
}

function intervalOf(estimate: number, values: Float64Array, { level, method }: Required<BootstrapOptions>): BootstrapInterval {
  const sorted = values.filter((x) => !Number.isNaN(x)).sort();
  const n = sorted.length;
  if (n < 2) return { estimate, standardError: NaN, low: NaN, high: NaN, replicates: n };
  const mean = sorted.reduce((sum, x) => sum + x, 0) / n;
  const standardError = Math.sqrt(sorted.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / (n - 1));
  const [low, high] = [quantile(sorted, (1 - level) / 2), quantile(sorted, (1 + level) / 2)];
  if (method === "basic") return { estimate, standardError, low: 2 * estimate - high, high: 2 * estimate - low, replicates: n };
  return { estimate, standardError, low, high, replicates: n };
}

/** Type 7 of Hyndman and Fan: linear between the order statistics around q (n - 1). */
function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const [a, b] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return a + (at - below) * (b - a);
}

function checkOptions(options: BootstrapOptions): Required<BootstrapOptions> {
  const { replicates = 1000, seed = 0, method = "percentile" } = options;
  const refused = (name: string, got: unknown, allowed: string): CrossbillError =>
    new CrossbillError("E_OPTION_RANGE", `${name} of a bootstrap is ${String(got)}, allowed is ${allowed}`, { exitCode: 2 });
  if (!(Number.isInteger(replicates) && replicates >= 1 && replicates <= 2 ** 24)) throw refused("replicates", replicates, "an integer from 1 to 2^24");
  if (!(Number.isSafeInteger(seed) && seed >= 0)) throw refused("seed", seed, "an integer in [0, 2^53)");
  if (method !== "percentile" && method !== "basic") throw refused("method", method, "percentile or basic");
  return { replicates, seed, method, ...intervalOptions(options) };
}
