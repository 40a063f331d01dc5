import { BLOCK_ROWS } from "./matrix.js";
import type { PassesParts } from "./passes.js";

/** Sums over the columns of some features of the matrix, numbered in their order: one member's share of them. */
export class ColumnView {
  readonly #parts: PassesParts;
  readonly #features: number;
  /** Of those, [from, to) are the member's. */
  readonly #from: number;
  readonly #to: number;
  /** By block and kind of entries: where the member's columns stand in the block and among the features, u32[n] each. */
  readonly #picks: readonly (readonly { readonly n: number; readonly picks: number; readonly targets: number }[])[];

  /** @param features ascending. @param mine the member's range of all features of the matrix */
  constructor(parts: PassesParts, features: Uint32Array, mine: readonly [number, number]) {
    this.#parts = parts;
    const { arena, matrix } = parts;
    this.#features = features.length;
    this.#from = lowerBound(features, mine[0]);
    this.#to = lowerBound(features, mine[1]);
    const own = features.subarray(this.#from, this.#to);
    this.#picks = Array.from({ length: matrix.blocks }, (_, b) =>
      matrix.block(b).map((placed) => {
        const found = matrix.find(placed, own);
        const n = found.length / 2;
        const [picks, targets] = [arena.take(4 * n), arena.take(4 * n)];
        arena.u32(picks, n).set(found.filter((_, i) => i % 2 === 0));
        arena.u32(targets, n).set(found.filter((_, i) => i % 2 === 1).map((a) => a + this.#from));
        return { n, picks, targets };
      }),
    );
  }

  /** out = X^T x of the view's features (square: of the squared values), f64[K][features + 1]; intercepts are not written. */
  gather(out: number, x: number, square: boolean): void {
    const { arena, kernels, matrix, rows, classes } = this.#parts;
    for (let k = 0; k < classes; k++) {
      const outK = out + 8 * k * (this.#features + 1);
      arena.f64(outK + 8 * this.#from, this.#to - this.#from).fill(0);
      for (let b = 0; b < matrix.blocks; b++) {
        const at = x + 8 * (k * rows.stride + b * BLOCK_ROWS);
        for (const [which, { offsets, ids, values }] of matrix.block(b).entries()) {
          const { n, picks, targets } = this.#picks[b]![which]!;
          if (n > 0) kernels.columns_pick_f64(outK, 0, n, picks, targets, offsets, ids, values, square, at);
        }
      }
    }
  }
}

function lowerBound(features: Uint32Array, feature: number): number {
  let [low, high] = [0, features.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (features[middle]! < feature) low = middle + 1;
    else high = middle;
  }
  return low;
}
