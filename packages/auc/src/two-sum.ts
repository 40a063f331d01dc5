/**
 * A running sum with its rounding error beside it (Neumaier 1974): the value is the sum in about twice the precision, rounded once.
 * Integers below 2^53 and halves below 2^52 stay exact. For sums whose order is fixed; where the order may vary, ExactSum is used.
 */
export class TwoSum {
  private high = 0;
  private low = 0;

  add(x: number): void {
    const sum = this.high + x;
    this.low += Math.abs(this.high) >= Math.abs(x) ? this.high - sum + x : x - sum + this.high;
    this.high = sum;
  }

  value(): number {
    return this.high + this.low;
  }
}
