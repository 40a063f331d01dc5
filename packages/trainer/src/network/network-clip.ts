import type { NetworkPlan } from "@crossbill/models";
import type { Block } from "../blocks/block.js";
import type { Heap } from "../blocks/heap.js";
import { type ClipOptions, type ClippedBeside, clipFactor } from "../optimizers/clip.js";
import type { DenseParameters } from "./dense-parameters.js";
import { type DenseChunk, denseChunks, denseGroups } from "./gradient-groups.js";
import type { NetworkLayout } from "./network-layout.js";
import type { Tables } from "./tables.js";

/** What gradients are multiplied by: of each group of dense parameters, of each table. */
export interface ClipFactors {
  readonly dense: readonly number[];
  readonly tables: readonly number[];
}

export interface NetworkClipParts {
  readonly heap: Heap;
  readonly plan: NetworkPlan;
  readonly layout: NetworkLayout;
  readonly clip: ClipOptions;
  readonly dense: DenseParameters;
  readonly tables: Tables;
}

/** The same limits as of a linear function (see clip.ts), whose groups here are layers, vectors of a numeric column, and tables. Squares are summed by chunk of dense parameters and by vector, so that members do not matter. */
export class NetworkClip {
  readonly #parts: NetworkClipParts;
  readonly #chunks: readonly DenseChunk[];
  readonly #groups: number;
  /** null: nothing is scaled. */
  factors: ClipFactors | null = null;

  constructor(parts: NetworkClipParts) {
    this.#parts = parts;
    this.#chunks = denseChunks(parts.plan);
    this.#groups = denseGroups(parts.plan).length;
  }

  /** Each number of the member's share of gradients into the limit, where values are clipped. @param weight of the block */
  clampValues(block: Block, weight: number): void {
    const { heap, clip, dense, tables, layout } = this.#parts;
    if (clip.kind !== "value") return;
    const limit = clip.limit * weight;
    clamp(heap.f32, layout.gradient / 4 + dense.from, layout.gradient / 4 + dense.to, limit);
    for (const { from, to, stride, gradients } of tables.shares(block)) clamp(heap.f32, gradients / 4 + stride * from, gradients / 4 + stride * to, limit);
  }

  /** null: no norms are clipped. */
  beside(block: Block, weight: number): ClippedBeside | null {
    const { clip } = this.#parts;
    if (clip.kind === "value") return null;
    let groups: { readonly dense: readonly number[]; readonly tables: readonly number[] } = { dense: [], tables: [] };
    const limit = clip.limit * weight;
    this.factors = null;
    return {
      measure: () => this.#measure(block),
      met: () => {
        groups = this.#squares(block);
        if (clip.kind === "norm")
          this.factors = { dense: groups.dense.map((sum) => clipFactor(sum, limit)), tables: groups.tables.map((sum) => clipFactor(sum, limit)) };
        return [...groups.dense, ...groups.tables].reduce((sum, own) => sum + own, 0);
      },
      scale: (factor) => {
        this.factors = { dense: groups.dense.map(() => factor), tables: groups.tables.map(() => factor) };
      },
    };
  }

  /** Squares of the member's share of gradients. */
  #measure(block: Block): void {
    const { heap, layout, dense, tables } = this.#parts;
    const { f32, f64 } = heap;
    for (const [c, { from, to }] of this.#chunks.entries()) {
      if (from < dense.from || to > dense.to) continue;
      f64[layout.squares / 8 + c] = squaresOf(f32, layout.gradient / 4 + from, layout.gradient / 4 + to);
    }
    for (const { from, to, stride, gradients, squares } of tables.shares(block))
      for (let i = from; i < to; i++) f64[squares / 8 + i] = squaresOf(f32, gradients / 4 + stride * i, gradients / 4 + stride * (i + 1));
  }

  /** Sums of squares of all groups, the same for every member. */
  #squares(block: Block): ClipFactors {
    const { heap, layout, plan, tables } = this.#parts;
    const dense = new Array<number>(this.#groups).fill(0);
    for (const [c, { group }] of this.#chunks.entries()) dense[group] = dense[group]! + heap.f64[layout.squares / 8 + c]!;
    const own = new Array<number>(plan.tables.length).fill(0);
    for (const { n, table, squares } of tables.shares(block)) for (let i = 0; i < n; i++) own[table] = own[table]! + heap.f64[squares / 8 + i]!;
    return { dense, tables: own };
  }
}

function clamp(f32: Float32Array, from: number, to: number, limit: number): void {
  for (let i = from; i < to; i++) {
    const g = f32[i]!;
    if (g > limit) f32[i] = limit;
    else if (g < -limit) f32[i] = -limit;
  }
}

function squaresOf(f32: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += f32[i]! * f32[i]!;
  return sum;
}
