import { Command, type Performer, Scope } from "./commands.js";
import { type MatrixShape, restrictedShape, tableWords } from "./matrix.js";
import type { Hessian, HessianUse, Objective } from "./objective.js";
import type { ExactHead, RowArrays } from "./passes.js";
import type { SharedArena } from "./shared-arena.js";
import { treeSum } from "./vectors.js";

export interface KernelObjectiveParts {
  readonly performer: Performer;
  readonly arena: SharedArena;
  readonly shape: MatrixShape;
  readonly rows: RowArrays;
  readonly head: ExactHead;
  /** K */
  readonly classes: number;
  readonly intercept: boolean;
  readonly l2: number;
  /** Of all features, unless said otherwise. */
  readonly scope?: number;
  /** VIEW: which features those are. */
  readonly view?: Uint32Array;
  /** Those of the whole. */
  readonly count?: { whole: number; part: number };
  readonly facts?: { readonly weight: number; readonly labelSize: number };
  /** Whether the Hessian is formed; left out: where that costs less. */
  readonly formed?: boolean | undefined;
  /** Called before every pass; may throw to end the solve. */
  readonly beforePass: () => void;
}

/** The weighted mean loss over the matrix + l2 sum w^2, as member 0 sees it: passes are done by all members together. */
export class KernelObjective implements Objective {
  readonly size: number;
  readonly quadratic: boolean;
  /** Sum of the weights of the training rows. */
  readonly weight: number;
  /** Mean size of a label; of classes 1. */
  readonly labelSize: number;
  readonly #count: { whole: number; part: number };
  readonly #parts: KernelObjectiveParts;
  /** Of one f64. */
  readonly #scale: number;

  constructor(parts: KernelObjectiveParts) {
    this.#parts = parts;
    this.size = parts.classes * (parts.shape.features + 1);
    this.#scale = parts.arena.take(8);
    this.quadratic = parts.head === "squared";
    this.#count = parts.count ?? { whole: 0, part: 0 };
    this.weight = parts.facts?.weight ?? treeSum(this.weights, 0, parts.shape.rows);
    this.labelSize = parts.facts?.labelSize ?? (parts.head === "softmax" ? 1 : this.#meanSize());
  }

  /** Passes over the data so far: of all features, and of working sets. */
  get passes(): { readonly whole: number; readonly part: number } {
    return { ...this.#count };
  }
  get l2(): number {
    return this.#parts.l2;
  }
  get labels(): Float64Array {
    return this.#parts.arena.f64(this.#parts.rows.labels, this.#parts.shape.rows);
  }
  /** f64[N][K]; null: labels are numbers. */
  get vectors(): Float64Array | null {
    const { arena, rows, shape, classes } = this.#parts;
    return rows.vectors === 0 ? null : arena.f64(rows.vectors, shape.rows * classes);
  }
  /** Of each class f64[N]: weight (p - (1 of the row's class)), of the last evaluation (no product since). */
  get residuals(): Float64Array[] {
    const { arena, rows, shape, classes } = this.#parts;
    return Array.from({ length: classes }, (_, k) => arena.f64(rows.residual + 8 * k * rows.stride, shape.rows));
  }
  get weights(): Float64Array {
    return this.#parts.arena.f64(this.#parts.rows.weights, this.#parts.shape.rows);
  }

  vector(): Float64Array {
    return this.vectorOf(this.size);
  }

  vectorOf(n: number): Float64Array {
    return this.#parts.arena.f64(this.#parts.arena.take(8 * n), n);
  }

  /** Runs `work`; the vectors that were made in it are given back. */
  scope<T>(work: () => T): T {
    const close = this.open();
    const result = work();
    close();
    return result;
  }

  /** Begins a scope. @returns ends it: vectors made since, by whomever, are given back */
  open(): () => void {
    const { arena } = this.#parts;
    const mark = arena.mark();
    return () => arena.release(mark);
  }

  evaluate(w: Float64Array, gradient: Float64Array): number {
    this.#run(Command.EVALUATE, w.byteOffset, gradient.byteOffset);
    return this.meanLoss() + this.#finish(gradient, w, (k) => this.#sum(this.#parts.rows.sums, 1 + k));
  }

  /** As {@link evaluate} without the gradient: a pass over rows alone. */
  evaluateRows(w: Float64Array): void {
    this.#run(Command.EVALUATE, w.byteOffset, 0);
  }

  /** f(w), w having been evaluated last. */
  value(w: Float64Array): number {
    const { classes, l2 } = this.#parts;
    const each = w.length / classes;
    let penalty = 0;
    for (let i = 0; i < w.length; i++) if (l2 > 0 && i % each !== each - 1) penalty += l2 * w[i]! * w[i]!;
    return this.meanLoss() + penalty;
  }

  /** Derivative by the intercept of a class at the last evaluation. */
  interceptGradient(k: number): number {
    return this.#sum(this.#parts.rows.sums, 1 + k) / this.weight;
  }

  product(v: Float64Array, out: Float64Array): void {
    this.#run(Command.PRODUCT, v.byteOffset, out.byteOffset);
    this.#finish(out, v, (k) => this.#sum(this.#parts.rows.productSums, k));
  }

  diagonal(out: Float64Array): void {
    this.#run(Command.DIAGONAL, 0, out.byteOffset);
    this.#finish(out, null, (k) => this.interceptCurvature(k) * this.weight);
  }

  hessian(use: HessianUse): Hessian | null {
    const { classes, shape, performer, formed, arena } = this.#parts;
    const scope = this.#parts.scope ?? Scope.WHOLE;
    if (classes > 1 || scope === Scope.VIEW || formed === false) return null;
    const cost = performer.formingCost(scope, use);
    if (cost === null && formed !== true) return null;
    const [n, F] = [this.size, shape.features];
    const h = this.vectorOf(n * n);
    return {
      cost: cost ?? Infinity,
      form: (m) => {
        arena.f64(this.#scale, 1)[0] = this.weight;
        this.#run(Command.HESSIAN, this.#scale, h.byteOffset);
        for (let f = 0; f < F; f++) {
          h[f * n + f] = h[f * n + f]! + m[f]!;
          h[f * n + F] = h[F * n + f] = this.#parts.intercept ? h[F * n + f]! / this.weight : 0;
        }
        h[F * n + F] = m[F]!;
        return h;
      },
      sweep: (v, r, l1) => performer.kernels.coordinate_sweep_f64(v.byteOffset, r.byteOffset, h.byteOffset, n, l1.byteOffset),
      product: (x, out) => performer.kernels.matrix_product_f64(out.byteOffset, x.byteOffset, h.byteOffset, n),
    };
  }

  /** out = the gradient at w, which was evaluated last: by this objective, or by a restricted one of all features whose weights are not 0. */
  gradient(w: Float64Array, out: Float64Array): void {
    this.#run(Command.GRADIENT, 0, out.byteOffset);
    this.#finish(out, w, (k) => this.#sum(this.#parts.rows.sums, 1 + k));
  }

  /** The same function of the weights of the `active` features (ascending) alone, all others being 0, until the next is made or the scope ends: their entries are copied. */
  restrict(active: Uint32Array): KernelObjective {
    const { view, ...parts } = this.#parts;
    const { arena } = parts;
    const shape = restrictedShape(parts.shape, active.length);
    const features = this.#place(view === undefined ? active : active.map((i) => view[i]!));
    this.#order(Command.RESTRICT, features, arena.take(4 * tableWords(shape)), active.length, Scope.WHOLE);
    return new KernelObjective({ ...parts, shape, scope: Scope.PART, count: this.#count, facts: this });
  }

  /** Of the `features` (ascending) alone: gradient, diagonal and what they say about rows and sums, until the next is made or the scope ends. Nothing is copied; it is evaluated by restricting it. */
  view(features: Uint32Array): KernelObjective {
    this.#order(Command.VIEW, this.#place(features), 0, features.length, Scope.WHOLE);
    const shape = { ...this.#parts.shape, features: features.length };
    return new KernelObjective({ ...this.#parts, shape, scope: Scope.VIEW, view: features, count: this.#count, facts: this });
  }

  /** Whether there is no evaluating it but by restricting it. */
  get isView(): boolean {
    return this.#parts.view !== undefined;
  }

  /** out[f] = weighted mean of |value| of feature f. */
  mass(out: Float64Array): void {
    this.#run(Command.MASS, 0, out.byteOffset);
    for (let f = 0; f < this.#parts.shape.features; f++) out[f] = out[f]! / this.weight;
  }

  /** Weighted mean loss of the last evaluation. */
  meanLoss(): number {
    return this.#sum(this.#parts.rows.sums, 0) / this.weight;
  }

  /** Weighted mean of the losses' convex conjugate at s times the residuals of the last evaluation (no product since). */
  conjugate(s: number): number {
    const at = this.#parts.arena.f64(this.#scale, 1);
    at[0] = s;
    this.#order(Command.CONJUGATE, this.#scale, 0, 0, Scope.WHOLE);
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

  /** Weighted mean loss of the validation rows; NaN without such rows or their weight. @param weights f64[K][F] */
  validationLoss({ weights, intercepts }: { readonly weights: Float64Array; readonly intercepts: Float64Array }): number {
    const { arena, rows, shape, classes } = this.#parts;
    const { firstValidation, validationRows, features } = shape;
    if (validationRows === 0) return Number.NaN;
    return this.scope(() => {
      const w = this.vector();
      for (let k = 0; k < classes; k++) {
        w.set(weights.subarray(k * features, (k + 1) * features), k * (features + 1));
        w[k * (features + 1) + features] = intercepts[k]!;
      }
      this.#run(Command.VALIDATE, w.byteOffset, 0);
      const weight = arena.f64(rows.weights + 8 * firstValidation, validationRows);
      return treeSum(arena.f64(rows.sums, rows.chunks), firstValidation / 64, rows.chunks) / treeSum(weight, 0, validationRows);
    });
  }

  #run(command: number, input: number, output: number): void {
    this.#order(command, input, output, 0, this.#parts.scope ?? Scope.WHOLE);
  }

  #order(command: number, input: number, output: number, count: number, scope: number): void {
    const { performer, beforePass } = this.#parts;
    beforePass();
    this.#count[scope === Scope.PART ? "part" : "whole"]++;
    performer.run({ command, input, output, count, scope });
  }

  /** @returns where they lie */
  #place(features: Uint32Array): number {
    const at = this.#parts.arena.take(4 * features.length);
    this.#parts.arena.u32(at, features.length).set(features);
    return at;
  }

  #meanSize(): number {
    const { labels, weights } = this;
    const sizes = weights.map((w, i) => w * Math.abs(labels[i]!));
    return treeSum(sizes, 0, sizes.length) / this.weight;
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
