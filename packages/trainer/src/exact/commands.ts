import type { KernelExports } from "@crossbill/kernels";
import { ColumnView } from "./column-view.js";
import { Matrix, restrictedShape, tableWords } from "./matrix.js";
import type { HessianUse } from "./objective.js";
import { ExactStage, Passes, type PassesParts } from "./passes.js";

/** What member 0 tells the others to do; word 1 of the control words, its arguments (byte offsets, a count) in words 2 to 4, its scope in word 5. */
export const Command = {
  STOP: 0,
  EVALUATE: 1,
  PRODUCT: 2,
  DIAGONAL: 3,
  VALIDATE: 4,
  CONJUGATE: 5,
  GRADIENT: 6,
  RESTRICT: 7,
  VIEW: 8,
  MASS: 9,
  HESSIAN: 10,
} as const;
/** What a command is about: all features; those that were copied out last; those whose columns were picked last (GRADIENT and DIAGONAL alone). */
export const Scope = { WHOLE: 0, PART: 1, VIEW: 2 } as const;
const [COMMAND, INPUT, OUTPUT, COUNT, SCOPE] = [1, 2, 3, 4, 5];
export const CONTROL_WORDS = 16;

export interface Order {
  readonly command: number;
  readonly input: number;
  readonly output: number;
  /** RESTRICT, VIEW: how many features. */
  readonly count?: number;
  readonly scope: number;
}

/** One member's passes: over the whole matrix, and over a few of its features. */
export class Performer {
  readonly #parts: PassesParts;
  readonly #control: Int32Array;
  readonly #whole: Passes;
  #part: Passes;
  #view: ColumnView | null = null;

  constructor(parts: PassesParts, control: Int32Array) {
    this.#parts = parts;
    this.#control = control;
    this.#whole = new Passes(parts);
    this.#part = this.#whole;
  }

  /** Members other than 0: does its share of what member 0 asks for, until that stops. */
  serve(): void {
    const { team, arena } = this.#parts;
    for (;;) {
      team.barrier(ExactStage.COMMAND);
      // The memory may have grown.
      arena.refresh();
      if (Atomics.load(this.#control, COMMAND) === Command.STOP) return;
      this.#perform();
      team.barrier(ExactStage.COLUMNS);
    }
  }

  /** Member 0: has all members do it. */
  run({ command, input, output, count = 0, scope }: Order): void {
    const { team } = this.#parts;
    Atomics.store(this.#control, INPUT, input);
    Atomics.store(this.#control, OUTPUT, output);
    Atomics.store(this.#control, COUNT, count);
    Atomics.store(this.#control, SCOPE, scope);
    Atomics.store(this.#control, COMMAND, command);
    team.barrier(ExactStage.COMMAND);
    this.#perform();
    team.barrier(ExactStage.COLUMNS);
  }

  /** null: H, of the whole matrix or of the part, is not to be formed; else what that costs, in evaluations. */
  formingCost(scope: number, use: HessianUse): number | null {
    return (scope === Scope.PART ? this.#part : this.#whole).formingCost(use);
  }

  get kernels(): KernelExports {
    return this.#parts.kernels;
  }

  /** Member 0's last: lets the other members end. */
  stop(): void {
    Atomics.store(this.#control, COMMAND, Command.STOP);
    this.#parts.team.barrier(ExactStage.COMMAND);
  }

  #perform(): void {
    const control = this.#control;
    const command = Atomics.load(control, COMMAND);
    const input = Atomics.load(control, INPUT) >>> 0;
    const output = Atomics.load(control, OUTPUT) >>> 0;
    const count = Atomics.load(control, COUNT) >>> 0;
    const scope = Atomics.load(control, SCOPE);
    const { arena, rows } = this.#parts;
    if (scope === Scope.VIEW) {
      const square = command === Command.DIAGONAL;
      this.#view?.gather(output, square ? rows.curvature : rows.residual, square);
      return;
    }
    const passes = scope === Scope.PART ? this.#part : this.#whole;
    if (command === Command.EVALUATE) passes.evaluate(input, output);
    else if (command === Command.PRODUCT) passes.product(input, output);
    else if (command === Command.DIAGONAL) passes.diagonal(output);
    else if (command === Command.GRADIENT) passes.gradient(output);
    else if (command === Command.CONJUGATE) passes.conjugate(input);
    else if (command === Command.RESTRICT) this.#restrict(input, output, count);
    else if (command === Command.VIEW) this.#view = new ColumnView(this.#parts, arena.u32(input, count), this.#whole.features);
    else if (command === Command.MASS) passes.mass(output);
    else if (command === Command.HESSIAN) passes.hessian(output, input);
    else passes.validate(input);
  }

  /** @param features u32[count], ascending. @param table of the restricted matrix */
  #restrict(features: number, table: number, count: number): void {
    const { kernels, arena, matrix, team } = this.#parts;
    const shape = restrictedShape(matrix.shape, count);
    const part = new Matrix(shape, kernels, arena, arena.u32(table, tableWords(shape)));
    for (let b = team.index; b < matrix.blocks; b += team.size) matrix.restrict(b, arena.u32(features, count), part);
    team.barrier(ExactStage.RESTRICTED);
    arena.refresh();
    this.#part = new Passes({ ...this.#parts, matrix: part });
  }
}
