import type { v1 } from "@crossbill/messages";
import type { Observation } from "../watch/observation.js";

/** Everything of a run that is not an array; every member holds the same. */
export interface TrainState {
  /** Blocks done. */
  step: number;
  /** Weight of all examples so far. */
  seen: number;
  /** Time of the penalties so far (see Optimizer.tick). */
  clock: number;
  /** Progressive loss (each block's before its update) since the last point of the curve, and of this epoch. */
  lossSum: number;
  weightSum: number;
  epochLossSum: number;
  epochWeightSum: number;
  /** Progressive loss since the last of the progressive points, in the first pass. */
  windowLossSum: number;
  windowWeightSum: number;
  /** The step that is kept; 0: none yet. */
  bestStep: number;
  /** Its validation loss, and its metric: the same where that is the metric. */
  bestLoss: number;
  bestMetric: number;
  bestSeen: number;
  /** What the next evaluation must beat by the minimum gain; null: there was none. */
  referenceMetric: number | null;
  badEvaluations: number;
  stoppedEarly: boolean;
  finished: boolean;
  /** Squared head: some training label so far is neither 0 nor 1. */
  otherLabels: boolean;
  /** What the evaluation of the best step saw; null: none yet. */
  kept: Observation | null;
  readonly curve: v1.CurvePoint.$Properties[];
  /** Progressive validation, of the first pass alone: later ones measure rows that were learned before. */
  readonly progressive: v1.ProgressivePoint.$Properties[];
}

/** Points of the progressive curve at most. */
const WINDOWS = 64;

/** Whether one of the windows, which part the `blocks` of a pass as evenly as they can, ends after `step` blocks. */
function endsWindow(step: number, blocks: number): boolean {
  const windows = Math.min(WINDOWS, blocks);
  return Math.floor((step * windows) / blocks) > Math.floor(((step - 1) * windows) / blocks);
}

/** @param seen weight of the examples before the first step: of a kept state */
export function initialState(seen = 0): TrainState {
  return {
    step: 0,
    seen,
    clock: 0,
    lossSum: 0,
    weightSum: 0,
    epochLossSum: 0,
    epochWeightSum: 0,
    windowLossSum: 0,
    windowWeightSum: 0,
    bestStep: 0,
    bestLoss: NaN,
    bestMetric: NaN,
    bestSeen: 0,
    referenceMetric: null,
    badEvaluations: 0,
    stoppedEarly: false,
    finished: false,
    otherLabels: false,
    kept: null,
    curve: [],
    progressive: [],
  };
}

/** Adds a block's progressive loss: that of its rows before they are learned (Blum, Kalai and Langford 1999). */
export function addBlock(state: TrainState, block: { readonly loss: number; readonly weight: number }, blocksPerEpoch: number): void {
  if (state.step % blocksPerEpoch === 0) state.epochLossSum = state.epochWeightSum = 0;
  state.lossSum += block.loss;
  state.weightSum += block.weight;
  state.epochLossSum += block.loss;
  state.epochWeightSum += block.weight;
  state.seen += block.weight;
  state.step++;
  if (state.step > blocksPerEpoch) return;
  state.windowLossSum += block.loss;
  state.windowWeightSum += block.weight;
  if (!endsWindow(state.step, blocksPerEpoch)) return;
  state.progressive.push({
    step: state.step,
    weight: state.epochWeightSum,
    loss: state.epochLossSum / state.epochWeightSum,
    windowLoss: state.windowLossSum / state.windowWeightSum,
  });
  state.windowLossSum = state.windowWeightSum = 0;
}

export interface EarlyStopping {
  readonly patience: number;
  readonly minimumGain: number;
}

/** How evaluations are judged. */
export interface StoppingRules {
  readonly blocksPerEpoch: number;
  readonly steps: number;
  /** Larger values of the metric are better. */
  readonly rises: boolean;
  /** Whether the last step is kept, whatever the metric says. */
  readonly keepLast: boolean;
  /** null: all steps are done. */
  readonly earlyStopping: EarlyStopping | null;
}

/** What an evaluation found; NaN without validation rows. `metric` is the validation loss where that is the metric. */
export interface Evaluated {
  readonly validationLoss: number;
  readonly metric: number;
  readonly nonZero: number;
  /** Of the training rows that are looked at: see Observer. */
  readonly gradientNorm: number;
  readonly observedLoss: number;
  /** Of a network. */
  readonly layers?: v1.LayerWatch.$Properties[];
}

/** Whether `value` is better than `than` by more than `gain`. */
function beats(value: number, than: number, gain: number, rises: boolean): boolean {
  return rises ? value > than + gain : value < than - gain;
}

/**
 * Enters an evaluation. Returns whether this step is to be kept: that of the best metric so far, of equal ones the first; the last step without validation rows and where it is
 * asked for. Stops after `patience` evaluations in a row none of which beat the last one that counted by more than `minimumGain`; the first counts.
 */
export function addEvaluation(state: TrainState, evaluated: Evaluated, rules: StoppingRules): boolean {
  const { earlyStopping, rises } = rules;
  const { validationLoss, metric } = evaluated;
  const progressiveLoss = state.weightSum > 0 ? state.lossSum / state.weightSum : NaN;
  state.curve.push({ step: state.step, epoch: state.step / rules.blocksPerEpoch, progressiveLoss, ...evaluated });
  state.lossSum = state.weightSum = 0;
  const validated = !Number.isNaN(metric);
  const best = validated && !rules.keepLast ? state.bestStep === 0 || beats(metric, state.bestMetric, 0, rises) : state.step === rules.steps;
  if (best) {
    state.bestLoss = validationLoss;
    state.bestMetric = metric;
    state.bestStep = state.step;
    state.bestSeen = state.seen;
  }
  if (validated && earlyStopping !== null) {
    if (state.referenceMetric === null || beats(metric, state.referenceMetric, earlyStopping.minimumGain, rises)) {
      state.referenceMetric = metric;
      state.badEvaluations = 0;
    } else state.badEvaluations++;
    state.stoppedEarly = state.step < rules.steps && state.badEvaluations >= Math.max(1, earlyStopping.patience);
  }
  return best;
}
