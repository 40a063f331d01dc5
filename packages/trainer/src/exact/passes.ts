import { type KernelExports, LOSS_CHUNK_ROWS, type OneHead } from "@crossbill/kernels";
import { share } from "../blocks/heap.js";
import type { Team } from "../loop/stepper.js";
import { addPairs, foldPairs, formingCost, pairCuts } from "./hessian.js";
import { BLOCK_ROWS, type Matrix, type MatrixShape } from "./matrix.js";
import type { HessianUse } from "./objective.js";
import type { SharedArena } from "./shared-arena.js";

export type ExactHead = OneHead | "softmax";

/** Barriers of the passes, by the work they end. */
export const ExactStage = { FILLED: 21, TRANSPOSED: 22, COMMAND: 23, ROWS: 24, COLUMNS: 25, RESTRICTED: 26 } as const;

/** Byte offsets of numbers by row (f64[stride] for each class) and of their sums by chunk of 64 rows, validation rows included. */
export interface RowArrays {
  readonly stride: number;
  readonly labels: number;
  /** f64[stride][K]: label vectors; 0: there are none. */
  readonly vectors: number;
  readonly weights: number;
  /** Logits; then residuals (one class) or probabilities. */
  readonly z: number;
  /** Several classes: residuals. One class: the same as z. */
  readonly residual: number;
  readonly curvature: number;
  /** f64[1 + 3 K][chunks]: loss, residuals, predictions, curvatures. */
  readonly sums: number;
  /** f64[K][chunks]: of the last product. */
  readonly productSums: number;
  readonly chunks: number;
}

/** @param vectors numbers of a label vector; 0: labels are numbers */
export function placeRowArrays(arena: SharedArena, shape: MatrixShape, classes: number, vectors: number): RowArrays {
  const stride = shape.firstValidation + shape.validationRows;
  const chunks = Math.ceil(stride / LOSS_CHUNK_ROWS);
  const z = arena.take(8 * stride * classes);
  return {
    stride,
    chunks,
    labels: arena.take(8 * stride),
    vectors: vectors === 0 ? 0 : arena.take(8 * stride * vectors),
    weights: arena.take(8 * stride),
    z,
    residual: classes === 1 ? z : arena.take(8 * stride * classes),
    curvature: arena.take(8 * stride * classes),
    sums: arena.take(8 * chunks * (1 + 3 * classes)),
    productSums: arena.take(8 * chunks * classes),
  };
}

export interface PassesParts {
  readonly kernels: KernelExports;
  readonly arena: SharedArena;
  readonly matrix: Matrix;
  readonly head: ExactHead;
  /** K */
  readonly classes: number;
  readonly rows: RowArrays;
  readonly team: Team;
}

/** Rows that one kernel call after the other works on, so that they stay in the cache. */
const PIECE = 64 * LOSS_CHUNK_ROWS;

/**
 * What every member does of a pass over the data. Rows are split by chunks, then, behind a barrier, features: nobody writes what another one reads, and each
 * sum has an order that the data alone decide. Weight vectors are f64[K][F + 1], the intercept of a class behind its weights.
 */
export class Passes {
  readonly #parts: PassesParts;
  readonly #kernels: KernelExports;
  readonly #arena: SharedArena;
  readonly #matrix: Matrix;
  readonly #head: ExactHead;
  readonly #classes: number;
  readonly #rows: RowArrays;
  readonly #team: Team;
  /** The member's: [from, to). */
  readonly features: readonly [number, number];
  /** By block: the member's distinct features of both kinds of entries. */
  readonly #columns: readonly (readonly { readonly from: number; readonly to: number }[])[];

  /** Members' features where pairs of entries are summed; null: not cut yet. */
  #pairFeatures: Uint32Array | null = null;

  constructor(parts: PassesParts) {
    this.#parts = parts;
    this.#kernels = parts.kernels;
    this.#arena = parts.arena;
    this.#matrix = parts.matrix;
    this.#head = parts.head;
    this.#classes = parts.classes;
    this.#rows = parts.rows;
    this.#team = parts.team;
    const { matrix, team } = parts;
    const cuts = matrix.cuts(team.size);
    this.features = [cuts[team.index]!, cuts[team.index + 1]!];
    this.#columns = Array.from({ length: matrix.blocks }, (_, b) =>
      matrix.block(b).map((placed) => ({ from: matrix.lowerBound(placed, this.features[0]), to: matrix.lowerBound(placed, this.features[1]) })),
    );
  }

  /** Losses, residuals and curvatures of the rows at weights `w`, then (out 0: not) their gradient: out = X^T residuals (intercepts are not written). */
  evaluate(w: number, out: number): void {
    this.#terms(w, 0, this.#matrix.shape.rows);
    if (out === 0) return;
    this.#team.barrier(ExactStage.ROWS);
    this.#gather(out, this.#rows.residual, false);
  }

  /** out = X^T residuals of the last evaluation, which may have been one of a restricted matrix. */
  gradient(out: number): void {
    this.#gather(out, this.#rows.residual, false);
  }

  /** out = the sum over rows of weight |value|. */
  mass(out: number): void {
    const [from, to] = this.features;
    const sums = this.#arena.f64(out, this.#matrix.shape.features);
    sums.fill(0, from, to);
    const at = this.#rows.weights;
    for (let b = 0; b < this.#matrix.blocks; b++) {
      const [ones, valued] = this.#matrix.block(b);
      const [first, last] = this.#columns[b]!;
      this.#kernels.columns_add_f64(out, first!.from, first!.to, ones.features, ones.offsets, ones.ids, 0, false, at + 8 * b * BLOCK_ROWS);
      const weights = this.#arena.f64(at, this.#rows.stride).subarray(b * BLOCK_ROWS);
      const [ids, offsets] = [this.#arena.u32(valued.features, valued.uniq), this.#arena.u32(valued.offsets, valued.uniq + 1)];
      const [rows, values] = [this.#arena.u16(valued.ids, valued.entries), this.#arena.f64(valued.values, valued.entries)];
      for (let u = last!.from; u < last!.to; u++) {
        let sum = 0;
        for (let i = offsets[u]!; i < offsets[u + 1]!; i++) sum += weights[rows[i]!]! * Math.abs(values[i]!);
        sums[ids[u]!] = sums[ids[u]!]! + sum;
      }
    }
  }

  /** Losses of the validation rows; residuals and curvatures of the training rows stay. */
  validate(w: number): void {
    const { firstValidation, validationRows } = this.#matrix.shape;
    this.#terms(w, firstValidation, firstValidation + validationRows);
  }

  /** out = X^T D X v, D the curvature of the last evaluation; the residuals are overwritten. */
  product(v: number, out: number): void {
    const { residual, curvature, productSums, chunks, stride, weights, z } = this.#rows;
    this.#pieces(0, this.#matrix.shape.rows, (from, to) => {
      this.#dot(v, residual, from, to);
      if (this.#head === "softmax") this.#kernels.softmax_scale_f64(residual, z, this.#classes, stride, productSums, chunks, weights, from, to);
      else this.#kernels.scale_rows_f64(residual, curvature, productSums, from, to);
    });
    this.#team.barrier(ExactStage.ROWS);
    this.#gather(out, residual, false);
  }

  /** out = the diagonal of X^T D X. */
  diagonal(out: number): void {
    this.#gather(out, this.#rows.curvature, true);
  }

  /** out = X^T D X / weight (one f64) of one class, f64[F + 1][F + 1]; its diagonal lacks what {@link diagonal} says, and of the column of ones there is a last row alone, undivided. */
  hessian(out: number, weight: number): void {
    const { features } = this.#matrix.shape;
    this.#pairFeatures ??= pairCuts(this.#parts);
    const { index } = this.#team;
    addPairs(this.#parts, out, [this.#pairFeatures[index]!, this.#pairFeatures[index + 1]!]);
    this.#gather(out + 8 * features * (features + 1), this.#rows.curvature, false);
    this.#team.barrier(ExactStage.ROWS);
    foldPairs(this.#parts, out, this.#arena.f64(weight, 1)[0]!);
  }

  /** null: H is not to be formed; else what that costs, in evaluations. */
  formingCost(use: HessianUse): number | null {
    return formingCost(this.#matrix, this.#arena, use);
  }

  /** Sums by chunk, into productSums, of the rows' conjugate losses at `scale` (one f64) times the residuals of the last evaluation. */
  conjugate(scale: number): void {
    const { residual, productSums, labels, vectors, weights, stride } = this.#rows;
    const s = this.#arena.f64(scale, 1)[0]!;
    this.#pieces(0, this.#matrix.shape.rows, (from, to) => {
      if (this.#soft) this.#kernels.soft_softmax_conjugate_f64(residual, this.#classes, stride, productSums, vectors, weights, s, from, to);
      else if (this.#head === "softmax") this.#kernels.softmax_conjugate_f64(residual, this.#classes, stride, productSums, labels, weights, s, from, to);
      else this.#kernels[`${this.#head}_conjugate_f64`](residual, productSums, labels, weights, s, from, to);
    });
  }

  /** Softmax over label vectors. */
  get #soft(): boolean {
    return this.#head === "softmax" && this.#rows.vectors !== 0;
  }

  #terms(w: number, from: number, to: number): void {
    const { z, residual, curvature, sums, chunks, labels, vectors, weights, stride } = this.#rows;
    const kernels = this.#kernels;
    this.#pieces(from, to, (low, high) => {
      this.#dot(w, z, low, high);
      if (this.#soft) kernels.soft_softmax_terms_f64(z, residual, curvature, this.#classes, stride, sums, chunks, vectors, weights, low, high);
      else if (this.#head === "softmax") kernels.softmax_terms_f64(z, residual, curvature, this.#classes, stride, sums, chunks, labels, weights, low, high);
      else kernels[`${this.#head}_terms_f64`](z, curvature, sums, chunks, labels, weights, low, high);
    });
  }

  /** The member's share of rows [from, to), `from` a multiple of 64, in pieces. */
  #pieces(from: number, to: number, work: (from: number, to: number) => void): void {
    const chunks = Math.ceil((to - from) / LOSS_CHUNK_ROWS);
    const first = from + LOSS_CHUNK_ROWS * share(chunks, this.#team.index, this.#team.size);
    const last = Math.min(to, from + LOSS_CHUNK_ROWS * share(chunks, this.#team.index + 1, this.#team.size));
    for (let at = first; at < last; at += PIECE) work(at, Math.min(last, at + PIECE));
  }

  /** Rows [from, to) of X w for every class, into out[k * stride + row]. */
  #dot(w: number, out: number, from: number, to: number): void {
    const { features, segments } = this.#matrix.shape;
    const { stride } = this.#rows;
    for (const [s, { start, rows }] of segments.entries()) {
      const [low, high] = [Math.max(from, start), Math.min(to, start + rows)];
      if (low >= high) continue;
      const [ones, valued] = this.#matrix.segment(s);
      for (let k = 0; k < this.#classes; k++) {
        const wk = w + 8 * k * (features + 1);
        const intercept = this.#arena.f64(wk + 8 * features, 1)[0]!;
        const zk = out + 8 * k * stride;
        this.#kernels.rows_dot_f64(zk, low, high, start, ones.offsets, ones.ids, 0, wk, intercept, false);
        if (valued.entries > 0) this.#kernels.rows_dot_f64(zk, low, high, start, valued.offsets, valued.ids, valued.values, wk, 0, true);
      }
    }
  }

  /** out = X^T x for the member's features, blocks in their order; `square`: of the squared values. */
  #gather(out: number, x: number, square: boolean): void {
    const { features } = this.#matrix.shape;
    const [from, to] = this.features;
    for (let k = 0; k < this.#classes; k++) {
      const outK = out + 8 * k * (features + 1);
      this.#arena.f64(outK + 8 * from, to - from).fill(0);
      for (let b = 0; b < this.#matrix.blocks; b++) {
        const at = x + 8 * (k * this.#rows.stride + b * BLOCK_ROWS);
        for (const [which, placed] of this.#matrix.block(b).entries()) {
          const mine = this.#columns[b]![which]!;
          if (mine.from < mine.to)
            this.#kernels.columns_add_f64(outK, mine.from, mine.to, placed.features, placed.offsets, placed.ids, placed.values, square, at);
        }
      }
    }
  }
}
