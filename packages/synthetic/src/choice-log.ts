import { log, RandomStream } from "@crossbill/numerics";
import { csvChunks } from "./csv-chunks.js";
import { Zipf } from "./zipf.js";

export interface ChoiceOptions {
  /** Default 60,000. */
  readonly rows?: number;
  /** K, the items to choose from; a multiple of 40; default 1,000. */
  readonly items?: number;
  /** Integer in [0, 2^53); default 1. */
  readonly seed?: number;
}

export interface ChoiceRow {
  /** taste, hour, previous, item. */
  readonly fields: readonly string[];
  /** True probability of the item that was chosen, given the other fields. */
  readonly probability: number;
}

export const CHOICE_HEADER: readonly string[] = ["taste", "hour", "previous", "item"];
const TASTES = 8;
/** Items of one series follow one another. */
const SERIES = 5;
/** How often the next of the series is chosen, one of the taste, any item. */
const SHARES = { next: 0.35, taste: 0.4, any: 0.25 };

/**
 * Who has chosen `previous` and has one of 8 tastes chooses one of K items: with 0.35 the next of its series of 5, with 0.4 one of the K / 8 items of the taste, with 0.25 any; both by
 * Zipf ranks of exponent 1. The hour says nothing. Row r depends on (seed, r) alone. @throws RangeError for impossible options
 */
export function* choiceRows({ rows = 60_000, items = 1000, seed = 1 }: ChoiceOptions = {}): Generator<ChoiceRow> {
  if (!Number.isSafeInteger(rows) || rows < 0) throw new RangeError(`rows ${rows}: an integer from 0 up is needed`);
  if (!Number.isSafeInteger(items) || items < 1 || items % (TASTES * SERIES) !== 0)
    throw new RangeError(`items ${items}: a multiple of ${TASTES * SERIES} is needed`);
  const random = new RandomStream(seed);
  const [all, ofTaste] = [new Zipf(items, 1), new Zipf(items / TASTES, 1)];
  for (let row = 0; row < rows; row++) {
    random.restart(row);
    const taste = Math.floor(TASTES * random.uniform());
    const hour = Math.floor(24 * random.uniform());
    const previous = all.draw(random.uniform());
    const next = previous - (previous % SERIES) + ((previous + 1) % SERIES);
    const which = random.uniform();
    const u = random.uniform();
    const item = which < SHARES.next ? next : which < SHARES.next + SHARES.taste ? taste + TASTES * ofTaste.draw(u) : all.draw(u);
    const inTaste = item % TASTES === taste ? ofTaste.probability(Math.floor(item / TASTES)) : 0;
    const probability = (item === next ? SHARES.next : 0) + SHARES.taste * inTaste + SHARES.any * all.probability(item);
    yield { fields: [`t${taste}`, `${hour}`, `m${previous}`, `m${item}`], probability };
  }
}

/** The log as CSV chunks, with a header. @throws RangeError for impossible options */
export function choiceLog(options: ChoiceOptions = {}): Iterable<Uint8Array> {
  return csvChunks(lines(options));
}

function* lines(options: ChoiceOptions): Generator<string> {
  yield CHOICE_HEADER.join(",");
  for (const { fields } of choiceRows(options)) yield fields.join(",");
}

/** Mean of -log of the true probabilities of the rows that `take` accepts: no model has a smaller expected log-loss. */
export function choiceFloor(options: ChoiceOptions = {}, take: (row: number) => boolean = () => true): number {
  let sum = 0;
  let n = 0;
  let row = 0;
  for (const { probability } of choiceRows(options)) {
    if (!take(row++)) continue;
    sum -= log(probability);
    n++;
  }
  return sum / n;
}
