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

  /**
   * Share r of the weight W of the cells `of` that the cells `part` have. Its draws are W (frequency), or what rows of weight 1 would tell r as well (importance):
   * r (1 - r) / var(r), var(r) = sum w^2 (x - r)^2 / W^2, x = 1 in `part`, else 0 (Korn and Graubard 1998). Weights that go with the label, as those of down-sampled
   * negatives do, count for what they are worth. A share of 0 or 1 has no such variance; its draws are Kish's W^2 / sum w^2.
   */
  share(part: readonly number[], of: readonly number[], importance: boolean): Share {
    const rest = of.filter((cell) => !part.includes(cell));
    const [weight, inside, outside] = [of, part, rest].map((cells) => sumOf(this.weights, cells)) as [number, number, number];
    const value = inside / weight;
    if (!importance) return { value, draws: weight };
    if (inside === 0 || outside === 0) return { value, draws: (weight / sumOf(this.squares, of)) * weight };
    const [r, s] = [value, outside / weight];
    return { value, draws: (inside * outside) / (sumOf(this.squares, part) * s * s + sumOf(this.squares, rest) * r * r) };
  }
}

function sumOf(sums: readonly ExactSum[], cells: readonly number[]): number {
  return cells.reduce((all, cell) => all.merge(sums[cell]!), new ExactSum()).value();
}
