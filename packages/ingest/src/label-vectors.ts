import type { v1 } from "@crossbill/messages";

/** How far the sum of a label distribution may be from 1. */
export const DISTRIBUTION_SLACK = 1e-6;

/** How many numbers a row's label has in packs, a list; 0: its label is one number. K once the classes are known. */
export function labelWidth({ fields, split, classes }: v1.LabelSpec): number {
  return fields.length > 0 || split !== "" ? classes.length : 0;
}

/**
 * The names of a row's true classes: items of its text between separators, empty ones left out, or (split "list") of a JSON list of texts and numbers. No text: none.
 * null: not such a text.
 */
export function labelNames(text: string | null, split: string): string[] | null {
  if (text === null || text === "") return [];
  if (split !== "list") return text.split(split).filter((name) => name !== "");
  let items: unknown;
  try {
    items = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(items)) return null;
  const names = items.map((item: unknown) => (typeof item === "string" ? item : typeof item === "number" ? String(item) : null));
  return names.every((name) => name !== null) ? names : null;
}
