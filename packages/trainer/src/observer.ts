import { RandomStream } from "@crossbill/numerics";
import type { ClassSampler } from "./class-sampler.js";
import type { Heap } from "./heap.js";
import type { Layout } from "./layout.js";
import type { Loader } from "./loader.js";
import type { Observation } from "./observation.js";
import type { Now } from "./optimizer.js";
import { outsideUnit } from "./outside-unit.js";
import type { TrainPlan } from "./plan.js";
import type { Stepper } from "./stepper.js";

/** Of as many training blocks between two evaluations, one is looked at: forward only, well under a hundredth of the work. */
const BLOCKS_AN_OBSERVED = 200;
/** Stream of the seed that neither an epoch's order nor a draw of classes takes. */
const STREAM = 2 ** 33;

/** The training blocks that evaluations look at, ascending: always the same. `between`: blocks from one evaluation to the next. */
export function observedBlocks(trainBlocks: number, between: number, seed: number): number[] {
  const n = Math.min(trainBlocks, Math.max(1, Math.floor(Math.min(between, trainBlocks) / BLOCKS_AN_OBSERVED)));
  return [...new RandomStream(seed, STREAM).permutation(trainBlocks).subarray(0, n).sort()];
}

/** Collects an Observation while an evaluation goes over blocks. All members call the same methods in the same order and see the same numbers. */
export class Observer {
  readonly blocks: readonly number[];
  readonly #parts: { readonly heap: Heap; readonly layout: Layout; readonly stepper: Stepper; readonly loader: Loader; readonly sampler: ClassSampler | null };
  readonly #steps: number;
  #seen: { -readonly [K in keyof Observation]: Observation[K] } = empty();

  constructor(parts: {
    readonly plan: TrainPlan;
    readonly seed: number;
    /** Blocks from one evaluation to the next. */
    readonly between: number;
    /** Of the whole training: draws of classes for it come behind theirs. */
    readonly steps: number;
    readonly heap: Heap;
    readonly layout: Layout;
    readonly stepper: Stepper;
    readonly loader: Loader;
    readonly sampler: ClassSampler | null;
  }) {
    this.#parts = parts;
    this.#steps = parts.steps;
    // Without sampled classes there is nothing to see on training rows.
    this.blocks = parts.sampler === null ? [] : observedBlocks(parts.plan.trainBlocks, parts.between, parts.seed);
  }

  begin(): void {
    this.#seen = empty();
  }

  /** The i-th of `blocks`, which is loaded. */
  train(i: number, now: Now): void {
    const { heap, stepper, loader, sampler } = this.#parts;
    const block = loader.get(this.blocks[i]!);
    if (sampler !== null) {
      const labels = heap.f64.subarray(block.labels / 8, block.labels / 8 + block.rows);
      this.#seen.sampledLoss += stepper.forward(block, now, sampler.draw(this.#steps + i, labels)).loss;
    }
    const { loss, weight } = stepper.forward(block, now);
    this.#seen.rows += block.rows;
    this.#seen.weight += weight;
    this.#seen.fullLoss += loss;
  }

  /** A validation block of the squared head, whose residuals stand in their places. */
  validation(index: number): void {
    const { heap, layout, loader } = this.#parts;
    const { rows, labels, weights } = loader.get(index);
    const of = (at: number): Float64Array => heap.f64.subarray(at / 8, at / 8 + rows);
    this.#seen.outside += outsideUnit(of(layout.residual), of(labels), of(weights));
  }

  end(): Observation {
    return { ...this.#seen };
  }
}

function empty(): Observation {
  return { rows: 0, weight: 0, fullLoss: 0, sampledLoss: 0, outside: 0 };
}
