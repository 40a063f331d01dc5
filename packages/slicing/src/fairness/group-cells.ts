import { ExactSum } from "@crossbill/numerics";
import type { Share } from "./rate.js";

/** Rows of one group by label and prediction: cell 2 y + (predicted positive). */
export class GroupCells {
  readonly rows = [0, 0, 0, 0];
  readonly weights = [0, 0, 0, 0].map(() => new ExactSum());
  readonly squares = [0, 0, 0, 0].map(() => new ExactSum());

  add(y: number, isPositive: boolean, w: number): void {
    const cell = 2 * y + (isPositive ? 1 : 0);
    this.rows[cell]!++;
    this.weights[cell]!.add(w);
    this.squares[cell]!.addProduct(w, w);
  }

  merge(other: GroupCells): this {
    for (let cell = 0; cell < 4; cell++) {
      this.rows[cell]! += other.rows[cell]!;
      this.weights[cell]!.merge(other.weights[cell]!);
      this.squares[cell]!.merge(other.squares[cell]!);
    }
    return this;
  }

  get allRows(): number {
    return this.rows.reduce((a, b) => a + b, 0);
  }

  weightOf(cells: readonly number[]): number {
    return sumOf(this.weights, cells);
  }

  /** Share of the weight of the cells `of` that the cells `part` have. */
  share(part: readonly number[], of: readonly number[], importance: boolean): Share {
    const weight = sumOf(this.weights, of);
    return { value: sumOf(this.weights, part) / weight, draws: importance ? (weight * weight) / sumOf(this.squares, of) : weight };
  }
}

function sumOf(sums: readonly ExactSum[], cells: readonly number[]): number {
  return cells.reduce((all, cell) => all.merge(sums[cell]!), new ExactSum()).value();
}
