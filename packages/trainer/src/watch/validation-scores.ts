import { v1 } from "@crossbill/messages";
import { type ClassResponse, classResponse, largest } from "@crossbill/models";
import type { Block } from "../blocks/block.js";
import type { Heap } from "../blocks/heap.js";
import type { Layout } from "../blocks/layout.js";
import type { TrainPlan } from "../rows/plan.js";
import type { ScoredRows } from "./metric-value.js";
import type { ValidationMetric } from "./validation-metric.js";

/**
 * Where the validation rows' scores stand until a metric is made of them: labels, weights, scores, as {@link ScoredRows} has them, in the shared memory, rows in the plan's order. Every member writes those of the
 * rows whose logits it computed; after a barrier any may read them.
 */
export class ValidationScores {
  readonly #heap: Heap;
  readonly #layout: Layout;
  readonly #metric: ValidationMetric;
  /** V */
  readonly #rows: number;
  /** Numbers of a row's label that are kept, and of its scores. */
  readonly #width: number;
  /** By validation block: its first row. */
  readonly #first: readonly number[];
  /** Whether labels are vectors. */
  readonly #vectors: boolean;
  readonly #respond: ClassResponse;
  readonly #logits: Float64Array;
  readonly #probabilities: Float64Array;

  constructor(heap: Heap, layout: Layout, plan: TrainPlan, metric: ValidationMetric, vectors: boolean) {
    this.#heap = heap;
    this.#layout = layout;
    this.#metric = metric;
    this.#rows = plan.validationRows;
    this.#vectors = vectors;
    let rows = 0;
    this.#first = plan.blocks.slice(plan.trainBlocks).map(({ from, to }) => {
      rows += to - from;
      return rows - (to - from);
    });
    const { outputs } = layout;
    this.#width = metric.score === "logits" ? outputs : 1;
    this.#respond = classResponse(metric.head, outputs);
    this.#logits = new Float64Array(outputs);
    this.#probabilities = new Float64Array(outputs);
  }

  /** Takes rows [from, to) of validation block `i`, whose logits stand in the residuals' places. */
  take(i: number, block: Block, from: number, to: number): void {
    const { f64 } = this.#heap;
    const { residual, strides } = this.#layout;
    const { score } = this.#metric;
    const first = this.#first[i]!;
    const { labels, weights, scores } = this.rows();
    weights.set(f64.subarray(block.weights / 8 + from, block.weights / 8 + to), first + from);
    for (let k = 0; k < this.#width; k++) {
      if (score === "logits") for (let r = from; r < to; r++) labels[k * this.#rows + first + r] = f64[block.labels / 8 + r * this.#width + k]!;
      else if (!this.#vectors) labels.set(f64.subarray(block.labels / 8 + from, block.labels / 8 + to), first + from);
      const logits = (residual + k * strides.residual) / 8;
      if (score === "logits" || score === "logit") scores.set(f64.subarray(logits + from, logits + to), k * this.#rows + first + from);
    }
    if (score === "hit" || score === "own") for (let r = from; r < to; r++) scores[first + r] = this.#classScore(block, r);
  }

  #classScore(block: Block, row: number): number {
    const { f64 } = this.#heap;
    const { residual, strides } = this.#layout;
    const K = this.#logits.length;
    for (let k = 0; k < K; k++) this.#logits[k] = f64[(residual + k * strides.residual) / 8 + row]!;
    if (this.#vectors) return this.#isHit(f64, block.labels / 8 + row * K) ? 1 : 0;
    const label = f64[block.labels / 8 + row]!;
    const predicted = this.#respond(this.#logits, 0, this.#probabilities, 0);
    return this.#metric.score === "hit" ? (predicted === label ? 1 : 0) : (this.#probabilities[label] ?? NaN);
  }

  /** multiLabel: every class is predicted (p >= 0.5) where its number is at least 0.5, and only there. Of a distribution: the largest p is of the class of the largest number. @param at of the row's label in f64 */
  #isHit(f64: Float64Array, at: number): boolean {
    if (this.#metric.head !== v1.Head.MULTI_LABEL) return largest(f64, at, this.#logits.length) === largest(this.#logits, 0, this.#logits.length);
    return this.#logits.every((z, k) => z >= 0 === f64[at + k]! >= 0.5);
  }

  /** All rows, as views; for the member that computes the metric, once all have been taken. */
  rows(): ScoredRows {
    const at = this.#layout.scores / 8;
    const many = this.#width * this.#rows;
    const { f64 } = this.#heap;
    return {
      labels: f64.subarray(at, at + many),
      weights: f64.subarray(at + many, at + many + this.#rows),
      scores: f64.subarray(at + many + this.#rows, at + 2 * many + this.#rows),
    };
  }
}
