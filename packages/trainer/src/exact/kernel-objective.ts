import type { Team } from "../stepper.js";
import type { MatrixShape } from "./matrix.js";
import type { Objective } from "./objective.js";
import { type ExactHead, ExactStage, type Passes, type RowArrays } from "./passes.js";
import type { SharedArena } from "./shared-arena.js";
import { treeSum } from "./vectors.js";

/** What member 0 tells the others to do; word 1 of the control words, its arguments (byte offsets) in words 2 and 3. */
const Command = { STOP: 0, EVALUATE: 1, PRODUCT: 2, DIAGONAL: 3, VALIDATE: 4, CONJUGATE: 5 } as const;
const [COMMAND, INPUT, OUTPUT] = [1, 2, 3];
export const CONTROL_WORDS = 16;

/** Members other than 0: does its share of what member 0 asks for, until that stops. `refresh`: the memory may have grown. */
export function serve(passes: Passes, control: Int32Array, team: Team, refresh: () => void): void {
  for (;;) {
    team.barrier(ExactStage.COMMAND);
    refresh();
    const command = Atomics.load(control, COMMAND);
    if (command === Command.STOP) return;
    perform(passes, control, command);
    team.barrier(ExactStage.COLUMNS);
  }
}

/** Member 0's last: lets the other members end. */
export function stop(control: Int32Array, team: Team): void {
  Atomics.store(control, COMMAND, Command.STOP);
  team.barrier(ExactStage.COMMAND);
}

function perform(passes: Passes, control: Int32Array, command: number): void {
  const input = Atomics.load(control, INPUT) >>> 0;
  const output = Atomics.load(control, OUTPUT) >>> 0;
  if (command === Command.EVALUATE) passes.evaluate(input, output);
  else if (command === Command.PRODUCT) passes.product(input, output);
  else if (command === Command.DIAGONAL) passes.diagonal(output);
  else if (command === Command.CONJUGATE) passes.conjugate(input);
  else passes.validate(input);
}

export interface KernelObjectiveParts {
  readonly passes: Passes;
  readonly arena: SharedArena;
  readonly control: Int32Array;
  readonly team: Team;
  readonly shape: MatrixShape;
  readonly rows: RowArrays;
  readonly head: ExactHead;
  /** K */
  readonly classes: number;
  readonly intercept: boolean;
  readonly l2: number;
  /** Called before every pass; may throw to end the solve. */
  readonly beforePass: () => void;
}

/** The weighted mean loss over the matrix + l2 sum w^2, as member 0 sees it: passes are done by all members together. */
export class KernelObjective implements Objective {
  readonly size: number;
  readonly quadratic: boolean;
  /** Sum of the weights of the training rows. */
  readonly weight: number;
  #passes = 0;
  readonly #parts: KernelObjectiveParts;
  /** Of one f64. */
  readonly #scale: number;

  constructor(parts: KernelObjectiveParts) {
    this.#parts = parts;
    this.size = parts.classes * (parts.shape.features + 1);
    this.#scale = parts.arena.take(8);
    this.quadratic = parts.head === "squared";
    this.weight = treeSum(this.weights, 0, parts.shape.rows);
  }

  /** Over the data, so far. */
  get passes(): number {
    return this.#passes;
  }
  get l2(): number {
    return this.#parts.l2;
  }
  get labels(): Float64Array {
    return this.#parts.arena.f64(this.#parts.rows.labels, this.#parts.shape.rows);
  }
  get weights(): Float64Array {
    return this.#parts.arena.f64(this.#parts.rows.weights, this.#parts.shape.rows);
  }

  vector(): Float64Array {
    return this.#parts.arena.f64(this.#parts.arena.take(8 * this.size), this.size);
  }

  /** Runs `work`; the vectors that were made in it are given back. */
  scope<T>(work: () => T): T {
    const mark = this.#parts.arena.mark();
    const result = work();
    this.#parts.arena.release(mark);
    return result;
  }

  evaluate(w: Float64Array, gradient: Float64Array): number {
    this.#run(Command.EVALUATE, w.byteOffset, gradient.byteOffset);
    return this.meanLoss() + this.#finish(gradient, w, (k) => this.#sum(this.#parts.rows.sums, 1 + k));
  }

  product(v: Float64Array, out: Float64Array): void {
    this.#run(Command.PRODUCT, v.byteOffset, out.byteOffset);
    this.#finish(out, v, (k) => this.#sum(this.#parts.rows.productSums, k));
  }

  diagonal(out: Float64Array): void {
    this.#run(Command.DIAGONAL, 0, out.byteOffset);
    this.#finish(out, null, (k) => this.interceptCurvature(k) * this.weight);
  }

  /** Weighted mean loss of the last evaluation. */
  meanLoss(): number {
    return this.#sum(this.#parts.rows.sums, 0) / this.weight;
  }

  /** Weighted mean of the losses' convex conjugate at s times the residuals of the last evaluation (no product since). */
  conjugate(s: number): number {
    const at = this.#parts.arena.f64(this.#scale, 1);
    at[0] = s;
    this.#run(Command.CONJUGATE, this.#scale, 0);
    return this.#sum(this.#parts.rows.productSums, 0) / this.weight;
  }

  /** Weighted sum of the predictions for a class (one class: of the predictions) in the last evaluation. */
  sumPredictions(k: number): number {
    return this.#sum(this.#parts.rows.sums, 1 + this.#parts.classes + k);
  }

  /** Second derivative by the intercept of a class at the last evaluation. */
  interceptCurvature(k: number): number {
    return this.#sum(this.#parts.rows.sums, 1 + 2 * this.#parts.classes + k) / this.weight;
  }

  /** Weighted mean loss of the validation rows at w; NaN without such rows or their weight. */
  validationLoss(w: Float64Array): number {
    const { arena, rows, shape } = this.#parts;
    const { firstValidation, validationRows } = shape;
    if (validationRows === 0) return Number.NaN;
    this.#run(Command.VALIDATE, w.byteOffset, 0);
    const weights = arena.f64(rows.weights + 8 * firstValidation, validationRows);
    return treeSum(arena.f64(rows.sums, rows.chunks), firstValidation / 64, rows.chunks) / treeSum(weights, 0, validationRows);
  }

  #run(command: number, input: number, output: number): void {
    const { control, team, passes, beforePass } = this.#parts;
    beforePass();
    this.#passes++;
    Atomics.store(control, INPUT, input);
    Atomics.store(control, OUTPUT, output);
    Atomics.store(control, COMMAND, command);
    team.barrier(ExactStage.COMMAND);
    perform(passes, control, command);
    team.barrier(ExactStage.COLUMNS);
  }

  /** Sum of a quantity over the chunks of the training rows. */
  #sum(at: number, quantity: number): number {
    const { arena, rows, shape } = this.#parts;
    return treeSum(arena.f64(at + 8 * quantity * rows.chunks, rows.chunks), 0, Math.ceil(shape.rows / 64));
  }

  /** Sums over rows to what belongs to the mean: divides by the weight, adds the penalty's part (of x; null: of its diagonal) and the intercepts'. Returns the penalty. */
  #finish(out: Float64Array, x: Float64Array | null, interceptOf: (k: number) => number): number {
    const { shape, classes, l2, intercept } = this.#parts;
    const F = shape.features;
    let penalty = 0;
    for (let k = 0; k < classes; k++) {
      const at = k * (F + 1);
      for (let f = at; f < at + F; f++) {
        const one = x === null ? 1 : x[f]!;
        penalty += l2 * one * one;
        out[f] = out[f]! / this.weight + 2 * l2 * one;
      }
      out[at + F] = intercept ? interceptOf(k) / this.weight : 0;
    }
    return penalty;
  }
}
