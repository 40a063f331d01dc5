import { ExactSum, exp, log, logit } from "@crossbill/numerics";
import type { IntervalOptions } from "./inputs.js";
import { wilsonInterval } from "./wilson.js";

export interface CalibrationBin {
  /** The bin is (low, high], of the prediction; a lowest bin holds its lower edge too. */
  readonly low: number;
  readonly high: number;
  /** Rows of positive weight. */
  readonly rows: number;
  /** Sum of weights. */
  readonly weight: number;
  /** n of the interval: the weight (frequency), or Kish's (sum w)^2 / sum w^2 (importance). */
  readonly draws: number;
  readonly meanPrediction: number;
  readonly meanLabel: number;
  /** log(m / (1 - m)) of both means; infinite at 0 and 1. */
  readonly logOddsPrediction: number;
  readonly logOddsLabel: number;
  /** Wilson's interval of the mean label. */
  readonly labelLow: number;
  readonly labelHigh: number;
  /** The same interval as log-odds; infinite at 0 and 1. */
  readonly logOddsLow: number;
  readonly logOddsHigh: number;
  /** Wilson's interval at the level level^(1/B) of B non-empty bins (Sidak 1967): all B of them hold at once with the probability `level`. */
  readonly allLow: number;
  readonly allHigh: number;
}

/** Exact sums of the rows of one bin. */
export class BinSums {
  rows = 0;
  readonly weight = new ExactSum();
  readonly prediction = new ExactSum();
  readonly label = new ExactSum();
  readonly squaredWeight = new ExactSum();

  /** Adds one row of weight w > 0. */
  add(w: number, prediction: number, label: number): void {
    this.rows++;
    this.weight.add(w);
    this.prediction.addProduct(w, prediction);
    if (label === 1) this.label.add(w);
    this.squaredWeight.add(w * w);
  }

  merge(other: BinSums): void {
    this.rows += other.rows;
    this.weight.merge(other.weight);
    this.prediction.merge(other.prediction);
    this.label.merge(other.label);
    this.squaredWeight.merge(other.squaredWeight);
  }
}

/** Sums of the rows between two edges. */
export interface SummedBin {
  readonly low: number;
  readonly high: number;
  readonly sums: BinSums;
}

/** The bins of a curve from the sums of its non-empty ones. */
export function binsOf(summed: readonly SummedBin[], options: Required<IntervalOptions>): CalibrationBin[] {
  const allLevel = exp(log(options.level) / summed.length);
  return summed.map(({ low, high, sums }) => {
    const weight = sums.weight.value();
    const draws = options.weightKind === "frequency" ? weight : (weight / sums.squaredWeight.value()) * weight;
    const meanPrediction = sums.prediction.value() / weight;
    const meanLabel = sums.label.value() / weight;
    const own = wilsonInterval(meanLabel, draws, options.level);
    const all = summed.length === 1 ? own : wilsonInterval(meanLabel, draws, allLevel);
    return {
      low,
      high,
      rows: sums.rows,
      weight,
      draws,
      meanPrediction,
      meanLabel,
      logOddsPrediction: logit(meanPrediction),
      logOddsLabel: logit(meanLabel),
      labelLow: own.low,
      labelHigh: own.high,
      logOddsLow: logit(own.low),
      logOddsHigh: logit(own.high),
      allLow: all.low,
      allHigh: all.high,
    };
  });
}
