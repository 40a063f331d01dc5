import type { Block } from "../blocks/block.js";
import { type ClipOptions, type ClippedBeside, clipFactor } from "../optimizers/clip.js";
import type { GradientSquares, GroupSquares, SquaresParts } from "./gradient-squares.js";

/** What gradients are multiplied by: of each group of dense parameters, of each table. */
export type ClipFactors = GroupSquares;

export interface NetworkClipParts extends SquaresParts {
  readonly clip: ClipOptions;
  readonly squares: GradientSquares;
}

/** The same limits as of a linear function (see clip.ts), whose groups here are layers, vectors of a numeric column, and tables. */
export class NetworkClip {
  readonly #parts: NetworkClipParts;
  /** null: nothing is scaled. */
  factors: ClipFactors | null = null;

  constructor(parts: NetworkClipParts) {
    this.#parts = parts;
  }

  /** Each number of the member's share of gradients into the limit, where values are clipped. @param weight of the block */
  clampValues(block: Block, weight: number): void {
    const { heap, clip, dense, tables, classes, layout, plan } = this.#parts;
    if (clip.kind !== "value") return;
    const limit = clip.limit * weight;
    const own = layout.gradient / 4;
    clamp(heap.f32, own + dense.from, own + dense.to, limit);
    if (classes !== null) clamp(heap.f32, own + plan.dense + classes.share.from, own + plan.dense + classes.share.to, limit);
    for (const { from, to, stride, gradients } of tables.shares(block)) clamp(heap.f32, gradients / 4 + stride * from, gradients / 4 + stride * to, limit);
  }

  /** null: no norms are clipped. */
  beside(block: Block, weight: number): ClippedBeside | null {
    const { clip, squares } = this.#parts;
    if (clip.kind === "value") return null;
    let sums: GroupSquares = { dense: [], tables: [] };
    const limit = clip.limit * weight;
    const factors = (of: (sum: number) => number): ClipFactors => ({ dense: sums.dense.map(of), tables: sums.tables.map(of) });
    this.factors = null;
    return {
      measure: () => squares.measure(block),
      met: () => {
        sums = squares.groups(block);
        if (clip.kind === "norm") this.factors = factors((sum) => clipFactor(sum, limit));
        return [...sums.dense, ...sums.tables].reduce((sum, own) => sum + own, 0);
      },
      scale: (factor) => {
        this.factors = factors(() => factor);
      },
    };
  }
}

function clamp(f32: Float32Array, from: number, to: number, limit: number): void {
  for (let i = from; i < to; i++) {
    const g = f32[i]!;
    if (g > limit) f32[i] = limit;
    else if (g < -limit) f32[i] = -limit;
  }
}
