import { exp, RandomStream, sigmoid } from "@crossbill/numerics";
import { csvChunks } from "./csv-chunks.js";
import { normalEffects } from "./effects.js";
import { Zipf } from "./zipf.js";

export interface BenchOptions {
  /** Default 1,000,000. */
  readonly rows?: number;
  /** Integer in [0, 2^53); default 1. */
  readonly seed?: number;
}

/** Log-normal whole numbers: mu, sigma, share missing, effect on the log-odds of the standardized logarithm. */
const NUMERIC: readonly (readonly [number, number, number, number])[] = [
  [1, 1.3, 0.2, 0.28],
  [2.2, 2, 0, 0],
  [2, 1.4, 0.1, -0.18],
  [1.6, 1.1, 0.1, 0],
  [7.5, 2, 0.03, -0.22],
  [3.5, 1.6, 0.1, 0],
  [1.6, 1.3, 0.04, 0.2],
  [2.1, 1.2, 0, 0],
  [3.9, 1.5, 0.04, 0],
  [0.2, 0.6, 0.2, 0],
  [0.9, 1, 0.04, 0],
  [0.1, 0.8, 0.4, 0],
  [1.7, 1.2, 0.1, 0],
];

/** Number of values, Zipf exponent, share missing, standard deviation of the effects. */
const CATEGORICAL: readonly (readonly [number, number, number, number])[] = [
  [1400, 1.05, 0, 0.3],
  [550, 1, 0, 0.25],
  [800000, 0.7, 0.03, 0.35],
  [120000, 0.85, 0.03, 0],
  [300, 1.2, 0, 0],
  [20, 1, 0.08, 0.25],
  [12000, 0.95, 0, 0.35],
  [600, 1, 0, 0],
  [3, 1, 0, 0.2],
  [80000, 0.85, 0, 0.45],
  [5000, 1, 0, 0],
  [180000, 0.75, 0.03, 0],
  [3100, 1, 0, 0.3],
  [26, 1.1, 0, 0.25],
  [11000, 1, 0, 0],
  [120000, 0.8, 0.03, 0],
  [10, 0.9, 0, 0.3],
  [4500, 1, 0, 0],
  [2000, 1.1, 0.25, 0],
  [4, 1, 0.25, 0.2],
  [60000, 0.8, 0.03, 0],
  [17, 1.1, 0.4, 0],
  [15, 1, 0, 0.15],
  [60000, 0.85, 0.03, 0],
  [85, 1.1, 0.25, 0],
  [40000, 0.95, 0.25, 0],
];

const INTERCEPT = -3.17;
const LARGEST = 2e9;

/**
 * The log for benches, as CSV chunks: label, i1..i13, c1..c26, where c are 8 hexadecimal digits; about 4% positives, 36 fields a row that are not empty,
 * 250 bytes a row, and in a million rows about a million distinct values. Row r depends on (seed, r) alone. @throws RangeError for impossible options
 */
export function benchLog(options: BenchOptions = {}): Iterable<Uint8Array> {
  const { rows = 1_000_000, seed = 1 } = options;
  if (!Number.isSafeInteger(rows) || rows < 0) throw new RangeError(`rows ${rows}: an integer from 0 up is needed`);
  return csvChunks(lines(rows, seed));
}

function* lines(rows: number, seed: number): Generator<string> {
  const random = new RandomStream(seed);
  const zipf = CATEGORICAL.map(([size, exponent]) => new Zipf(size, exponent));
  const effects = CATEGORICAL.map(([size, , , deviation], i) => normalEffects(1000 + i, deviation === 0 ? 0 : size, deviation));
  yield ["label", ...NUMERIC.map((_, i) => `i${i + 1}`), ...CATEGORICAL.map((_, i) => `c${i + 1}`)].join(",");
  for (let row = 0; row < rows; row++) {
    random.restart(row);
    let logOdds = INTERCEPT;
    let text = "";
    for (let i = 0; i < NUMERIC.length; i++) {
      const [mu, sigma, missing, slope] = NUMERIC[i]!;
      const isMissing = random.uint32() < missing * 2 ** 32;
      const z = random.normal();
      text += isMissing ? "," : `,${Math.floor(Math.min(LARGEST, exp(mu + sigma * z)))}`;
      if (!isMissing) logOdds += slope * z;
    }
    for (let i = 0; i < CATEGORICAL.length; i++) {
      const isMissing = random.uint32() < CATEGORICAL[i]![2] * 2 ** 32;
      const rank = zipf[i]!.draw(random.uniform());
      text += isMissing ? "," : `,${hexOf(i, rank)}`;
      if (!isMissing && effects[i]!.length > 0) logOdds += effects[i]![rank]!;
    }
    yield (random.bernoulli(sigmoid(logOdds)) ? "1" : "0") + text;
  }
}

/** Eight hexadecimal digits for a value: a bijection of 32 bits (murmur3's finaliser), so distinct ranks of a column stay distinct. */
function hexOf(column: number, rank: number): string {
  let h = Math.imul(column + 1, 0x9e3779b1) ^ rank;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h = (h ^ (h >>> 16)) >>> 0;
  return HEX[h >>> 16]! + HEX[h & 0xffff]!;
}
const HEX = Array.from({ length: 65536 }, (_, i) => i.toString(16).padStart(4, "0"));
