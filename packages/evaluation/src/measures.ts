import { poissonDeviance, poissonLoss, rowLogLoss } from "@crossbill/calibration";
import { isOfClasses, isOfNumbers, v1 } from "@crossbill/messages";
import type { MeasureNames, MeasureValues } from "./group-means.js";
import type { Scores } from "./score-file.js";

/** A model's head, and whether the labels are vectors. */
export interface Kind {
  readonly head: v1.Head;
  readonly vectors: boolean;
}

/** Of one row by what is kept of its prediction: a probability, a value, the own class's probability, or (label vectors) the loss. */
export type RowLoss = (label: number, prediction: number) => number;

export function squaredError(label: number, prediction: number): number {
  return (prediction - label) * (prediction - label);
}

/** By which models are compared: log-loss, squared error, or deviance (the Poisson loss is no ratio: it may be below 0). */
export function comparedLoss({ head, vectors }: Kind): RowLoss {
  if (vectors) return (_, loss) => loss;
  if (head === v1.Head.POISSON) return poissonDeviance;
  if (isOfNumbers(head)) return squaredError;
  return isOfClasses(head) ? (_, own) => rowLogLoss(1, own) : rowLogLoss;
}

/** The head's own loss: (p - y)^2 (squared), p - y log p (poisson), else -log p of the row's class, p clipped to [2^-52, 1 - 2^-52]. */
export function ownLoss(kind: Kind): RowLoss {
  return kind.head === v1.Head.POISSON && !kind.vectors ? poissonLoss : comparedLoss(kind);
}

/** The loss that a perfect prediction has by the clipping; of log-losses alone it is not 0. */
function perfectLoss({ head, vectors }: Kind): RowLoss {
  if (vectors || isOfNumbers(head)) return () => 0;
  return isOfClasses(head) ? () => rowLogLoss(1, 1) : (label) => rowLogLoss(label, label);
}

/** What is averaged of one model's rows. */
export function evaluationNames({ head, vectors }: Kind): MeasureNames {
  if (isOfNumbers(head))
    return { sums: ["prediction", "label", "squared", ...(head === v1.Head.POISSON ? ["poissonLoss", "deviance"] : [])], means: ["difference"] };
  if (isOfClasses(head) || vectors) return { sums: ["loss", "hit"], means: ["lossDifference"] };
  return { sums: [], means: ["lossDifference"] };
}

export function evaluationValues(kind: Kind, { label, predictions, hits }: Scores): MeasureValues {
  const p = predictions[0]!;
  const by = (of: RowLoss): Float64Array => label.map((y, i) => of(y, p[i]!));
  if (isOfNumbers(kind.head))
    return {
      sums: {
        prediction: p,
        label,
        squared: by(squaredError),
        ...(kind.head === v1.Head.POISSON ? { poissonLoss: by(poissonLoss), deviance: by(poissonDeviance) } : {}),
      },
      means: { difference: [by((y, x) => x - y), new Float64Array(label.length)] },
    };
  const loss = by(ownLoss(kind));
  const lossDifference = [loss, by(perfectLoss(kind))] as const;
  if (isOfClasses(kind.head) || kind.vectors) return { sums: { loss, hit: hits[0]! }, means: { lossDifference } };
  return { sums: {}, means: { lossDifference } };
}

/** What is averaged of two models' rows; heads of classes have no biases. */
export function comparisonNames({ head, vectors }: Kind): MeasureNames {
  const one = !(isOfClasses(head) || vectors);
  return {
    sums: [
      "lossNew",
      "lossCurrent",
      ...(one ? ["predictionNew", "predictionCurrent", "label"] : []),
      ...(head === v1.Head.LOGISTIC ? ["brierNew", "brierCurrent"] : []),
    ],
    means: ["loss", ...(one ? ["biasNew", "biasCurrent"] : []), ...(head === v1.Head.LOGISTIC ? ["brier"] : [])],
  };
}

export function comparisonValues(kind: Kind, { label, predictions }: Scores): MeasureValues {
  const [a, b] = predictions as [Float64Array, Float64Array];
  const loss = comparedLoss(kind);
  const nothing = new Float64Array(label.length);
  const by = (p: Float64Array, of: RowLoss): Float64Array => label.map((y, i) => of(y, p[i]!));
  const [lossNew, lossCurrent] = [by(a, loss), by(b, loss)];
  const difference = (p: Float64Array): readonly [Float64Array, Float64Array] => [by(p, (y, x) => x - y), nothing];
  const numbers = isOfNumbers(kind.head) || kind.vectors;
  const [brierNew, brierCurrent] = [by(a, squaredError), by(b, squaredError)];
  return {
    sums: { lossNew, lossCurrent, predictionNew: a, predictionCurrent: b, label, brierNew, brierCurrent },
    means: {
      loss: numbers ? [lossNew.map((x, i) => x - lossCurrent[i]!), nothing] : [lossNew, lossCurrent],
      biasNew: numbers ? difference(a) : [a, label],
      biasCurrent: numbers ? difference(b) : [b, label],
      brier: [brierNew, brierCurrent],
    },
  };
}
