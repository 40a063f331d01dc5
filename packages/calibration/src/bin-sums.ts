import { ExactSum, logit } from "@crossbill/numerics";
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

  bin(low: number, high: number, options: Required<IntervalOptions>): CalibrationBin {
    const weight = this.weight.value();
    const draws = options.weightKind === "frequency" ? weight : (weight / this.squaredWeight.value()) * weight;
    const meanPrediction = this.prediction.value() / weight;
    const meanLabel = this.label.value() / weight;
    const interval = wilsonInterval(meanLabel, draws, options.level);
    return {
      low,
      high,
      rows: this.rows,
      weight,
      draws,
      meanPrediction,
      meanLabel,
      logOddsPrediction: logit(meanPrediction),
      logOddsLabel: logit(meanLabel),
      labelLow: interval.low,
      labelHigh: interval.high,
    };
  }
}
