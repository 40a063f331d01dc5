import { philox, RandomStream, sigmoid } from "@crossbill/numerics";
import type { SliceValue } from "@crossbill/slicing";

export interface Table {
  labels: number[];
  probabilities: number[];
  slices: Record<string, SliceValue[]>;
}

/** Rows of four columns that go with each other; predictions are true but where a = 1 and b = 0: there the log-odds are `shift` higher. */
export function makeTable(rows: number, seed: number, shift: number, base = -2): Table {
  const random = new RandomStream(seed, 3);
  const table: Table = { labels: [], probabilities: [], slices: { a: [], b: [], c: [], d: [] } };
  for (let row = 0; row < rows; row++) {
    const a = random.below(5);
    const b = random.below(3);
    const c = random.uniform() < 0.8 ? `c${b}` : `c${random.below(6)}`;
    const d = random.below(30);
    const z = base + 2 * (random.uniform() - 0.5);
    table.slices.a!.push(a);
    table.slices.b!.push(b === 0 ? null : `b${b}`);
    table.slices.c!.push(c);
    table.slices.d!.push(d);
    table.probabilities.push(sigmoid(z));
    table.labels.push(random.bernoulli(sigmoid(z + (a === 1 && b === 0 ? shift : 0))) ? 1 : 0);
  }
  return table;
}

/** Half of each row, by its place. */
export function halfOf(row: number, seed: number): number {
  return (philox([Math.floor(row / 128), 0, 0, 0], [seed, 0])[Math.floor(row / 32) % 4]! >>> (row % 32)) & 1;
}

/** Exact two-sided p value of a sum of independent labels with whole weights: twice the smaller tail, by convolution. */
export function exactPValue(probabilities: readonly number[], sum: number, weights: readonly number[] = probabilities.map(() => 1)): number {
  const most = weights.reduce((a, b) => a + b, 0);
  let chances = new Float64Array(most + 1);
  chances[0] = 1;
  for (const [i, p] of probabilities.entries()) {
    const next = new Float64Array(most + 1);
    for (let k = 0; k <= most; k++) {
      if (chances[k] === 0) continue;
      next[k]! += chances[k]! * (1 - p);
      next[k + weights[i]!]! += chances[k]! * p;
    }
    chances = next;
  }
  const [low, high] = [chances.slice(0, sum + 1), chances.slice(sum)].map((part) => part.sort().reduce((a, b) => a + b, 0));
  return Math.min(1, 2 * Math.min(low!, high!));
}
