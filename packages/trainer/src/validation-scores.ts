import { type ClassResponse, classResponse } from "@crossbill/models";
import type { Block } from "./block.js";
import type { Heap } from "./heap.js";
import type { Layout } from "./layout.js";
import type { TrainPlan } from "./plan.js";
import type { RowScore, ScoredRows, ValidationMetric } from "./validation-metric.js";

/**
 * Where the validation rows' scores stand until a metric is made of them: f64[3][V] in the shared memory, rows in the plan's order. Every member writes those of the rows
 * whose logits it computed; after a barrier any may read them.
 */
export class ValidationScores {
  readonly #heap: Heap;
  readonly #layout: Layout;
  readonly #score: RowScore;
  readonly #rows: number;
  /** By validation block: its first row. */
  readonly #first: readonly number[];
  readonly #respond: ClassResponse | null;
  readonly #logits: Float64Array;
  readonly #probabilities: Float64Array;

  constructor(heap: Heap, layout: Layout, plan: TrainPlan, { head, score }: ValidationMetric) {
    this.#heap = heap;
    this.#layout = layout;
    this.#score = score;
    this.#rows = plan.validationRows;
    let rows = 0;
    this.#first = plan.blocks.slice(plan.trainBlocks).map(({ from, to }) => {
      rows += to - from;
      return rows - (to - from);
    });
    const { outputs } = layout;
    this.#respond = score === "hit" || score === "own" ? classResponse(head, outputs) : null;
    this.#logits = new Float64Array(outputs);
    this.#probabilities = new Float64Array(outputs);
  }

  /** Takes rows [from, to) of validation block `i`, whose logits stand in the residuals' places. */
  take(i: number, block: Block, from: number, to: number): void {
    const { f64 } = this.#heap;
    const { scores, residual } = this.#layout;
    const first = this.#first[i]!;
    const own = scores / 8 + first;
    f64.copyWithin(own + from, block.labels / 8 + from, block.labels / 8 + to);
    f64.copyWithin(own + this.#rows + from, block.weights / 8 + from, block.weights / 8 + to);
    const out = own + 2 * this.#rows;
    if (this.#respond === null) f64.copyWithin(out + from, residual / 8 + from, residual / 8 + to);
    else for (let r = from; r < to; r++) f64[out + r] = this.#classScore(this.#respond, r, f64[block.labels / 8 + r]!);
  }

  #classScore(respond: ClassResponse, row: number, label: number): number {
    const { f64 } = this.#heap;
    const { residual, strides } = this.#layout;
    for (let k = 0; k < this.#logits.length; k++) this.#logits[k] = f64[(residual + k * strides.residual) / 8 + row]!;
    const predicted = respond(this.#logits, 0, this.#probabilities, 0);
    return this.#score === "hit" ? (predicted === label ? 1 : 0) : (this.#probabilities[label] ?? NaN);
  }

  /** All rows, as views; for the member that computes the metric, once all have been taken. */
  rows(): ScoredRows {
    const part = (i: number): Float64Array => {
      const at = this.#layout.scores / 8 + i * this.#rows;
      return this.#heap.f64.subarray(at, at + this.#rows);
    };
    return { labels: part(0), weights: part(1), scores: part(2) };
  }
}
