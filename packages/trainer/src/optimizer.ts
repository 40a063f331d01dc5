import type { KernelExports } from "@crossbill/kernels";
import type { Block } from "./block.js";
import { type Layout, layoutOf } from "./layout.js";

/** Penalties on the weighted mean loss: loss + l1 sum |w| + l2 sum w^2. */
export interface Penalties {
  readonly l1: number;
  readonly l2: number;
}

/** alpha, beta, l1, l2 of McMahan et al. 2013, Algorithm 1, in its units. */
export interface FtrlOptions extends Penalties {
  readonly kind: "ftrl";
  readonly alpha: number;
  readonly beta: number;
}

export interface AdagradOptions {
  readonly kind: "adagrad";
  readonly learningRate: number;
  readonly initialAccumulator: number;
}

export type OptimizerOptions = FtrlOptions | AdagradOptions;

/**
 * What a step does to the state of features. All pointers are byte offsets; feature ranges are half-open. `seen` is the weight of all examples before the
 * current block: penalties on the mean loss are multiplied by it.
 */
export interface Optimizer {
  /** out[i] (f32) = weight of ids[i]. */
  gather(out: number, from: number, to: number, ids: number, seen: number): void;
  /** The same without any penalty: for the intercept. */
  gatherFree(out: number, from: number, to: number, ids: number): void;
  /** One update for each of the block's distinct features [from, to); `w` as gathered. */
  step(block: Block, from: number, to: number, w: number, step: number): void;
  /** One update for each of ids[from .. to) with gradients f64. */
  apply(from: number, to: number, ids: number, gradients: number, w: number, step: number): void;
  /** Weights of features [from, to) that are not zero; NaN when one is not finite. */
  nonZero(from: number, to: number, seen: number): number;
  /** The state of features [from, to) with all penalties due applied, to the state at `out`. */
  flush(out: number, from: number, to: number, seen: number): void;
  /** out[i] (f32) = weight of feature from + i in a flushed state at `state`. */
  weights(out: number, from: number, to: number, state: number, seen: number): void;
  /** The same without any penalty: for the intercept. */
  weightsFree(out: number, from: number, to: number, state: number): void;
}

/** Whether the optimiser needs `Layout.last`. */
export function needsTouched(options: OptimizerOptions, penalties: Penalties): boolean {
  return options.kind === "adagrad" && (penalties.l1 > 0 || penalties.l2 > 0);
}

/** The state of a feature before its first update, as the bits of its two float32: weight 0. */
export function initialWords(options: OptimizerOptions): readonly [number, number] {
  return [0, options.kind === "ftrl" ? 0 : new Uint32Array(Float32Array.of(options.initialAccumulator).buffer)[0]!];
}

/** Sets features in `state` (2 words each, all 0) to their initial state. Where that is 0 nothing is written: pages of memory that are never touched cost nothing. */
export function initializeState(state: Uint32Array, options: OptimizerOptions): void {
  const [first, second] = initialWords(options);
  if (first === 0 && second === 0) return;
  for (let i = 0; i < state.length; i += 2) {
    state[i] = first;
    state[i + 1] = second;
  }
}

/** One for each output of the layout. */
export function makeOptimizers(options: OptimizerOptions, penalties: Penalties, kernels: KernelExports, layout: Layout): Optimizer[] {
  return Array.from({ length: layout.outputs }, (_, k) => {
    const own = layoutOf(layout, k);
    return options.kind === "ftrl" ? ftrl(options, penalties, kernels, own) : adagrad(options, penalties, kernels, own);
  });
}

/** FTRL-Proximal: lambda1 = l1 + penalties.l1 seen, lambda2 = l2 + 2 penalties.l2 seen. State {z, n}. */
function ftrl({ alpha, beta, l1, l2 }: FtrlOptions, penalties: Penalties, kernels: KernelExports, layout: Layout): Optimizer {
  const lambda1 = (seen: number): number => l1 + penalties.l1 * seen;
  const lambda2 = (seen: number): number => l2 + 2 * penalties.l2 * seen;
  const { state, residual } = layout;
  return {
    gather: (out, from, to, ids, seen) => kernels.ftrl_gather(out, from, to, ids, state, alpha, beta, lambda1(seen), lambda2(seen)),
    gatherFree: (out, from, to, ids) => kernels.ftrl_gather(out, from, to, ids, state, alpha, beta, 0, 0),
    step: (block, from, to, w) => kernels.ftrl_step(from, to, block.uniq, block.offsets, block.rowsOf, block.valuesOf, block.wide, residual, w, state, alpha),
    apply: (from, to, ids, gradients, w) => kernels.ftrl_apply(from, to, ids, gradients, w, state, alpha),
    nonZero: (from, to, seen) => kernels.ftrl_non_zero(from, to, state, alpha, beta, lambda1(seen), lambda2(seen)),
    flush: (out, from, to) => kernels.copy_bytes(out + 8 * from, state + 8 * from, 8 * (to - from)),
    weights: (out, from, to, at, seen) => kernels.ftrl_weights(out, from, to, at, alpha, beta, lambda1(seen), lambda2(seen)),
    weightsFree: (out, from, to, at) => kernels.ftrl_weights(out, from, to, at, alpha, beta, 0, 0),
  };
}

/**
 * Adagrad, penalties applied when a feature is touched and when the state is flushed, for the example weight `due` since the last time:
 * w = sign(w) max(|w| - r l1 due, 0) / (1 + 2 r l2 due), r = learningRate / sqrt(G). State {w, G}.
 */
function adagrad({ learningRate: rate }: AdagradOptions, penalties: Penalties, kernels: KernelExports, layout: Layout): Optimizer {
  const { state, last, seen: table, residual } = layout;
  const { l1, l2 } = penalties;
  return {
    gather: (out, from, to, ids, seen) => kernels.adagrad_gather(out, from, to, ids, state, last, table, seen, rate, l1, l2),
    gatherFree: (out, from, to, ids) => kernels.adagrad_gather(out, from, to, ids, state, 0, 0, 0, rate, 0, 0),
    step: (block, from, to, w, step) =>
      kernels.adagrad_step(from, to, block.uniq, block.offsets, block.rowsOf, block.valuesOf, block.wide, residual, w, state, last, step, rate),
    apply: (from, to, ids, gradients, w, step) => kernels.adagrad_apply(from, to, ids, gradients, w, state, last, step, rate),
    nonZero: (from, to, seen) => kernels.adagrad_non_zero(from, to, state, last, table, seen, rate, l1, l2),
    flush: (out, from, to, seen) => kernels.adagrad_flush(out, from, to, state, last, table, seen, rate, l1, l2),
    weights: (out, from, to, at) => kernels.adagrad_weights(out, from, to, at, 0, 0, 0, rate, 0, 0),
    weightsFree: (out, from, to, at) => kernels.adagrad_weights(out, from, to, at, 0, 0, 0, rate, 0, 0),
  };
}
