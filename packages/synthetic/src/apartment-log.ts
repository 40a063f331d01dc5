import { RandomStream } from "@crossbill/numerics";
import { csvChunks } from "./csv-chunks.js";

/** What advertisements say, in several words each, and what it does to the price of a square metre. Words of one line mean the same. */
const MEANINGS: readonly { readonly words: readonly string[]; readonly effect: number }[] = [
  { words: ["bright", "sunny", "luminous", "lightfilled"], effect: 0.12 },
  { words: ["renovated", "refurbished", "modernised", "redone"], effect: 0.15 },
  { words: ["quiet", "peaceful", "calm"], effect: 0.08 },
  { words: ["balcony", "terrace", "loggia"], effect: 0.1 },
  { words: ["central", "downtown", "inner-city"], effect: 0.2 },
  { words: ["luxurious", "exclusive", "prestigious", "elegant"], effect: 0.3 },
  { words: ["noisy", "busy", "lively"], effect: -0.1 },
  { words: ["dated", "unrenovated", "original", "fixer-upper"], effect: -0.22 },
  { words: ["basement", "dark", "northfacing"], effect: -0.16 },
  { words: ["remote", "outskirts", "rural"], effect: -0.18 },
];
const FILLERS = ["apartment", "flat", "home", "for", "sale", "now", "available", "with", "and", "in", "a", "near", "park", "school", "station", "call"];
const SAID = 3;
const FILLED = 5;

export const APARTMENT_HEADER: readonly string[] = ["text", "rooms", "area", "price"];

export interface ApartmentOptions {
  /** Default 5,000. */
  readonly rows?: number;
  /** Integer in [0, 2^53); default 1. */
  readonly seed?: number;
}

export interface ApartmentRow {
  /** As APARTMENT_HEADER has them: words, a count, square metres, 100,000s of money. */
  readonly fields: readonly string[];
  /** Without the noise. */
  readonly expected: number;
  readonly price: number;
}

/** Standard deviation of what no field tells. */
export const APARTMENT_NOISE = 0.25;

/** By word, what it adds to 1 in the price of a square metre; 0 of words without meaning. */
export function apartmentWords(): ReadonlyMap<string, number> {
  return new Map([
    ...MEANINGS.flatMap(({ words, effect }) => words.map((word): [string, number] => [word, effect])),
    ...FILLERS.map((word): [string, number] => [word, 0]),
  ]);
}

/**
 * Advertisements: 8 words, 3 of them with a meaning (of different meanings), in any order; 1 to 6 rooms; the area. Price = 0.3 + 0.1 rooms + 0.045 area (1 + sum of the words' effects) + noise of deviation
 * {@link APARTMENT_NOISE}, in 100,000s: a word is worth more in a large apartment. Row r depends on (seed, r) alone. @throws RangeError for impossible options
 */
export function* apartmentRows({ rows = 5000, seed = 1 }: ApartmentOptions = {}): Generator<ApartmentRow> {
  if (!Number.isSafeInteger(rows) || rows < 0) throw new RangeError(`rows ${rows}: an integer from 0 up is needed`);
  const random = new RandomStream(seed);
  for (let row = 0; row < rows; row++) {
    random.restart(row);
    const rooms = 1 + random.below(6);
    const area = Math.round(12 + 20 * rooms + 12 * rooms * random.uniform());
    const said = random.permutation(MEANINGS.length).subarray(0, SAID);
    let effect = 0;
    const words: string[] = [];
    for (const i of said) {
      const meaning = MEANINGS[i]!;
      effect += meaning.effect;
      words.push(meaning.words[random.below(meaning.words.length)]!);
    }
    for (let i = 0; i < FILLED; i++) words.push(FILLERS[random.below(FILLERS.length)]!);
    const text = Array.from(random.permutation(words.length), (i) => words[i]!).join(" ");
    const expected = 0.3 + 0.1 * rooms + 0.045 * area * (1 + effect);
    const price = Math.round((expected + APARTMENT_NOISE * random.normal()) * 1000) / 1000;
    yield { fields: [text, `${rooms}`, `${area}`, `${price}`], expected, price };
  }
}

/** The advertisements as CSV chunks, with a header. @throws RangeError for impossible options */
export function apartmentLog(options: ApartmentOptions = {}): Iterable<Uint8Array> {
  return csvChunks(lines(options));
}

function* lines(options: ApartmentOptions): Generator<string> {
  yield APARTMENT_HEADER.join(",");
  for (const { fields } of apartmentRows(options)) yield fields.join(",");
}
