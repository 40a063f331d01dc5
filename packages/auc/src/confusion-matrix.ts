import { CrossbillError } from "@crossbill/messages";
import { ExactSum } from "@crossbill/numerics";
import { checkClasses, checkWeights } from "./class-rows.js";

export interface ClassMeasures {
  /** TP / (weight predicted as the class); NaN where it was never predicted. */
  readonly precision: number;
  /** TP / (weight of the class); NaN where it never occurred. */
  readonly recall: number;
  /** 2 TP / (weight predicted + weight of the class); NaN where there is neither. */
  readonly f1: number;
}

export interface ClassCounts extends ClassMeasures {
  /** Weight of the rows of the class. */
  readonly weight: number;
  /** Weight of the rows predicted as the class. */
  readonly predictedWeight: number;
}

export interface ConfusionMatrix {
  /** K */
  readonly classes: number;
  /** f64[K][K], [label][predicted]: weights of rows. */
  readonly matrix: Float64Array;
  readonly weight: number;
  /** Weight on the diagonal over all; NaN without weight. */
  readonly accuracy: number;
  readonly each: readonly ClassCounts[];
  /** Plain mean over the classes where the measure is defined; NaN where it is nowhere. */
  readonly macro: ClassMeasures;
  /** Over all rows at once: all three are the accuracy, since a row has one label and one prediction. */
  readonly micro: ClassMeasures;
  /** Mean over the classes where the measure is defined, by their weight. */
  readonly weighted: ClassMeasures;
}

export interface ConfusionMatrixOptions {
  /** K */
  readonly classes: number;
  /** >= 0, length N; default all 1. */
  readonly weights?: ArrayLike<number>;
}

/**
 * Rows by label and predicted class, with precision, recall and F1 of each class and their averages.
 * @param labels class indices, length N
 * @param predictions class indices, length N; of probabilities: `predictedClasses`
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_WEIGHT_RANGE; E_OPTION_RANGE for a number of classes that is none
 */
export function confusionMatrix(labels: ArrayLike<number>, predictions: ArrayLike<number>, options: ConfusionMatrixOptions): ConfusionMatrix {
  const { classes, weights } = options;
  const cells = new ConfusionCells(classes);
  if (predictions.length !== labels.length)
    throw new CrossbillError("E_LENGTH_MISMATCH", `predictions has ${predictions.length} entries and labels has ${labels.length}; give one entry a row`, {
      exitCode: 2,
    });
  checkClasses("label", labels, classes);
  checkClasses("prediction", predictions, classes);
  checkWeights(weights, labels.length);
  for (let i = 0; i < labels.length; i++) cells.add(labels[i]!, predictions[i]!, weights === undefined ? 1 : weights[i]!);
  return cells.value();
}

/** Exact sums of weights by label and predicted class; only cells that rows fell into are held. */
export class ConfusionCells {
  readonly classes: number;
  /** By label * K + predicted. */
  readonly sums = new Map<number, ExactSum>();

  /** @throws E_OPTION_RANGE unless `classes` is an integer in [1, 65536) */
  constructor(classes: number) {
    if (!(Number.isInteger(classes) && classes >= 1 && classes < 65536))
      throw new CrossbillError("E_OPTION_RANGE", `classes of a confusion matrix are ${String(classes)}, allowed is an integer from 1 to 65535`, {
        exitCode: 2,
      });
    this.classes = classes;
  }

  add(label: number, predicted: number, w: number): void {
    if (w > 0) this.at(label * this.classes + predicted).add(w);
  }

  merge(other: ConfusionCells): void {
    for (const [index, sum] of other.sums) this.at(index).merge(sum);
  }

  /** The sum of a cell, made where there is none. */
  at(index: number): ExactSum {
    let sum = this.sums.get(index);
    if (sum === undefined) {
      sum = new ExactSum();
      this.sums.set(index, sum);
    }
    return sum;
  }

  value(): ConfusionMatrix {
    const k = this.classes;
    const matrix = new Float64Array(k * k);
    const totals = { all: new ExactSum(), right: new ExactSum() };
    const margins = Array.from({ length: k }, () => ({ label: new ExactSum(), predicted: new ExactSum() }));
    for (const [index, sum] of this.sums) {
      const [label, predicted] = [Math.floor(index / k), index % k];
      matrix[index] = sum.value();
      totals.all.merge(sum);
      if (label === predicted) totals.right.merge(sum);
      margins[label]!.label.merge(sum);
      margins[predicted]!.predicted.merge(sum);
    }
    const each = margins.map((margin, c) => {
      const [weight, predictedWeight, right] = [margin.label.value(), margin.predicted.value(), matrix[c * k + c]!];
      return { weight, predictedWeight, precision: right / predictedWeight, recall: right / weight, f1: (2 * right) / (predictedWeight + weight) };
    });
    const weight = totals.all.value();
    const accuracy = totals.right.value() / weight;
    return {
      classes: k,
      matrix,
      weight,
      accuracy,
      each,
      macro: averaged(each, () => 1),
      micro: { precision: accuracy, recall: accuracy, f1: accuracy },
      weighted: averaged(each, (c) => c.weight),
    };
  }
}

function averaged(each: readonly ClassCounts[], weight: (c: ClassCounts) => number): ClassMeasures {
  const mean = (name: keyof ClassMeasures): number => {
    const [sum, total] = [new ExactSum(), new ExactSum()];
    for (const c of each) {
      if (Number.isNaN(c[name])) continue;
      sum.addProduct(weight(c), c[name]);
      total.add(weight(c));
    }
    return sum.value() / total.value();
  };
  return { precision: mean("precision"), recall: mean("recall"), f1: mean("f1") };
}
