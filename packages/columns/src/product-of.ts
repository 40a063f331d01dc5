/**
 * x_1 x_2 ... of a row, multiplied from left to right; NaN where a factor is missing (NaN).
 * @returns Infinity where the product of finite factors is not finite at any step, even if a later factor is 0
 */
export function productOf(factors: ArrayLike<number>): number {
  let product = 1;
  let finite = true;
  for (let i = 0; i < factors.length; i++) {
    const x = factors[i]!;
    if (Number.isNaN(x)) return Number.NaN;
    product = i === 0 ? x : product * x;
    finite &&= Number.isFinite(product);
  }
  return finite ? product : Number.POSITIVE_INFINITY;
}

/** Why such a row is rejected. */
export function overflow(factors: readonly string[], text: (field: string) => string | null): string {
  return `the product ${factors.join(" x ")} is not finite: ${factors.map((field) => text(field)?.slice(0, 40)).join(" x ")}`;
}
