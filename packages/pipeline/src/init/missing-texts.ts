import { isNumber } from "./numbers.js";
import type { Sample } from "./sample.js";

/** Mean "no value" wherever they stand. */
const ALWAYS = ["?", "NULL", "null", "\\N", "N/A", "n/a", "#N/A", "<NA>"];
/** Mean it in a field of numbers; elsewhere they may be a value (Namibia, a pause). */
const AMONG_NUMBERS = ["NA", "na", "NaN", "nan", "None", "none", "-", "--", ".", "unknown", "Unknown"];

/** Texts of a sample that mean "no value", the empty one first; in a fixed order. */
export function missingTexts({ texts }: Pick<Sample, "texts">): string[] {
  const found = new Set<string>();
  for (const values of texts) {
    const odd = new Set<string>();
    let numbers = 0;
    let others = 0;
    for (const text of values) {
      if (text === null || text === "") continue;
      if (ALWAYS.includes(text)) found.add(text);
      else if (AMONG_NUMBERS.includes(text)) odd.add(text);
      else if (isNumber(text)) numbers++;
      else others++;
    }
    if (numbers > 0 && others === 0) for (const text of odd) found.add(text);
  }
  return ["", ...[...ALWAYS, ...AMONG_NUMBERS].filter((text) => found.has(text))];
}
