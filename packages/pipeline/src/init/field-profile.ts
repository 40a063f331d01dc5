import { isList } from "../config/is-list.js";
import { isCode, isNumber } from "./numbers.js";
import { type TimeUnit, timeUnit } from "./time-unit.js";

/** What the sampled texts of one field are. */
export interface FieldProfile {
  readonly name: string;
  /** Sampled rows with a value, and without. */
  readonly values: number;
  readonly missing: number;
  readonly distinct: number;
  /** The values, if there are at most 50, with their counts; the most common first. */
  readonly counts: readonly (readonly [text: string, count: number])[];
  /** Values seen once, and twice. */
  readonly once: number;
  readonly twice: number;
  /** Every value is a number that is no code (with leading zeros or too long). */
  readonly numbers: NumberProfile | null;
  /** Every value is a list: a JSON array of items, or an object of items with their weights. */
  readonly lists: boolean;
  /** What stands between several items of one text, or null. */
  readonly separator: string | null;
  /** Mean number of words of a value. */
  readonly words: number;
  readonly time: TimeUnit | null;
}

export interface NumberProfile {
  readonly whole: boolean;
  /** The first values rise by 1, the others rise. */
  readonly sequence: boolean;
  readonly min: number;
  readonly q05: number;
  readonly median: number;
  readonly q95: number;
  readonly max: number;
  /** Share of zeros, in [0, 1]. */
  readonly zeros: number;
}

const MOST_COUNTS = 50;
/** Characters of an item of a separated text. */
const MOST_ITEM = 40;
const SEQUENCE_ROWS = 100;

export function profileField(name: string, texts: readonly (string | null)[], missing: ReadonlySet<string>): FieldProfile {
  const values = texts.filter((text): text is string => text !== null && !missing.has(text));
  const counts = new Map<string, number>();
  for (const text of values) counts.set(text, (counts.get(text) ?? 0) + 1);
  const seen = (n: number): number => [...counts.values()].filter((count) => count === n).length;
  const words = values.reduce((sum, text) => sum + text.split(/\s+/).filter((word) => word !== "").length, 0);
  return {
    name,
    values: values.length,
    missing: texts.length - values.length,
    distinct: counts.size,
    counts: counts.size > MOST_COUNTS ? [] : [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)),
    once: seen(1),
    twice: seen(2),
    numbers: values.length > 0 && values.every((text) => isNumber(text) && !isCode(text)) ? profileNumbers(values.map(Number)) : null,
    lists: values.length > 0 && values.every(isList),
    separator: separatorOf(counts),
    words: values.length === 0 ? 0 : words / values.length,
    time: timeUnit(values),
  };
}

function profileNumbers(values: readonly number[]): NumberProfile {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  return {
    whole: values.every(Number.isInteger),
    sequence: values.length > 1 && values.every((x, i) => i === 0 || (i < SEQUENCE_ROWS ? x === values[i - 1]! + 1 : x > values[i - 1]!)),
    min: at(0),
    q05: at(0.05),
    median: at(0.5),
    q95: at(0.95),
    max: at(1),
    zeros: values.filter((x) => x === 0).length / values.length,
  };
}

const SEPARATORS = ["|", ";", ","];

/** The separator that is in many of the different texts, whose items come again: there are fewer of them than texts. */
function separatorOf(counts: ReadonlyMap<string, number>): string | null {
  const texts = [...counts.keys()];
  for (const separator of SEPARATORS) {
    const several = texts.filter((text) => text.includes(separator));
    if (several.length < 10 || several.length < 0.2 * texts.length) continue;
    const items = new Set(texts.flatMap((text) => text.split(separator)));
    if (items.size < texts.length / 2 && !items.has("") && ![...items].some((item) => item.length > MOST_ITEM || /^\s*\d+([.:]\d+)*\s*$/.test(item)))
      return separator;
  }
  return null;
}
