import type { KernelExports } from "@crossbill/kernels";
import type { NetworkPlan } from "@crossbill/models";
import { type Heap, share } from "../blocks/heap.js";
import type { Sample } from "../loop/class-sampler.js";
import type { Team } from "../loop/stepper.js";
import type { Now } from "../optimizers/optimizer.js";
import type { GradientMethodOptions } from "../optimizers/optimizer-options.js";
import { squaresOf } from "./gradient-squares.js";
import type { TableLayout } from "./network-layout.js";
import { type LearnedTable, type TableMethod, tableMethod } from "./table-method.js";

/**
 * The last layer of a head that is trained on some classes at a time, in training: a table with a row of weights for each class, of which a block reads and updates those of its classes alone. Letters: K classes, n of
 * them in a block, N at most, H numbers of a row.
 */
export interface ClassLayout {
  readonly table: TableLayout;
  /** u32[K]: classes of the pass, ascending. */
  readonly ids: number;
  /** f32[K][H]: their weights. */
  readonly w: number;
  /** f32[N][H], behind the gradient of dense parameters. */
  readonly gradients: number;
  /** f64[steps + 1]: time of their penalties before each step. */
  readonly clock: number;
  /** f64[N] squares of gradients, f64[N] of a step on trial, f64[K] of weights. */
  readonly squares: number;
  readonly trialSquares: number;
  readonly weightSquares: number;
  /** Copies of the pass's rows for a step on trial, N of them, and u32[N] 0, 1, ... */
  readonly trial: TableLayout;
  readonly trialIds: number;
  /** Of member m at + m * ownBytes: u32 a class, f32[H] its weights. */
  readonly own: number;
  readonly ownBytes: number;
}

/** A network without its last layer, and that layer. */
export interface SplitPlan {
  readonly plan: NetworkPlan;
  readonly classes: LearnedTable;
}

/** The last layer of a deep network is the end of its dense parameters, and has no bias. */
export function splitClasses(plan: NetworkPlan): SplitPlan {
  const { l1, l2, layers } = plan.towers[0]!;
  const { inputs, outputs, weights } = layers.at(-1)!;
  const classes = {
    name: "classes",
    index: plan.tables.length,
    columns: [],
    rows: outputs,
    dimension: inputs,
    stride: inputs,
    l1,
    l2,
    maxNorm: 0,
    frozen: false,
  };
  return { plan: { ...plan, dense: weights }, classes };
}

export interface ClassRowsParts {
  readonly heap: Heap;
  readonly kernels: KernelExports;
  readonly classes: LearnedTable;
  readonly at: ClassLayout;
  readonly optimizer: GradientMethodOptions;
  readonly team: Team;
}

/** This member's part of it: a share of the pass's classes. */
export class ClassRows {
  readonly #parts: ClassRowsParts;
  readonly #method: TableMethod;
  readonly #trial: TableMethod;
  /** Of the pass, ascending; null: all. */
  #chosen: Uint32Array | null = null;
  #now: Now = { seen: 0, clock: 0 };

  constructor(parts: ClassRowsParts) {
    this.#parts = parts;
    const { optimizer, classes, at, kernels } = parts;
    this.#method = tableMethod(optimizer, classes, at.table, kernels, at.clock);
    this.#trial = tableMethod(optimizer, classes, at.trial, kernels, 0);
  }

  /** Weights of the pass's classes, f32[n][H]. */
  get w(): number {
    return this.#parts.at.w;
  }

  /** n */
  get n(): number {
    return this.#chosen?.length ?? this.#parts.classes.rows;
  }

  /** Of the pass: n H. */
  get floats(): number {
    return this.n * this.#parts.classes.stride;
  }

  /** Of all classes: K H. */
  get size(): number {
    return this.#parts.classes.rows * this.#parts.classes.stride;
  }

  /** The i-th class of the pass. */
  at(i: number): number {
    return this.#chosen === null ? i : this.#chosen[i]!;
  }

  get #own(): { readonly from: number; readonly to: number; readonly ids: number; readonly first: number } {
    const { team, at } = this.#parts;
    return { from: share(this.n, team.index, team.size), to: share(this.n, team.index + 1, team.size), ids: at.ids, first: 0 };
  }

  #before(seen: number, step: number): Now {
    return { seen, clock: this.#parts.heap.f64[this.#parts.at.clock / 8 + step]! };
  }

  /** The classes of a pass with the member's share of their weights, as they are before `step`. */
  gather(sample: Sample | null, seen: number, step: number): void {
    const { heap, at } = this.#parts;
    this.#chosen = sample?.classes ?? null;
    this.#now = this.#before(seen, step);
    const own = this.#own;
    for (let i = own.from; i < own.to; i++) heap.u32[at.ids / 4 + i] = this.at(i);
    this.#method.gather(at.w, own, this.#now);
  }

  /** The member's share of gradients: floats [from, to) of those of the pass's classes. */
  get share(): { readonly from: number; readonly to: number } {
    const { from, to } = this.#own;
    const H = this.#parts.classes.stride;
    return { from: H * from, to: H * to };
  }

  /** Squares of the member's share of gradients; before all members meet. */
  measure(): void {
    const { at, heap, classes } = this.#parts;
    const { from, to } = this.#own;
    const H = classes.stride;
    for (let i = from; i < to; i++) heap.f64[at.squares / 8 + i] = squaresOf(heap.f32, at.gradients / 4 + H * i, at.gradients / 4 + H * (i + 1));
  }

  /** Sums of f64, the same for every member, after it: of gradients, of the step on trial, of all weights. */
  get squares(): number {
    return this.#sum(this.#parts.at.squares, this.n);
  }
  get trialSquares(): number {
    return this.#sum(this.#parts.at.trialSquares, this.n);
  }
  get weightSquares(): number {
    return this.#sum(this.#parts.at.weightSquares, this.#parts.classes.rows);
  }

  #sum(at: number, n: number): number {
    return this.#parts.heap.f64.subarray(at / 8, at / 8 + n).reduce((sum, x) => sum + x, 0);
  }

  /** One update of the member's share. */
  update(step: number, weight: number, factor: number): void {
    const { at } = this.#parts;
    if (weight > 0) this.#method.update(this.#own, at.gradients, factor, at.w, step, weight);
  }

  /** The same on copies: squares of the step, and of all weights; before all members meet. */
  tryStep(step: number, weight: number): void {
    const { heap, at, classes, team } = this.#parts;
    const { f32, u32, f64 } = heap;
    const { words, state } = at.table;
    const own = this.#own;
    const H = classes.stride;
    const copy = (i: number): number => at.trial.state / 4 + words * i;
    for (let i = own.from; i < own.to; i++) {
      const row = state / 4 + words * this.at(i);
      u32.copyWithin(copy(i), row, row + words);
      u32[at.trialIds / 4 + i] = i;
    }
    this.#trial.update({ ...own, ids: at.trialIds }, at.gradients, 1, at.w, step, weight);
    for (let i = own.from; i < own.to; i++) {
      let sum = 0;
      for (let e = 0; e < H; e++) sum += (f32[copy(i) + e]! - f32[at.w / 4 + H * i + e]!) ** 2;
      f64[at.trialSquares / 8 + i] = sum;
    }
    const [from, to] = this.#rows();
    const ids = at.own + at.ownBytes * team.index;
    const w = ids + 4;
    for (let k = from; k < to; k++) {
      u32[ids / 4] = k;
      this.#method.gather(w, { from: 0, to: 1, ids, first: 0 }, this.#now);
      f64[at.weightSquares / 8 + k] = squaresOf(f32, w / 4, w / 4 + H);
    }
  }

  /** Weights of every class, as indices of f32; penalties are due. */
  eachRow(visit: (from: number, to: number) => void): void {
    const { at, classes } = this.#parts;
    const { state, words } = at.table;
    for (let k = 0; k < classes.rows; k++) visit(state / 4 + words * k, state / 4 + words * k + classes.stride);
  }

  /** Time of penalties that passes in a step; one member says it. */
  tick(step: number, time: number): void {
    const { heap, at } = this.#parts;
    heap.f64[at.clock / 8 + step + 1] = heap.f64[at.clock / 8 + step]! + time;
  }

  nonZero(): number {
    return this.#method.nonZero(...this.#rows());
  }

  keep(seen: number, step: number): void {
    this.#method.keep(...this.#rows(), this.#before(seen, step));
  }

  #rows(): [number, number] {
    const { classes, team } = this.#parts;
    return [share(classes.rows, team.index, team.size), share(classes.rows, team.index + 1, team.size)];
  }
}
