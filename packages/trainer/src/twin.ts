import { adagradWeightTwin, denseGradientTwin, ftrlUpdateTwin, ftrlWeightTwin, LOSS_CHUNK_ROWS, residualsTwin, type TwinBlock } from "@crossbill/kernels";
import type { OptimizerOptions, Penalties } from "./optimizer.js";

/** A block and its dense inputs (the first is the intercept's), labels and weights. */
export interface TwinRows {
  readonly block: TwinBlock;
  /** x[d][r] */
  readonly dense: readonly Float32Array[];
  readonly labels: Float64Array;
  readonly weights: Float64Array;
}

/** The trainer's step in plain TypeScript on one thread: the same sums in the same order, so the same bits. The oracle of tests and benches. */
export class TwinTrainer {
  /** f32[2 (F + 1)] */
  readonly state: Float32Array;
  readonly #last: Uint32Array;
  readonly #seenBefore: number[] = [0];
  seen = 0;
  #step = 0;
  readonly #features: number;
  readonly #denseFeatures: readonly number[];
  readonly #head: "logistic" | "squared";
  readonly #options: OptimizerOptions;
  readonly #penalties: Penalties;

  constructor(parts: { features: number; denseFeatures: readonly number[]; head: "logistic" | "squared"; options: OptimizerOptions; penalties: Penalties }) {
    this.#features = parts.features;
    this.#denseFeatures = parts.denseFeatures;
    this.#head = parts.head;
    this.#options = parts.options;
    this.#penalties = parts.penalties;
    this.state = new Float32Array(2 * (parts.features + 1));
    this.#last = new Uint32Array(parts.features + 1);
    if (parts.options.kind === "adagrad") for (let f = 0; f <= parts.features; f++) this.state[2 * f + 1] = parts.options.initialAccumulator;
  }

  /** The weight of a feature (F: the intercept) now. */
  weight(f: number): number {
    const o = this.#options;
    const free = f === this.#features;
    const { l1, l2 } = this.#penalties;
    if (o.kind === "ftrl") {
      const lambdas = free ? { l1: 0, l2: 0 } : { l1: o.l1 + l1 * this.seen, l2: o.l2 + 2 * l2 * this.seen };
      return ftrlWeightTwin(this.state[2 * f]!, this.state[2 * f + 1]!, { alpha: o.alpha, beta: o.beta, ...lambdas });
    }
    if (free || (l1 === 0 && l2 === 0)) return this.state[2 * f]!;
    return adagradWeightTwin(this.state[2 * f]!, this.state[2 * f + 1]!, this.seen - this.#seenBefore[this.#last[f]!]!, { rate: o.learningRate, l1, l2 });
  }

  /** Weighted sum of losses and sum of weights, nothing changed. */
  forward(rows: TwinRows): { loss: number; weight: number; w: Float32Array; denseW: Float32Array; residual: Float64Array } {
    const { block, dense, labels, weights } = rows;
    const w = new Float32Array(block.uniq.length);
    for (let u = 0; u < w.length; u++) w[u] = this.weight(block.uniq[u]!);
    const denseW = Float32Array.from(this.#denseFeatures, (f) => this.weight(f));
    const logits = this.#logits(block, dense, w, denseW);
    const { residual, losses, weightSums } = residualsTwin(this.#head, logits, labels, weights);
    let loss = 0;
    let weight = 0;
    for (let c = 0; c < Math.ceil(block.rows / LOSS_CHUNK_ROWS); c++) {
      loss += losses[c]!;
      weight += weightSums[c]!;
    }
    return { loss, weight, w, denseW, residual };
  }

  /** One block. Returns its loss before the update. */
  step(rows: TwinRows): { loss: number; weight: number } {
    const { block, dense } = rows;
    const { loss, weight, w, denseW, residual } = this.forward(rows);
    for (let u = 0, k = 0; u < w.length; u++) {
      let g = 0;
      const end = block.offsets[u + 1]!;
      if (block.valuesOf === null) for (; k < end; k++) g += residual[block.rowsOf[k]!]!;
      else for (; k < end; k++) g += residual[block.rowsOf[k]!]! * block.valuesOf[k]!;
      this.#update(block.uniq[u]!, g, w[u]!);
    }
    for (const [d, x] of dense.entries()) this.#update(this.#denseFeatures[d]!, denseGradientTwin(x, residual), denseW[d]!);
    this.seen += weight;
    this.#step++;
    this.#seenBefore[this.#step] = this.seen;
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

  #update(f: number, g: number, w: number): void {
    const o = this.#options;
    if (o.kind === "ftrl") {
      ftrlUpdateTwin(this.state, f, g, w, o.alpha);
      return;
    }
    const G = Math.fround(this.state[2 * f + 1]! + g * g);
    this.state[2 * f] = G > 0 ? w - (o.learningRate / Math.sqrt(G)) * g : w;
    this.state[2 * f + 1] = G;
    this.#last[f] = this.#step;
  }
}
