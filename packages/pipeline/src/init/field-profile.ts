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
  /** Every value is a JSON array. */
  readonly lists: boolean;
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
  readonly deviation: number;
  /** Share of zeros, in [0, 1]. */
  readonly zeros: number;
}

const MOST_COUNTS = 50;
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
    words: values.length === 0 ? 0 : words / values.length,
    time: timeUnit(values),
  };
}

function profileNumbers(values: readonly number[]): NumberProfile {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return {
    whole: values.every(Number.isInteger),
    sequence: values.length > 1 && values.every((x, i) => i === 0 || (i < SEQUENCE_ROWS ? x === values[i - 1]! + 1 : x > values[i - 1]!)),
    min: at(0),
    q05: at(0.05),
    median: at(0.5),
    q95: at(0.95),
    max: at(1),
    deviation: Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length),
    zeros: values.filter((x) => x === 0).length / values.length,
  };
}

function isList(text: string): boolean {
  if (!text.startsWith("[")) return false;
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false; // a text that only begins like one
  }
}
