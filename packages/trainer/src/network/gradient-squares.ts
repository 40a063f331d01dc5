import type { NetworkPlan } from "@crossbill/models";
import type { Block } from "../blocks/block.js";
import type { Heap } from "../blocks/heap.js";
import type { ClassRows } from "./class-rows.js";
import type { DenseParameters } from "./dense-parameters.js";
import { type DenseChunk, denseChunks, denseGroups } from "./gradient-groups.js";
import type { NetworkLayout } from "./network-layout.js";
import type { Tables } from "./tables.js";

/** Squares of gradients: of each group of dense parameters, of each table. */
export interface GroupSquares {
  readonly dense: readonly number[];
  readonly tables: readonly number[];
}

export interface SquaresParts {
  readonly heap: Heap;
  readonly plan: NetworkPlan;
  readonly layout: NetworkLayout;
  readonly dense: DenseParameters;
  readonly tables: Tables;
  /** null: no classes are sampled. */
  readonly classes: ClassRows | null;
}

/** Sums of squares of a block's gradients, by chunk of dense parameters and by vector, so that members do not matter. */
export class GradientSquares {
  readonly #parts: SquaresParts;
  readonly chunks: readonly DenseChunk[];
  readonly #groups: number;

  constructor(parts: SquaresParts) {
    this.#parts = parts;
    this.chunks = denseChunks(parts.plan);
    this.#groups = denseGroups(parts.plan).length;
  }

  /** Those of the member's share; before all members meet. */
  measure(block: Block): void {
    const { heap, layout, tables } = this.#parts;
    const { f32, f64 } = heap;
    this.eachOwn((c, from, to) => {
      f64[layout.squares / 8 + c] = squaresOf(f32, layout.gradient / 4 + from, layout.gradient / 4 + to);
    });
    this.#parts.classes?.measure();
    for (const { from, to, stride, gradients, squares } of tables.shares(block))
      for (let i = from; i < to; i++) f64[squares / 8 + i] = squaresOf(f32, gradients / 4 + stride * i, gradients / 4 + stride * (i + 1));
  }

  /** The member's chunks of dense parameters [from, to). */
  eachOwn(visit: (chunk: number, from: number, to: number) => void): void {
    const { dense } = this.#parts;
    for (const [c, { from, to }] of this.chunks.entries()) if (from >= dense.from && to <= dense.to) visit(c, from, to);
  }

  /** All of them, the same for every member; after it. */
  groups(block: Block): GroupSquares {
    const { heap, layout, plan, tables } = this.#parts;
    const own = new Array<number>(plan.tables.length).fill(0);
    for (const { n, table, squares } of tables.shares(block)) for (let i = 0; i < n; i++) own[table] = own[table]! + heap.f64[squares / 8 + i]!;
    return { dense: this.byGroup(layout.squares, this.#parts.classes?.squares), tables: own };
  }

  /** Sums f64[groups] of f64[chunks] at a byte offset. @param classes of the last group, where it is of sampled classes */
  byGroup(at: number, classes?: number): number[] {
    const { f64 } = this.#parts.heap;
    const sums = new Array<number>(this.#groups).fill(0);
    for (const [c, { group }] of this.chunks.entries()) sums[group] = sums[group]! + f64[at / 8 + c]!;
    if (classes !== undefined) sums[sums.length - 1] = classes;
    return sums;
  }
}

export function squaresOf(f32: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += f32[i]! * f32[i]!;
  return sum;
}
