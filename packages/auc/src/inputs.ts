import { CrossbillError } from "@crossbill/messages";
import type { IntervalOptions } from "./delong-intervals.js";

/**
 * Refuses rows that no ranking metric is defined on.
 * @param labels 0 or 1, length N
 * @param scores any number but NaN, length N; infinities are ordered like numbers
 * @param weights finite, >= 0, length N; default all 1
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE
 */
export function checkRows(labels: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>): void {
  const n = labels.length;
  checkLength("scores", scores.length, n);
  if (weights !== undefined) checkLength("weights", weights.length, n);
  for (let i = 0; i < n; i++) {
    const y = labels[i];
    if (y !== 0 && y !== 1) throw bad("E_LABEL_RANGE", "label", i, y, "0 or 1");
    const s = scores[i];
    if (typeof s !== "number" || Number.isNaN(s)) throw bad("E_SCORE_RANGE", "score", i, s, "any number but NaN");
    if (weights === undefined) continue;
    const w = weights[i];
    if (typeof w !== "number" || !(w >= 0 && w < Infinity)) throw bad("E_WEIGHT_RANGE", "weight", i, w, "a finite number >= 0");
  }
}

/** The options with their defaults. @throws E_LEVEL_RANGE, E_WEIGHT_KIND */
export function intervalOptions(options: IntervalOptions): Required<IntervalOptions> {
  const { weightKind = "importance", level = 0.95 } = options;
  if (!(level > 0 && level < 1))
    throw new CrossbillError("E_LEVEL_RANGE", `level is ${String(level)}, allowed is a number between 0 and 1, such as 0.95`, { exitCode: 2 });
  if (weightKind !== "importance" && weightKind !== "frequency")
    throw new CrossbillError("E_WEIGHT_KIND", `weightKind is ${String(weightKind)}, allowed are importance and frequency`, { exitCode: 2 });
  return { weightKind, level };
}

function checkLength(name: string, got: number, want: number): void {
  if (got === want) return;
  throw new CrossbillError("E_LENGTH_MISMATCH", `${name} has ${got} entries and labels has ${want}; give one entry a row`, {
    exitCode: 2,
    details: { got, want },
  });
}

function bad(code: `E_${string}`, what: string, row: number, got: unknown, allowed: string): CrossbillError {
  return new CrossbillError(code, `${what} at index ${row} is ${String(got)}, allowed is ${allowed}; correct or drop that row`, {
    details: { row, got: String(got) },
  });
}
