import type { KernelExports } from "@crossbill/kernels";
import type { CrossbillError } from "@crossbill/messages";
import type { Block } from "../blocks/block.js";
import { type Heap, share } from "../blocks/heap.js";
import { denseFeatures } from "../blocks/inputs.js";
import { layoutOf } from "../blocks/layout.js";
import { makeOptimizers, type Now, type Optimizer } from "../optimizers/optimizer.js";
import { initialWords } from "../optimizers/optimizer-options.js";
import { packState } from "../optimizers/sparse-state.js";
import { divergedAt, divergedWeight } from "../watch/divergence.js";
import { gradientNorm } from "../watch/gradient-norm.js";
import type { Sample } from "./class-sampler.js";
import type { FailedBlock, FailedWeight, LearnedState, Learner, Loss, Pass } from "./learner.js";
import type { LinearPart } from "./linear-part.js";
import type { TrainData } from "./protocol.js";
import { Stage, Stepper, type Team } from "./stepper.js";

export interface LearnerParts {
  readonly data: Pick<TrainData, "inputs" | "layout" | "optimizer" | "penalties" | "head" | "clip" | "plan">;
  readonly heap: Heap;
  readonly kernels: KernelExports;
  readonly team: Team;
  /** Default null: all columns are linear. */
  readonly part?: LinearPart | null;
}

/** A model that is linear in its features: a logit of each output is the sum of weight times value. */
export class LinearLearner implements Learner {
  readonly #parts: LearnerParts;
  /** Of every output. */
  readonly #optimizers: readonly Optimizer[];
  readonly stepper: Stepper;
  readonly #dense: number;

  constructor(parts: LearnerParts) {
    const { data, heap, kernels, team } = parts;
    const { layout, head, clip } = data;
    this.#parts = parts;
    this.#optimizers = makeOptimizers(data.optimizer, data.penalties, kernels, layout);
    this.#dense = denseFeatures(data.inputs).length;
    this.stepper = new Stepper({
      heap,
      kernels,
      layout,
      optimizers: this.#optimizers,
      head,
      team,
      dense: this.#dense,
      intercept: true,
      clip,
      part: parts.part ?? null,
    });
  }

  forward(block: Block, now: Now, { sample, look }: Pass): Loss {
    return this.stepper.forward(block, now, sample, look);
  }

  update(block: Block, step: number, weight: number, sample: Sample | null): void {
    this.stepper.update(block, step, weight, sample);
  }

  gradientNorm(block: Block, _now: Now, { sample }: Pass, weight: number): number {
    const outputs = sample?.classes ?? this.#optimizers.keys();
    return gradientNorm({ ...this.#parts, layout: this.#parts.data.layout, dense: this.#dense, part: this.#parts.part ?? null }, block, weight, outputs);
  }

  layers(): readonly [] {
    return [];
  }

  tick(step: number, weight: number): number {
    return this.#optimizers[0]!.tick(step, weight);
  }

  shift(shifts: Float64Array | null): void {
    this.stepper.shift(shifts);
  }

  nonZero(now: Now): number {
    const { data, heap, team } = this.#parts;
    const { features } = data.inputs;
    const { counts, words } = data.layout;
    const [from, to] = [share(features, team.index, team.size), share(features, team.index + 1, team.size)];
    heap.f64[counts / 8 + team.index] = this.#optimizers.reduce((sum, optimizer) => sum + optimizer.nonZero(from, to, now), 0);
    team.barrier(Stage.COUNT);
    let sum = 0;
    for (let m = 0; m < team.size; m++) sum += heap.f64[counts / 8 + m]!;
    let intercepts = 0;
    for (let k = 0; k < this.#optimizers.length; k++) {
      const at = layoutOf(data.layout, k).state / 4 + words * features;
      for (let word = 0; word < words; word++) intercepts += heap.f32[at + word]!;
    }
    return Number.isFinite(intercepts) ? sum : Number.NaN;
  }

  keep(now: Now): void {
    const { data, heap, team } = this.#parts;
    const { features } = data.inputs;
    const bytes = 4 * data.layout.words;
    for (const [k, optimizer] of this.#optimizers.entries()) {
      const { best: kept, state: at } = layoutOf(data.layout, k);
      optimizer.flush(kept, share(features, team.index, team.size), share(features, team.index + 1, team.size), now);
      // The intercept knows no penalties: its state is copied as it is.
      if (team.index === 0) heap.u8.copyWithin(kept + bytes * features, at + bytes * features, at + bytes * (features + 1));
    }
    team.barrier(Stage.KEEP);
  }

  packed(): LearnedState {
    const { layout, inputs } = this.#parts.data;
    return this.#packed(layout.state, layout.last === 0 ? null : this.#words(layout.last, layout.outputs * (inputs.features + 1)));
  }

  packedBest(): LearnedState {
    return this.#packed(this.#parts.data.layout.best, null);
  }

  #packed(at: number, touched: Uint32Array | null): LearnedState {
    const { layout, inputs, optimizer } = this.#parts.data;
    const state = this.#words(at, layout.words * layout.outputs * (inputs.features + 1));
    return { optimizer: packState(state, initialWords(optimizer), touched), network: null };
  }

  #words(at: number, n: number): Uint32Array {
    return this.#parts.heap.u32.subarray(at / 4, at / 4 + n);
  }

  divergedAt(failed: FailedBlock): Promise<CrossbillError> {
    const logits = (from: number, to: number): void => this.stepper.logits(failed.block, from, to, failed.sample);
    return divergedAt({ ...this.#parts, ...this.#parts.data, ...failed, logits, networkFault: () => null });
  }

  divergedWeight(failed: FailedWeight): Promise<CrossbillError> {
    return divergedWeight({ ...this.#parts, ...this.#parts.data, ...failed, optimizers: this.#optimizers });
  }
}
