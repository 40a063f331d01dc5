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
  /** n of the interval, see {@link effectiveDraws}; of frequency weights the weight. */
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
  /** Of the squared weights of label 1, and of all rows. */
  readonly squaredLabel = new ExactSum();
  readonly squaredWeight = new ExactSum();

  /** Adds one row of weight w > 0. */
  add(w: number, prediction: number, label: number): void {
    this.rows++;
    this.weight.add(w);
    this.prediction.addProduct(w, prediction);
    if (label === 1) {
      this.label.add(w);
      this.squaredLabel.add(w * w);
    }
    this.squaredWeight.add(w * w);
  }

  merge(other: BinSums): void {
    this.rows += other.rows;
    this.weight.merge(other.weight);
    this.prediction.merge(other.prediction);
    this.label.merge(other.label);
    this.squaredLabel.merge(other.squaredLabel);
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
    const draws = options.weightKind === "frequency" ? weight : effectiveDraws(sums);
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

/**
 * How many rows of weight 1 would tell the mean label m as well as these of importance weights do: m (1 - m) / var(m), var(m) = sum w^2 (y - m)^2 / W^2
 * (Korn and Graubard 1998). Weights that go with the label, as those of down-sampled negatives do, count for what they are worth: a positive of weight 1 beside
 * negatives of weight 10 is a whole draw. With one label alone var(m) tells nothing, and n is Kish's W^2 / sum w^2.
 */
function effectiveDraws(sums: BinSums): number {
  const weight = sums.weight.value();
  const positive = sums.label.value();
  const negative = weight - positive;
  const squared = sums.squaredWeight.value();
  if (positive === 0 || negative === 0) return (weight / squared) * weight;
  const squaredPositive = sums.squaredLabel.value();
  const [w1, w0] = [positive / weight, negative / weight];
  return (positive * negative) / (squaredPositive * w0 * w0 + (squared - squaredPositive) * w1 * w1);
}
