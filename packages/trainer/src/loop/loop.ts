import { performance } from "node:perf_hooks";
import { CrossbillError } from "@crossbill/messages";
import { RandomStream } from "@crossbill/numerics";
import { faultPoint } from "@crossbill/storage";
import type { Heap } from "../blocks/heap.js";
import { stateBytes } from "../blocks/layout.js";
import type { Loader } from "../blocks/loader.js";
import { divergedIn } from "../watch/divergence.js";
import { metricValue } from "../watch/metric-value.js";
import { Observer } from "../watch/observer.js";
import { isBinary } from "../watch/outside-unit.js";
import { ValidationScores } from "../watch/validation-scores.js";
import { writeBest, writeCheckpoint } from "./checkpoint.js";
import { CheckpointClock } from "./checkpoint-clock.js";
import { ClassSampler } from "./class-sampler.js";
import { EVALUATION, type Learner } from "./learner.js";
import { type LoopResult, PHASES, Progress, type TrainData } from "./protocol.js";
import { Stage, type Team } from "./stepper.js";
import { addBlock, addEvaluation, type TrainState } from "./train-state.js";

/** What member 0 decides at a block boundary; the others read it after the next barrier. */
const Decision = { GO_ON: 0, SAVE: 1, ABORT: 2 } as const;
/** Word of the control area that holds the decision. */
const DECISION = 2;

export interface LoopParts {
  readonly data: TrainData;
  readonly heap: Heap;
  readonly learner: Learner;
  readonly loader: Loader;
  readonly team: Team;
  /** Float64 slots, written by member 0. */
  readonly progress: Float64Array;
  /** Whether the coordinator asked to stop. */
  readonly stopped: () => boolean;
}

/** Blocks in which the cause of a weight that is not finite is looked for: the next block or two meet it. */
const RECENT = 3;

const NO_ROWS = { labels: new Float64Array(0), weights: new Float64Array(0), scores: new Float64Array(0) };

function undefinedMetric(name: string): CrossbillError {
  return new CrossbillError(
    "E_METRIC",
    `the metric ${name} is undefined on the validation rows: all of their weight is of one class; choose logLoss for train.earlyStopping.metric (train.keep), or validate on more rows`,
  );
}

/** The order in which epoch `epoch` uses blocks [0, n). */
export function blockOrder(n: number, epoch: number, data: { readonly seed: number; readonly shuffle: boolean }): Uint32Array {
  return data.shuffle ? new RandomStream(data.seed, epoch).permutation(n) : Uint32Array.from({ length: n }, (_, i) => i);
}

/**
 * The whole training as every member runs it: all hold the same TrainState and decide alike from the same numbers; only what depends on time
 * (checkpoints, stopping) is decided by member 0 and read by the others after a barrier.
 */
export class TrainLoop {
  readonly #parts: LoopParts;
  readonly #state: TrainState;
  /** null: every block is trained on all classes. */
  readonly #sampler: ClassSampler | null;
  readonly #observer: Observer;
  /** null: the metric is made of the loss. */
  readonly #scores: ValidationScores | null;
  readonly #clock: CheckpointClock;
  readonly #steps: number;
  readonly #blocks: number;
  #order: Uint32Array = new Uint32Array(0);
  #epoch = -1;
  #rows = 0;
  #savedBest: number;
  #milliseconds = 0;

  constructor(parts: LoopParts) {
    const { data } = parts;
    this.#parts = parts;
    this.#sampler = data.sampling === null ? null : new ClassSampler(data.sampling);
    this.#scores =
      data.metric.score === "none" ? null : new ValidationScores(parts.heap, data.layout, data.plan, data.metric, data.inputs.labels !== undefined);
    this.#state = { ...data.start, curve: [...data.start.curve], progressive: [...data.start.progressive] };
    this.#blocks = data.plan.trainBlocks;
    this.#steps = data.epochs * this.#blocks;
    const { plan, seed, layout, evaluateEverySteps } = data;
    const between = evaluateEverySteps || this.#blocks;
    const { head, inputs } = data;
    this.#observer = new Observer({
      ...parts,
      plan,
      head,
      seed,
      layout,
      between,
      steps: this.#steps,
      sampler: this.#sampler,
      labelNumbers: inputs.labels ?? 1,
      labelScale: data.labelScale,
    });
    this.#clock = new CheckpointClock(this.#steps, data.checkpoint, data.start.step, stateBytes(data.layout));
    this.#savedBest = data.start.bestStep;
  }

  /** @throws E_DIVERGED; what loading and saving throw */
  async run(): Promise<LoopResult> {
    const state = this.#state;
    let decision: number = Decision.GO_ON;
    for (;;) {
      if (decision === Decision.ABORT) return this.#abort();
      if (this.#evaluationDue(state.step) && state.curve.at(-1)?.step !== state.step && !(await this.#evaluate())) return this.#abort();
      if (state.step === this.#steps || state.stoppedEarly) return this.#finish();
      if (state.step === this.#parts.data.pauseStep) return this.#pause();
      if (decision === Decision.SAVE) await this.#save();
      const next = await this.#step();
      if (next === null) return this.#abort();
      decision = next;
    }
  }

  #evaluationDue(step: number): boolean {
    const every = this.#parts.data.evaluateEverySteps || this.#blocks;
    return step > 0 && (step % every === 0 || step === this.#steps);
  }

  /** One block. Null when loading was given up. */
  async #step(): Promise<number | null> {
    const { data, loader, learner, heap, team } = this.#parts;
    const state = this.#state;
    const epoch = Math.floor(state.step / this.#blocks);
    if (epoch !== this.#epoch) {
      this.#order = blockOrder(this.#blocks, epoch, data);
      this.#epoch = epoch;
    }
    const position = state.step % this.#blocks;
    const index = this.#order[position]!;
    if (!loader.has(index) && !(await this.#load(this.#next(this.#order.subarray(position), this.#validationBlocks())))) return null;
    faultPoint("trainer", "block");
    const begun = performance.now();
    const block = loader.get(index);
    const sample = this.#sampler?.draw(state.step, heap.f64.subarray(block.labels / 8, block.labels / 8 + block.rows)) ?? null;
    const found = learner.forward(block, state, { step: state.step, sample, look: null });
    if (!Number.isFinite(found.loss))
      throw await learner.divergedAt({ what: "loss", step: state.step, epoch, index, recent: this.#recent(), block, sample, loader });
    const seen = state.seen + found.weight;
    // The weight as the table of `seen` has it: a run that goes on finds the same clock in it.
    const clock = state.clock + learner.tick(state.step, seen - state.seen);
    if (team.index === 0) {
      heap.f64[data.layout.seen / 8 + state.step + 1] = seen;
      heap.f64[data.layout.clock / 8 + state.step + 1] = clock;
      this.#decide(this.#clock.due(state.step + 1, this.#evaluationDue(state.step + 1)));
    }
    learner.update(block, state.step, found.weight, sample);
    state.clock = clock;
    if (data.head === "squared" && epoch === 0 && !state.otherLabels)
      state.otherLabels = !isBinary(heap.f64.subarray(block.labels / 8, block.labels / 8 + block.rows), data.labelScale);
    addBlock(state, found, this.#blocks);
    this.#rows += block.rows;
    this.#milliseconds += performance.now() - begun;
    this.#report("train", epoch);
    return this.#decision();
  }

  /** Validation loss and metric, non-zero weights, the state kept where it is the best. False when it was given up; it is then to be done again. */
  async #evaluate(): Promise<boolean> {
    const { data, learner, loader } = this.#parts;
    const state = this.#state;
    const epoch = Math.ceil(state.step / this.#blocks) - 1;
    this.#report("evaluate", epoch);
    const nonZero = learner.nonZero(state);
    if (Number.isNaN(nonZero)) throw await learner.divergedWeight({ step: state.step, epoch, recent: this.#recent(), now: state, loader });
    if (!(await this.#observe())) return false;
    const layers = this.#observer.layers();
    const validationLoss = await this.#validate();
    if (validationLoss === null) return false;
    if (data.plan.validationRows > 0 && !Number.isFinite(validationLoss)) throw divergedIn("the validation loss is", state.step, epoch);
    const metric = await this.#metric(validationLoss);
    const { keepLast, earlyStopping } = data;
    const rules = { blocksPerEpoch: this.#blocks, steps: this.#steps, rises: data.metric.rises, keepLast, earlyStopping };
    const { gradientNorm, loss: observedLoss } = this.#observer;
    const best = addEvaluation(
      state,
      { validationLoss, metric, nonZero, gradientNorm, observedLoss, ...(layers.length === 0 ? {} : { layers: [...layers] }) },
      rules,
    );
    if (best) {
      state.kept = this.#observer.end();
      learner.keep(state);
    }
    return true;
  }

  /** Goes over the training blocks that evaluations look at. False when it was given up. */
  async #observe(): Promise<boolean> {
    const { loader } = this.#parts;
    const wanted = this.#observer.blocks;
    this.#observer.begin();
    for (const [i, index] of wanted.entries()) {
      if (!loader.has(index)) {
        const later = this.#upcoming().filter((block) => !wanted.includes(block));
        if (!(await this.#load(this.#next([...wanted.slice(i), ...this.#validationBlocks()], later)))) return false;
      }
      const { loss } = this.#observer.train(i, this.#state);
      if (!Number.isFinite(loss)) throw await this.#divergedAfter("loss of training rows", index);
    }
    return true;
  }

  /** The weighted mean loss of the validation rows with the present weights; NaN without such rows; null when given up. */
  async #validate(): Promise<number | null> {
    const { learner } = this.#parts;
    const wanted = this.#validationBlocks();
    learner.shift(this.#parts.data.shifts);
    try {
      return await this.#validateBlocks(wanted);
    } finally {
      learner.shift(null);
    }
  }

  async #validateBlocks(wanted: readonly number[]): Promise<number | null> {
    const { loader, learner, team } = this.#parts;
    const { head } = this.#parts.data;
    let loss = 0;
    let weight = 0;
    for (const [i, index] of wanted.entries()) {
      if (!loader.has(index) && !(await this.#load(this.#next(wanted.slice(i), this.#upcoming())))) return null;
      const block = loader.get(index);
      const scores = this.#scores;
      const found = learner.forward(block, this.#state, { ...EVALUATION, look: scores === null ? null : (from, to) => scores.take(i, block, from, to) });
      if (!Number.isFinite(found.loss)) throw await this.#divergedAfter("validation loss", index);
      loss += found.loss;
      weight += found.weight;
      if (head === "squared" && !this.#state.otherLabels) this.#observer.validation(index);
      if (team.index === 0) this.#decide(false);
      team.barrier(Stage.COUNT);
      if (this.#decision() === Decision.ABORT) return null;
    }
    return wanted.length === 0 ? NaN : loss / weight;
  }

  /** A loss of block `index` that an evaluation found. */
  #divergedAfter(what: string, index: number): Promise<CrossbillError> {
    const { learner, loader } = this.#parts;
    const { step } = this.#state;
    const epoch = Math.ceil(step / this.#blocks) - 1;
    return learner.divergedAt({ what, step, epoch, index, recent: this.#recent(), block: loader.get(index), sample: null, loader });
  }

  /** The last blocks that were trained on, the latest first. */
  #recent(): number[] {
    const { step } = this.#state;
    return Array.from({ length: Math.min(RECENT, step) }, (_, i) => {
      const at = step - 1 - i;
      return blockOrder(this.#blocks, Math.floor(at / this.#blocks), this.#parts.data)[at % this.#blocks]!;
    });
  }

  /** The metric of the rows just validated: made by member 0, the same number for all. */
  async #metric(validationLoss: number): Promise<number> {
    const { data, heap, team } = this.#parts;
    if (this.#scores === null || data.plan.validationRows === 0) return metricValue(data.metric, validationLoss, NO_ROWS);
    const at = data.layout.counts / 8;
    if (team.index === 0) heap.f64[at] = await metricValue(data.metric, validationLoss, this.#scores.rows());
    team.barrier(Stage.METRIC);
    const value = heap.f64[at]!;
    if (Number.isNaN(value)) throw undefinedMetric(data.metric.name);
    return value;
  }

  /** Blocks of this epoch that are still to come; at its end, those of the next one. */
  #upcoming(): Uint32Array {
    const { step } = this.#state;
    const position = step % this.#blocks;
    return position > 0 || step === this.#steps ? this.#order.subarray(position) : blockOrder(this.#blocks, step / this.#blocks, this.#parts.data);
  }

  #validationBlocks(): number[] {
    const { blocks, trainBlocks } = this.#parts.data.plan;
    return Array.from({ length: blocks.length - trainBlocks }, (_, i) => trainBlocks + i);
  }

  /** Blocks in the order of their next use: `first`, `then`, and in the next epoch those before. None that is not used any more. */
  *#next(first: Iterable<number>, then: Iterable<number>): Generator<number> {
    const { step } = this.#state;
    yield* first;
    if (step === this.#steps) return;
    yield* then;
    if (step < this.#steps - this.#blocks) yield* this.#order.subarray(0, step % this.#blocks);
  }

  async #load(wanted: Iterable<number>): Promise<boolean> {
    this.#report("load", Math.max(0, this.#epoch));
    return !(await this.#parts.loader.load(wanted)).giveUp;
  }

  /** By member 0, between two barriers. */
  #decide(save: boolean): void {
    const { heap, data, stopped } = this.#parts;
    Atomics.store(heap.i32, data.layout.control / 4 + DECISION, stopped() ? Decision.ABORT : save ? Decision.SAVE : Decision.GO_ON);
  }

  #decision(): number {
    const { heap, data } = this.#parts;
    return Atomics.load(heap.i32, data.layout.control / 4 + DECISION);
  }

  /** Member 0 writes the checkpoint, if it finds it worth it; the others wait, since they would change the state. */
  async #save(worth = true): Promise<void> {
    const { data, heap, team, learner } = this.#parts;
    const { seen } = data.layout;
    const state = this.#state;
    if (team.index === 0 && worth) {
      this.#report("save", Math.max(0, this.#epoch));
      await this.#clock.time(state.step, async () => {
        if (state.bestStep !== this.#savedBest) await writeBest(data.checkpointRoot, data.key, state.bestStep, learner.packedBest());
        this.#savedBest = state.bestStep;
        const learned = state.finished ? null : learner.packed();
        await writeCheckpoint(data.checkpointRoot, data.key, state, learned, heap.u8.slice(seen, seen + 8 * (state.step + 1)));
      });
    }
    team.barrier(Stage.SAVE);
  }

  async #abort(): Promise<LoopResult> {
    await this.#save();
    return this.#result(true);
  }

  async #pause(): Promise<LoopResult> {
    await this.#save();
    return this.#result(false);
  }

  async #finish(): Promise<LoopResult> {
    this.#state.finished = true;
    await this.#save(this.#clock.pays());
    return this.#result(false);
  }

  #result(aborted: boolean): LoopResult {
    return { state: this.#state, aborted, rows: this.#rows, seconds: this.#milliseconds / 1000 };
  }

  #report(phase: (typeof PHASES)[number], epoch: number): void {
    const { progress, team } = this.#parts;
    if (team.index !== 0) return;
    const state = this.#state;
    progress[Progress.PHASE] = PHASES.indexOf(phase);
    progress[Progress.EPOCH] = epoch;
    progress[Progress.STEP] = state.step;
    progress[Progress.ROWS] = this.#rows;
    progress[Progress.LOSS] = state.epochWeightSum > 0 ? state.epochLossSum / state.epochWeightSum : NaN;
    progress[Progress.ROWS_PER_SECOND] = this.#rows === 0 ? 0 : (1000 * this.#rows) / this.#milliseconds;
  }
}
