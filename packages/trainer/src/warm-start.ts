import { CrossbillError, type v1 } from "@crossbill/messages";
import { NO_FEATURE } from "@crossbill/models";
import { initialWords, type OptimizerOptions, stateWords } from "./optimizers/optimizer-options.js";
import { optimizerOf } from "./options.js";
import type { LabelScale } from "./rows/label-scale.js";
import type { InitialWeights } from "./train-options.js";

const floatsOf = (words: Uint32Array): Float32Array => new Float32Array(words.buffer, words.byteOffset, words.length);

/**
 * The state of a feature whose weight is w and of which nothing else is known: the weight, and all accumulators as before a first update. FTRL holds no weight but z: with n = 0
 * z = -w (beta / alpha + l2) - sign(w) l1 gives w (to rounding), lambdas of the penalties on the mean loss being 0 before the first example; of the intercept l1 = l2 = 0.
 */
export function startWords(options: OptimizerOptions, w: number, intercept: boolean): Float32Array {
  const words = floatsOf(initialWords(options).slice());
  if (options.kind !== "ftrl") words[0] = w;
  else {
    const [l1, l2] = intercept ? [0, 0] : [options.l1, options.l2];
    words[0] = w === 0 ? 0 : -w * (options.beta / options.alpha + l2) - Math.sign(w) * l1;
  }
  return words;
}

/** Adds to the weight of a feature that no penalty is on, all else of its state as it is. */
function addToFree(words: Float32Array, options: OptimizerOptions, more: number): void {
  if (options.kind === "ftrl") words[0] = words[0]! - (more * (options.beta + Math.sqrt(words[1]!))) / options.alpha;
  else words[0] = words[0]! + more;
}

/** Whether a training can start from a weight other than 0: FTRL with beta = 0 holds none before it has seen a gradient, since the first rate is infinite. */
export function canStart(options: OptimizerOptions): boolean {
  return options.kind !== "ftrl" || options.beta > 0;
}

/**
 * Writes the state that training starts from to `state` (u32[outputs][words (F + 1)], the intercept last): as it was kept, or made of the weights. Either way training begins with intercepts that are those of the
 * start once `shifts` are added to them.
 * @param shifts f64[outputs]: what this training will add to its intercepts; null: nothing
 * @throws E_TRAIN_SPEC (exit code 2) where FTRL with beta = 0 can hold no weight without having seen a gradient; E_UNSUPPORTED for arrays of other sizes
 */
export function startState(state: Uint32Array, initial: InitialWeights, options: OptimizerOptions, features: number, shifts: Float64Array | null): void {
  const { weights, intercepts, optimizerState } = initial;
  const words = stateWords(options);
  const outputs = state.length / (words * (features + 1));
  if (weights.length !== outputs * features || intercepts.length !== outputs || (optimizerState !== undefined && optimizerState.length !== 4 * state.length))
    throw new CrossbillError(
      "E_UNSUPPORTED",
      `initial: ${weights.length} weights, ${intercepts.length} intercepts and ${optimizerState?.length ?? "no"} bytes of state; ${outputs} x ${features} weights, ${outputs} intercepts and no or ${4 * state.length} bytes are needed`,
      { exitCode: 2 },
    );
  if (optimizerState !== undefined) {
    new Uint8Array(state.buffer, state.byteOffset, state.byteLength).set(optimizerState);
    for (let k = 0; k < outputs; k++) {
      const more = (initial.shifts?.[k] ?? 0) - (shifts?.[k] ?? 0);
      const at = words * (k * (features + 1) + features);
      if (more !== 0) addToFree(floatsOf(state.subarray(at, at + words)), options, more);
    }
    return;
  }
  if (!canStart(options))
    throw new CrossbillError(
      "E_TRAIN_SPEC",
      "ftrl.beta: 0 makes the first rate of a feature infinite, so no weight can be started from; keep the optimiser's state, or give a beta above 0",
      {
        exitCode: 2,
      },
    );
  const floats = floatsOf(state);
  for (let k = 0; k < outputs; k++) {
    for (let f = 0; f <= features; f++) {
      const w = f === features ? intercepts[k]! - (shifts?.[k] ?? 0) : weights[k * features + f]!;
      if (w !== 0) floats.set(startWords(options, w, f === features), words * (k * (features + 1) + f));
    }
  }
}

/** Weights of the data's labels as those of labels that are trained on as (y - mean) / deviation. */
export function inUnitsOf(scale: LabelScale | null, initial: InitialWeights): InitialWeights {
  if (scale === null) return initial;
  const { mean, deviation } = scale;
  return { ...initial, weights: initial.weights.map((w) => w / deviation), intercepts: initial.intercepts.map((b) => (b - mean) / deviation) };
}

/** Writes the state of intercepts f64[outputs], none of which was learned, to `state`. */
export function startIntercepts(state: Uint32Array, intercepts: Float64Array, options: OptimizerOptions, features: number): void {
  const words = stateWords(options);
  for (const [k, w] of intercepts.entries()) floatsOf(state).set(startWords(options, w, true), words * (k * (features + 1) + features));
}

/** An optimiser's state over other features than it was kept with. */
export interface StateMapping {
  /** As {@link TrainOutcome} had it: little-endian f32[outputs][words (F + 1)]. */
  readonly state: Uint8Array;
  readonly optimizer: v1.OptimizerSpec.$Properties;
  /** F and outputs it was kept with. */
  readonly features: number;
  readonly outputs: number;
  /** u32[F now]: what each feature was; NO_FEATURE: it was none. */
  readonly from: Uint32Array;
  /** What each output was; -1: it was none. */
  readonly fromOutputs: readonly number[];
}

/** The state of every feature and output taken along, the others as before a first update. @throws E_CORRUPT for bytes that are no such state */
export function mapOptimizerState({ state, optimizer, features, outputs, from, fromOutputs }: StateMapping): Uint8Array {
  const options = optimizerOf(optimizer);
  const words = stateWords(options);
  if (state.length !== 4 * words * outputs * (features + 1))
    throw new CrossbillError(
      "E_CORRUPT",
      `the kept state of the optimiser has ${state.length} bytes; ${4 * words * outputs * (features + 1)} are those of ${features} features`,
    );
  const source = new Uint32Array(new Uint8Array(state).buffer);
  const initial = initialWords(options);
  const wide = from.length + 1;
  const out = new Uint32Array(words * wide * fromOutputs.length);
  for (const [k, was] of fromOutputs.entries()) {
    for (let f = 0; f < wide; f++) {
      const feature = f === from.length ? features : from[f]!;
      const at = words * (k * wide + f);
      if (was < 0 || feature === NO_FEATURE) out.set(initial, at);
      else for (let i = 0; i < words; i++) out[at + i] = source[words * (was * (features + 1) + feature) + i]!;
    }
  }
  return new Uint8Array(out.buffer);
}
