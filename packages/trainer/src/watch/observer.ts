import type { v1 } from "@crossbill/messages";
import { RandomStream } from "@crossbill/numerics";
import type { Block } from "../blocks/block.js";
import type { Heap } from "../blocks/heap.js";
import { type Layout, layoutOf } from "../blocks/layout.js";
import type { Loader } from "../blocks/loader.js";
import type { ClassSampler, Sample } from "../loop/class-sampler.js";
import { EVALUATION, type Learner, type Loss } from "../loop/learner.js";
import type { OnlineHead } from "../loop/stepper.js";
import type { Now } from "../optimizers/optimizer.js";
import type { LabelScale } from "../rows/label-scale.js";
import type { TrainPlan } from "../rows/plan.js";
import { Judge, type JudgedHead, NOT_JUDGED } from "./judge.js";
import { LabelSums } from "./label-sums.js";
import type { Observation } from "./observation.js";
import { outsideUnit } from "./outside-unit.js";

/** Of as many training blocks between two evaluations, one is looked at. */
const BLOCKS_AN_OBSERVED = 200;
/** Stream of the seed that neither an epoch's order nor a draw of classes takes. */
const STREAM = 2 ** 33;

/** The training blocks that evaluations look at, ascending: always the same. `between`: blocks from one evaluation to the next. */
export function observedBlocks(trainBlocks: number, between: number, seed: number): number[] {
  const n = Math.min(trainBlocks, Math.max(1, Math.floor(Math.min(between, trainBlocks) / BLOCKS_AN_OBSERVED)));
  return [...new RandomStream(seed, STREAM).permutation(trainBlocks).subarray(0, n).sort()];
}

/** Heads of classes whose rows have one each. */
const JUDGED: Readonly<Partial<Record<OnlineHead, JudgedHead>>> = {
  logistic: "logistic",
  softmax: "softmax",
  sampledSoftmax: "softmax",
  nce: "softmax",
  oneVsRest: "oneVsRest",
};

export interface ObserverParts {
  readonly heap: Heap;
  readonly layout: Layout;
  readonly plan: TrainPlan;
  readonly head: OnlineHead;
  /** Of a row. */
  readonly labelNumbers: number;
  readonly labelScale: LabelScale | null;
  readonly seed: number;
  /** Blocks from one evaluation to the next. */
  readonly between: number;
  /** Of the whole training: draws of classes for it come behind theirs. */
  readonly steps: number;
  readonly learner: Pick<Learner, "forward" | "gradientNorm" | "layers">;
  readonly loader: Loader;
  readonly sampler: ClassSampler | null;
}

/** Collects an Observation while an evaluation goes over blocks. All members call the same methods in the same order and see the same numbers. */
export class Observer {
  readonly blocks: readonly number[];
  readonly #parts: ObserverParts;
  #sums = { rows: 0, weight: 0, fullLoss: 0, sampledLoss: 0, outside: 0 };
  #norms = 0;
  #judge: Judge | null = null;
  #labels: LabelSums;

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.blocks = observedBlocks(parts.plan.trainBlocks, parts.between, parts.seed);
    this.#labels = this.#noLabels();
  }

  begin(): void {
    this.#sums = { rows: 0, weight: 0, fullLoss: 0, sampledLoss: 0, outside: 0 };
    this.#norms = 0;
    const judged = JUDGED[this.#parts.head];
    this.#judge = judged === undefined ? null : new Judge(judged);
    this.#labels = this.#noLabels();
  }

  /** The i-th of `blocks`, which is loaded. Returns its loss, of all classes. */
  train(i: number, now: Now): Loss {
    const { heap, layout, learner, loader, sampler } = this.#parts;
    const block = loader.get(this.blocks[i]!);
    const of = (at: number, n: number): Float64Array => heap.f64.subarray(at / 8, at / 8 + n);
    const [labels, weights] = [of(block.labels, block.rows * this.#parts.labelNumbers), of(block.weights, block.rows)];
    if (sampler !== null) {
      const sample = sampler.draw(this.#parts.steps + i, labels);
      const found = learner.forward(block, now, { ...EVALUATION, sample });
      this.#sums.sampledLoss += found.loss;
      this.#norm(block, now, i, found.weight, sample);
    }
    const { loss, weight } = learner.forward(block, now, EVALUATION);
    this.#sums.rows += block.rows;
    this.#sums.weight += weight;
    this.#sums.fullLoss += loss;
    this.#labels.add(labels, weights);
    const residuals = Array.from({ length: layout.outputs }, (_, k) => of(layoutOf(layout, k).residual, block.rows));
    this.#judge?.add(residuals, labels, weights);
    if (sampler === null) this.#norm(block, now, i, weight, null);
    return { loss, weight };
  }

  #norm(block: Block, now: Now, i: number, weight: number, sample: Sample | null): void {
    const pass = { step: this.#parts.steps + i, sample, look: null };
    if (weight > 0) this.#norms += weight * this.#parts.learner.gradientNorm(block, now, pass, weight);
  }

  /** A validation block of the squared head, whose residuals stand in their places. */
  validation(index: number): void {
    const { heap, layout, loader } = this.#parts;
    const { rows, labels, weights } = loader.get(index);
    const of = (at: number): Float64Array => heap.f64.subarray(at / 8, at / 8 + rows);
    this.#sums.outside += outsideUnit(of(layout.residual), of(labels), of(weights), this.#parts.labelScale);
  }

  /** Mean over the training part of the norm of a block's gradient; see {@link Learner.gradientNorm}. Of sampled classes: of their loss. NaN where it has no weight. */
  get gradientNorm(): number {
    return this.#norms / this.#sums.weight;
  }

  /** Of a network, once the training part is done with. */
  layers(): readonly v1.LayerWatch.$Properties[] {
    return this.#parts.learner.layers();
  }

  /** Mean loss of the training part. */
  get loss(): number {
    return this.#sums.fullLoss / this.#sums.weight;
  }

  end(): Observation {
    const { judged, wrong, saturated, several } = this.#judge ?? NOT_JUDGED;
    const unit = (this.#parts.labelScale?.deviation ?? 1) ** 2;
    return { ...this.#sums, constantLoss: unit * this.#labels.constant, startLoss: unit * this.#labels.start, judged, wrong, saturated, several };
  }

  #noLabels(): LabelSums {
    return new LabelSums(this.#parts.head, this.#parts.layout.outputs);
  }
}
