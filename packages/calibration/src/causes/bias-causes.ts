import { normalCdf } from "@crossbill/numerics";
import type { BiasCause, BiasEvidence, ColumnShift, LabelRate, SliceBias } from "./evidence.js";

/** From which evidence on a cause is named. */
export const BIAS_THRESHOLDS = {
  /** Two-sided level of every test of one number: of the bias, the slope, a rate. */
  level: 0.01,
  /** Of the slices: false discovery rate (Benjamini and Hochberg 1995). */
  falseDiscoveryRate: 0.01,
  /** Smaller ones are no concern however many rows show them: bias and differences of rates as shares of the rate, of all rows and of a slice. */
  relativeBias: 0.01,
  relativeSliceBias: 0.05,
  relativeRate: 0.02,
  /** Calibration slope - 1. */
  slope: 0.05,
  /** AUC of a column by itself, or of a model one of whose columns reaches nearly the same. */
  leakedAuc: 0.99,
} as const;

/** A cause and how much speaks for it, in (0, 1]. */
interface Weighed {
  readonly cause: BiasCause;
  readonly score: number;
}

/**
 * What may be behind a bias, likeliest first; empty where there is none beyond chance. Thresholds: {@link BIAS_THRESHOLDS}.
 *
 * - LEAKED_LABEL: a column by itself has an AUC of 0.99 or more. It is told without a bias, too: where the label is known to a column, the test rows are as wrong as the training rows. Value: that AUC.
 * - BIASED_SAMPLE: the training rows have another rate of positives than the test rows, which the bias follows; or than the known rate, which is told without a bias, too: a
 *   test part that was sampled in the same way does not show it. Value: training rate - other rate.
 * - BROKEN_PIPELINE: there is a bias of all rows, of slices, or a slope below 1, and columns differ between training and test. Value: the largest difference as a multiple of what is expected at most.
 * - OVER_REGULARIZED: predictions are drawn together (slope above 1), and there are penalties; likelier where the slope falls with them along a path. Value: the slope.
 * - MISSING_FEATURE: slices are biased; likelier where the rows together are not. Value: the largest bias of these slices.
 *
 * The score that causes are sorted by is a rule of thumb, not a probability; of equal ones those named first here come first.
 */
export function biasCauses(evidence: BiasEvidence): BiasCause[] {
  const overall = overallBias(evidence);
  const slices = biasedSlices(evidence);
  const found = [
    leakedLabel(evidence),
    biasedSample(evidence, overall),
    brokenPipeline(evidence, overall, slices),
    overRegularized(evidence),
    missingFeature(overall, slices),
  ];
  return found
    .filter((one) => one !== null)
    .sort((a, b) => b.score - a.score)
    .map(({ cause }) => cause);
}

function isBeyondChance(estimate: number, standardError: number): boolean {
  return 2 * normalCdf(-Math.abs(estimate / standardError)) < BIAS_THRESHOLDS.level;
}

/** The bias of all rows where it is one, else 0. */
function overallBias({ bias: { difference, standardError, meanLabel } }: BiasEvidence): number {
  const relevant = Math.abs(difference) > BIAS_THRESHOLDS.relativeBias * meanLabel;
  return relevant && isBeyondChance(difference, standardError) ? difference : 0;
}

/** Biased slices, those with the largest bias first. */
function biasedSlices({ slices = [], found = [] }: BiasEvidence): SliceBias[] {
  const rate = BIAS_THRESHOLDS.falseDiscoveryRate;
  const tested = slices.filter(({ pValue }) => !Number.isNaN(pValue)).sort((a, b) => a.pValue - b.pValue);
  const last = tested.findLastIndex(({ pValue }, i) => pValue <= (rate * (i + 1)) / tested.length);
  return [...tested.slice(0, last + 1), ...found.filter(({ pValue }) => pValue <= rate)]
    .filter(({ difference, meanLabel }) => Math.abs(difference) > BIAS_THRESHOLDS.relativeSliceBias * meanLabel)
    .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference));
}

function leakedLabel({ columns = [], auc = Number.NaN }: BiasEvidence): Weighed | null {
  const leaks = columns.filter((column) => Math.abs(column.auc - 0.5) + 0.5 >= BIAS_THRESHOLDS.leakedAuc);
  if (leaks.length === 0) return null;
  const value = Math.max(...leaks.map((column) => Math.max(column.auc, 1 - column.auc)));
  const names = leaks.map(({ column }) => column);
  return {
    score: 1,
    cause: {
      code: "LEAKED_LABEL",
      message: `${quoted(names)} alone ${names.length === 1 ? "has" : "have"} an AUC of ${told(value)}${Number.isNaN(auc) ? "" : `, the model ${told(auc)}`}: does it hold the label, or something that is known only after it? If so, leave it out`,
      fields: names,
      value,
    },
  };
}

function biasedSample({ rates, knownRate, bias }: BiasEvidence, overall: number): Weighed | null {
  if (rates === undefined) return null;
  const { training, test } = rates;
  if (knownRate !== undefined && differ(training, { rate: knownRate, draws: Infinity })) {
    return {
      score: 0.95,
      cause: {
        code: "BIASED_SAMPLE",
        message: `positives are ${percent(training.rate)} of the training rows and are known to be ${percent(knownRate)} of the population: were rows sampled by their label? Correct the predictions, or weight the rows`,
        fields: [],
        value: training.rate - knownRate,
      },
    };
  }
  const gap = training.rate - test.rate;
  if (overall === 0 || gap * overall <= 0 || !differ(training, test)) return null;
  return {
    score: 0.9 * Math.min(1, gap / overall),
    cause: {
      code: "BIASED_SAMPLE",
      message: `positives are ${percent(training.rate)} of the training rows and ${percent(test.rate)} of the test rows; predictions are ${percent(bias.meanPrediction)} on average: are the training rows a sample of what is predicted (the same time, the same filters)? Sample them alike, or recalibrate on newer rows`,
      fields: [],
      value: gap,
    },
  };
}

/** Whether two rates differ beyond chance, and by enough. */
function differ(a: LabelRate, b: LabelRate): boolean {
  const pooled = b.draws === Infinity ? b.rate : (a.rate * a.draws + b.rate * b.draws) / (a.draws + b.draws);
  const standardError = Math.sqrt(pooled * (1 - pooled) * (1 / a.draws + 1 / b.draws));
  return Math.abs(a.rate - b.rate) > BIAS_THRESHOLDS.relativeRate * b.rate && isBeyondChance(a.rate - b.rate, standardError);
}

function brokenPipeline({ shifts = [], slope }: BiasEvidence, overall: number, slices: readonly SliceBias[]): Weighed | null {
  const over = (shift: ColumnShift): number => shift.value / shift.limit;
  const shifted = shifts.filter((shift) => over(shift) > 1).sort((a, b) => over(b) - over(a));
  const spread = slope !== undefined && slope.value < 1 - BIAS_THRESHOLDS.slope && isBeyondChance(slope.value - 1, slope.standardError);
  if (shifted.length === 0 || (overall === 0 && slices.length === 0 && !spread)) return null;
  const fields = [...new Set(shifted.map(({ column }) => column))];
  return {
    score: 0.6 + 0.3 * Math.min(1, over(shifted[0]!) / 5),
    cause: {
      code: "BROKEN_PIPELINE",
      message: `${shifted
        .slice(0, 3)
        .map(({ message }) => message)
        .join(
          "; ",
        )}${shifted.length > 3 ? `; and ${shifted.length - 3} more` : ""}: is ${fields.length === 1 ? "this column" : "each of these columns"} filled now as it was for training?`,
      fields,
      value: over(shifted[0]!),
    },
  };
}

function overRegularized({ slope, penalties, path = [] }: BiasEvidence): Weighed | null {
  if (slope === undefined || penalties === undefined || !(penalties.l1 > 0 || penalties.l2 > 0)) return null;
  if (!(slope.value > 1 + BIAS_THRESHOLDS.slope) || !isBeyondChance(slope.value - 1, slope.standardError)) return null;
  const rising = [...path].sort((a, b) => a.penalty - b.penalty);
  const follows = rising.length > 1 && rising.every((point, i) => i === 0 || point.slope >= rising[i - 1]!.slope);
  return {
    score: follows ? 0.9 : 0.7,
    cause: {
      code: "OVER_REGULARIZED",
      message: `predictions are drawn together: the calibration slope is ${told(slope.value)}, 1 is calibrated, and the penalties are l1 = ${penalties.l1}, l2 = ${penalties.l2}${follows ? "; smaller ones bring it down" : ""}: try smaller penalties, more epochs, or recalibrate`,
      fields: [],
      value: slope.value,
    },
  };
}

function missingFeature(overall: number, slices: readonly SliceBias[]): Weighed | null {
  if (slices.length === 0) return null;
  const shown = slices.slice(0, 3).map(({ slice, difference, meanLabel }) => {
    const keys = Object.entries(slice).map(([field, value]) => `${field} = ${value ?? "(missing)"}`);
    return `${keys.join(", ")}: ${percent(meanLabel + difference)} predicted, ${percent(meanLabel)} observed`;
  });
  const fields = [...new Set(slices.flatMap(({ slice }) => Object.keys(slice)))];
  return {
    score: overall === 0 ? 0.65 : 0.35,
    cause: {
      code: "MISSING_FEATURE",
      message: `${slices.length === 1 ? "a slice is" : `${slices.length} slices are`} biased${overall === 0 ? ", the rows together are not" : ""} (${shown.join("; ")}): does the model have a column, or a cross of columns, that tells ${slices.length === 1 ? "it" : "them"} apart?`,
      fields,
      value: Math.abs(slices[0]!.difference),
    },
  };
}

function percent(share: number): string {
  return `${(100 * share).toPrecision(3)} %`;
}

function told(x: number): string {
  return x.toPrecision(4);
}

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(", ");
}
