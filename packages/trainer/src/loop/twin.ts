import {
  adagradUpdateTwin,
  adamUpdateTwin,
  type ClassResiduals,
  classResidualsTwin,
  denseGradientTwin,
  ftrlUpdateTwin,
  ftrlWeightTwin,
  LOSS_CHUNK_ROWS,
  lazyWeightTwin,
  momentumUpdateTwin,
  residualsTwin,
  rmspropUpdateTwin,
  sampledResidualsTwin,
  sgdUpdateTwin,
  type TwinBlock,
  vectorResidualsTwin,
} from "@crossbill/kernels";
import { log } from "@crossbill/numerics";
import type { ClipOptions } from "../optimizers/clip.js";
import { clippedTwin, type TwinGradients } from "../optimizers/clip-twin.js";
import { ruleOf, scaleOf, tickOf } from "../optimizers/gradient-rule.js";
import { initializeState, needsTouched, type OptimizerOptions, type Penalties, stateWords } from "../optimizers/optimizer-options.js";
import { rateAt } from "../optimizers/schedule.js";
import type { Sample } from "./class-sampler.js";
import type { OnlineHead } from "./stepper.js";

/** A block and its dense inputs (the first is the intercept's), labels and weights. */
export interface TwinRows {
  readonly block: TwinBlock;
  /** x[d][r] */
  readonly dense: readonly Float32Array[];
  /** Or f64[B][K] of the heads of label vectors. */
  readonly labels: Float64Array;
  readonly weights: Float64Array;
}

/** The trainer's step in plain TypeScript on one thread: the same sums in the same order, so the same bits. The oracle of tests and benches. */
export class TwinTrainer {
  /** By output: f32[words (F + 1)]. */
  readonly states: readonly Float32Array[];
  readonly #lasts: readonly Uint32Array[];
  readonly #clocks: number[] = [0];
  seen = 0;
  #step = 0;
  readonly #features: number;
  readonly #denseFeatures: readonly number[];
  readonly #head: OnlineHead;
  readonly #options: OptimizerOptions;
  readonly #penalties: Penalties;
  readonly #clip: { readonly options: ClipOptions; readonly starts: ArrayLike<number> } | null;

  constructor(parts: {
    features: number;
    denseFeatures: readonly number[];
    head: OnlineHead;
    /** K of the heads of several classes; default 1. */
    outputs?: number;
    options: OptimizerOptions;
    penalties: Penalties;
    /** Default null. */
    clip?: { readonly options: ClipOptions; readonly starts: ArrayLike<number> } | null;
  }) {
    this.#features = parts.features;
    this.#denseFeatures = parts.denseFeatures;
    this.#head = parts.head;
    this.#options = parts.options;
    this.#penalties = parts.penalties;
    this.#clip = parts.clip ?? null;
    const { options, features, outputs = 1 } = parts;
    this.states = Array.from({ length: outputs }, () => new Float32Array(stateWords(options) * (features + 1)));
    this.#lasts = this.states.map(() => new Uint32Array(features + 1));
    for (const state of this.states) initializeState(new Uint32Array(state.buffer), options);
  }

  /** The weight of a feature (F: the intercept) of output k now. */
  weight(f: number, k = 0): number {
    const o = this.#options;
    const state = this.states[k]!;
    const free = f === this.#features;
    if (o.kind === "ftrl") {
      const { l1, l2 } = this.#penalties;
      const lambdas = free ? { l1: 0, l2: 0 } : { l1: o.l1 + l1 * this.seen, l2: o.l2 + 2 * l2 * this.seen };
      return ftrlWeightTwin(state[2 * f]!, state[2 * f + 1]!, { alpha: o.alpha, beta: o.beta, ...lambdas });
    }
    if (free || !needsTouched(o, this.#penalties)) return state[stateWords(o) * f]!;
    const last = this.#lasts[k]![f]!;
    const [before, after, now] = [this.#clocks[last]!, this.#clocks[last + 1] ?? 0, this.#clocks[this.#step]!];
    return lazyWeightTwin(state, f, after - before, now - after, ruleOf(o, this.#penalties));
  }

  /** Weighted sum of losses and sum of weights, nothing changed; weights and residuals by output. `sample`: the classes that are looked at; the residuals are theirs. */
  forward(
    rows: TwinRows,
    sample: Sample | null = null,
  ): { loss: number; weight: number; w: Float32Array[]; denseW: Float32Array[]; residuals: readonly Float64Array[] } {
    const { block, dense, labels, weights } = rows;
    const w = this.states.map((_, k) => this.#weightsOf(block.uniq, k));
    const denseW = this.states.map((_, k) => this.#weightsOf(this.#denseFeatures, k));
    const logits = this.states.map((_, k) => this.#logits(block, dense, w[k]!, denseW[k]!));
    const { residuals, losses, weightSums } = this.#residuals(logits, labels, weights, sample);
    let loss = 0;
    let weight = 0;
    for (let c = 0; c < Math.ceil(block.rows / LOSS_CHUNK_ROWS); c++) {
      loss += losses[c]!;
      weight += weightSums[c]!;
    }
    return { loss, weight, w, denseW, residuals };
  }

  #weightsOf(features: ArrayLike<number>, k: number): Float32Array {
    const w = new Float32Array(features.length);
    for (let u = 0; u < w.length; u++) w[u] = this.weight(features[u]!, k);
    return w;
  }

  #residuals(logits: readonly Float64Array[], labels: Float64Array, weights: Float64Array, sample: Sample | null): ClassResiduals {
    if (sample !== null) {
      const own = Array.from(sample.classes, (k) => logits[k]!);
      return sampledResidualsTwin(this.#head === "nce", sample, own, labels, weights);
    }
    if (this.#head === "logistic" || this.#head === "squared" || this.#head === "poisson") {
      const { residual, ...sums } = residualsTwin(this.#head, logits[0]!, labels, weights);
      return { residuals: [residual], ...sums };
    }
    if (this.#head === "softSoftmax" || this.#head === "multiLabel") return vectorResidualsTwin(this.#head, logits, labels, weights);
    return classResidualsTwin(this.#head === "oneVsRest" ? "oneVsRest" : "softmax", logits, labels, weights);
  }

  /** One block. Returns its loss before the update. */
  step(rows: TwinRows, sample: Sample | null = null): { loss: number; weight: number } {
    const { block, dense } = rows;
    const { loss, weight, w, denseW, residuals } = this.forward(rows, sample);
    const gradients: TwinGradients[] = residuals.map((residual) => ({
      features: gradientsOf(block, residual),
      dense: Float64Array.from(dense, (x) => denseGradientTwin(x, residual)),
    }));
    if (this.#clip !== null) clippedTwin(this.#clip, gradients, block.uniq, this.#denseFeatures, weight);
    for (const [i, own] of gradients.entries()) {
      const k = sample?.classes[i] ?? i;
      for (const [u, g] of own.features.entries()) this.#update(k, block.uniq[u]!, g, w[k]![u]!, weight);
      for (const [d, g] of own.dense.entries()) this.#update(k, this.#denseFeatures[d]!, g, denseW[k]![d]!, weight);
    }
    const seen = this.seen + weight;
    const tick = this.#options.kind === "ftrl" ? 0 : tickOf(this.#options, this.#step, seen - this.seen);
    this.#clocks[this.#step + 1] = this.#clocks[this.#step]! + tick;
    this.seen = seen;
    this.#step++;
    return { loss, weight };
  }

  #logits(block: TwinBlock, dense: readonly Float32Array[], w: Float32Array, denseW: Float32Array): Float64Array {
    const { rowOffsets, local, values } = block;
    const out = new Float64Array(block.rows);
    for (let r = 0; r < block.rows; r++) {
      let k = rowOffsets[r]!;
      const end = rowOffsets[r + 1]!;
      let a = 0;
      if (values === null) {
        let [b, c, d] = [0, 0, 0];
        for (; k + 4 <= end; k += 4) {
          a += w[local[k]!]!;
          b += w[local[k + 1]!]!;
          c += w[local[k + 2]!]!;
          d += w[local[k + 3]!]!;
        }
        for (; k < end; k++) a += w[local[k]!]!;
        out[r] = a + b + (c + d);
      } else {
        for (; k < end; k++) a += w[local[k]!]! * values[k]!;
        out[r] = a;
      }
    }
    for (const [d, x] of dense.entries()) for (let r = 0; r < out.length; r++) out[r] = out[r]! + denseW[d]! * x[r]!;
    return out;
  }

  #update(k: number, f: number, sum: number, w: number, weight: number): void {
    const o = this.#options;
    const state = this.states[k]!;
    if (o.kind === "ftrl") {
      ftrlUpdateTwin(state, f, sum, w, o.alpha);
      return;
    }
    const rate = rateAt(o, this.#step);
    const g = scaleOf(o, weight) * sum;
    if (g === 0) return;
    this.#lasts[k]![f] = this.#step;
    switch (o.kind) {
      case "adagrad":
        adagradUpdateTwin(state, f, g, w, rate);
        break;
      case "sgd":
        sgdUpdateTwin(state, f, g, w, rate);
        break;
      case "momentum":
        momentumUpdateTwin(state, f, g, w, { rate, mu: o.momentum, nesterov: o.nesterov });
        break;
      case "rmsprop":
        rmspropUpdateTwin(state, f, g, w, { rate, rho: o.rho, epsilon: o.epsilon });
        break;
      case "adam":
        adamUpdateTwin(state, f, g, w, { rate, beta1: o.beta1, beta2: o.beta2, logBeta1: log(o.beta1), logBeta2: log(o.beta2), epsilon: o.epsilon });
        break;
    }
  }
}

/** As featureGradientsTwin, without a look for values at every entry. */
function gradientsOf({ uniq, offsets, rowsOf, valuesOf }: TwinBlock, residual: Float64Array): Float64Array {
  const gradients = new Float64Array(uniq.length);
  for (let u = 0, at = 0; u < gradients.length; u++) {
    let g = 0;
    const end = offsets[u + 1]!;
    if (valuesOf === null) for (; at < end; at++) g += residual[rowsOf[at]!]!;
    else for (; at < end; at++) g += residual[rowsOf[at]!]! * valuesOf[at]!;
    gradients[u] = g;
  }
  return gradients;
}
