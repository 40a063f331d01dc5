import type { Rate } from "./schedule.js";

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

/** What all optimisers but FTRL have. */
export interface GradientOptions extends Rate {
  /** lambda of Loshchilov and Hutter 2019; default 0. */
  readonly weightDecay?: number | undefined;
}

export interface AdagradOptions extends GradientOptions {
  readonly kind: "adagrad";
  readonly initialAccumulator: number;
}

export interface SgdOptions extends GradientOptions {
  readonly kind: "sgd";
}

export interface MomentumOptions extends GradientOptions {
  readonly kind: "momentum";
  /** In [0, 1). */
  readonly momentum: number;
  readonly nesterov: boolean;
}

export interface RmspropOptions extends GradientOptions {
  readonly kind: "rmsprop";
  /** In [0, 1). */
  readonly rho: number;
  readonly epsilon: number;
}

export interface AdamOptions extends GradientOptions {
  readonly kind: "adam";
  /** In [0, 1). */
  readonly beta1: number;
  /** In [0, 1). */
  readonly beta2: number;
  readonly epsilon: number;
}

export type GradientMethodOptions = AdagradOptions | SgdOptions | MomentumOptions | RmspropOptions | AdamOptions;
export type OptimizerOptions = FtrlOptions | GradientMethodOptions;

/** float32 of state that a feature has: {z, n}; {w, G}; {w}; {w, v}; {w, s}; {w, m, v, n}. */
const WORDS = { ftrl: 2, adagrad: 2, sgd: 1, momentum: 2, rmsprop: 2, adam: 4 } as const;

export function stateWords({ kind }: OptimizerOptions): number {
  return WORDS[kind];
}

/** Whether the step in which a feature was last touched is needed: penalties are applied to what is touched alone. */
export function needsTouched(options: OptimizerOptions, penalties: Penalties): boolean {
  return options.kind !== "ftrl" && (penalties.l1 > 0 || penalties.l2 > 0 || (options.weightDecay ?? 0) > 0);
}

/** The state of a feature before its first update, as the bits of its float32: weight 0. */
export function initialWords(options: OptimizerOptions): Uint32Array {
  const words = new Uint32Array(stateWords(options));
  if (options.kind === "adagrad") words[1] = new Uint32Array(Float32Array.of(options.initialAccumulator).buffer)[0]!;
  return words;
}

/** Sets features in `state` (all 0) to their initial state. Where that is 0 nothing is written: pages of memory that are never touched cost nothing. */
export function initializeState(state: Uint32Array, options: OptimizerOptions): void {
  const words = initialWords(options);
  if (words.every((word) => word === 0)) return;
  if (state.length === 0) return;
  state.set(words);
  // Twice as many each time.
  for (let done = words.length; done < state.length; done *= 2) state.copyWithin(done, 0, done);
}
