import { ExactSum } from "@crossbill/numerics";

/** Exact sums over rows, each row with a factor f. */
export class FactorSums {
  readonly factors = new ExactSum();
  readonly labels = new ExactSum();
  readonly predictions = new ExactSum();
  /** f p - f y */
  readonly residuals = new ExactSum();
  /** f (p - y)^2 */
  readonly squares = new ExactSum();
  /** f p (1 - p) */
  readonly variances = new ExactSum();
  /** f p (1 - p)^2: what label 1 adds to the variance */
  readonly positiveVariances = new ExactSum();
  readonly losses = new ExactSum();
  readonly squaredLosses = new ExactSum();

  add(f: number, y: number, p: number, loss: number): void {
    this.factors.add(f);
    this.predictions.addProduct(f, p);
    this.residuals.addProduct(f, p);
    this.squares.addProduct(f, (p - y) * (p - y));
    this.variances.addProduct(f, p * (1 - p));
    this.positiveVariances.addProduct(f, p * (1 - p) * (1 - p));
    this.losses.addProduct(f, loss);
    this.squaredLosses.addProduct(f, loss * loss);
    if (y === 0) return;
    this.labels.add(f);
    this.residuals.add(-f);
  }

  /** In the order of the message. */
  all(): ExactSum[] {
    return [this.factors, this.labels, this.predictions, this.residuals, this.squares, this.variances, this.losses, this.squaredLosses, this.positiveVariances];
  }

  merge(other: FactorSums): this {
    const theirs = other.all();
    for (const [k, sum] of this.all().entries()) sum.merge(theirs[k]!);
    return this;
  }
}
