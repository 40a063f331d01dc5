import { parseDecimal } from "@crossbill/kernels";
import type { v1 } from "@crossbill/messages";
import { textsOf } from "./distribution.js";

export type FieldType = "empty" | "integer" | "number" | "text" | "list";

/** Share of the rows that a type must hold for. */
const MOST = 0.99;

/** Rows by what their values are; of a field with more than 1024 distinct texts those of the sample. */
export interface TypeCounts {
  readonly integers: number;
  readonly numbers: number;
  readonly lists: number;
  readonly texts: number;
}

export function typeCounts({ numbers, texts }: v1.FieldProfile): TypeCounts {
  if (numbers != null) {
    const all = numbers.counts.reduce((sum, count) => sum + count, 0);
    return { integers: numbers.integers, numbers: all - numbers.integers, lists: 0, texts: 0 };
  }
  const counts = { integers: 0, numbers: 0, lists: 0, texts: 0 };
  for (const { text, count } of texts == null ? [] : textsOf(texts)) counts[kindOf(text)] += count;
  return counts;
}

/** The narrowest type that 99% of the values have: integer, then number, list, text. A field that is read as items is a list. */
export function typeOf(profile: v1.FieldProfile): FieldType {
  if (profile.items) return profile.texts == null || profile.texts.counts.length === 0 ? "empty" : "list";
  const { integers, numbers, lists, texts } = typeCounts(profile);
  const all = integers + numbers + lists + texts;
  if (all === 0) return "empty";
  if (integers >= MOST * all) return "integer";
  if (integers + numbers >= MOST * all) return "number";
  return lists >= MOST * all ? "list" : "text";
}

function kindOf(text: string): keyof TypeCounts {
  if (/^\s*(\[.*\]|\[.*\u2026)\s*$/s.test(text)) return "lists";
  const x = parseDecimal(text);
  return Number.isNaN(x) ? "texts" : Number.isInteger(x) ? "integers" : "numbers";
}
