import type { v1 } from "@crossbill/messages";
import type { Observation } from "./observation.js";

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
  /** 0: none yet. */
  bestStep: number;
  bestLoss: number;
  bestSeen: number;
  /** What the next evaluation must beat by the minimum gain. */
  referenceLoss: number;
  badEvaluations: number;
  stoppedEarly: boolean;
  finished: boolean;
  /** Squared head: some training label so far is neither 0 nor 1. */
  otherLabels: boolean;
  /** What the evaluation of the best step saw; null: none yet. */
  kept: Observation | null;
  readonly curve: v1.CurvePoint.$Properties[];
}

export function initialState(): TrainState {
  return {
    step: 0,
    seen: 0,
    clock: 0,
    lossSum: 0,
    weightSum: 0,
    epochLossSum: 0,
    epochWeightSum: 0,
    bestStep: 0,
    bestLoss: Infinity,
    bestSeen: 0,
    referenceLoss: Infinity,
    badEvaluations: 0,
    stoppedEarly: false,
    finished: false,
    otherLabels: false,
    kept: null,
    curve: [],
  };
}

/** Adds a block's progressive loss. */
export function addBlock(state: TrainState, block: { readonly loss: number; readonly weight: number }, blocksPerEpoch: number): void {
  if (state.step % blocksPerEpoch === 0) state.epochLossSum = state.epochWeightSum = 0;
  state.lossSum += block.loss;
  state.weightSum += block.weight;
  state.epochLossSum += block.loss;
  state.epochWeightSum += block.weight;
  state.seen += block.weight;
  state.step++;
}

export interface EarlyStopping {
  readonly patience: number;
  readonly minimumGain: number;
}

/**
 * Enters an evaluation. Returns whether this step is the best so far: the smallest validation loss, or without validation rows (NaN) the last step.
 * Stops after `patience` evaluations in a row that did not beat the last one that counted by `minimumGain`.
 */
export function addEvaluation(
  state: TrainState,
  found: { readonly validationLoss: number; readonly nonZero: number },
  rules: { readonly blocksPerEpoch: number; readonly steps: number; readonly earlyStopping: EarlyStopping | null },
): boolean {
  const { validationLoss } = found;
  const progressiveLoss = state.weightSum > 0 ? state.lossSum / state.weightSum : NaN;
  state.curve.push({ step: state.step, epoch: state.step / rules.blocksPerEpoch, progressiveLoss, validationLoss, nonZero: found.nonZero });
  state.lossSum = state.weightSum = 0;
  const validated = !Number.isNaN(validationLoss);
  const best = validated ? validationLoss < state.bestLoss : state.step === rules.steps;
  if (best) {
    state.bestLoss = validationLoss;
    state.bestStep = state.step;
    state.bestSeen = state.seen;
  }
  if (validated && rules.earlyStopping !== null) {
    if (validationLoss < state.referenceLoss - rules.earlyStopping.minimumGain) {
      state.referenceLoss = validationLoss;
      state.badEvaluations = 0;
    } else state.badEvaluations++;
    state.stoppedEarly = state.step < rules.steps && state.badEvaluations >= Math.max(1, rules.earlyStopping.patience);
  }
  return best;
}
