/** So many trials are trained for so many epochs each. */
export interface Rung {
  readonly trials: number;
  readonly epochs: number;
}

/**
 * Successive halving (Jamieson and Talwalkar 2016) with eta = `factor`, R = `epochs`, n = `trials`: rung k of 0..s trains the best floor(n / eta^k) trials of the rung
 * before for floor(R / eta^(s - k)) epochs, s the largest integer with eta^s <= min(n, R). So each rung costs about the same, and the last trains for R epochs.
 * One rung alone: there is nothing to halve.
 */
export function planHalving(trials: number, epochs: number, factor: number): Rung[] {
  const powers = [1];
  while (powers.at(-1)! * factor <= Math.min(trials, epochs)) powers.push(powers.at(-1)! * factor);
  return powers.map((power, k) => ({ trials: Math.floor(trials / power), epochs: Math.floor(epochs / powers[powers.length - 1 - k]!) }));
}
