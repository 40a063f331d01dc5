import { CrossbillError } from "@crossbill/messages";

export interface SliceOptions {
  /** "importance" (default): a row is one draw whatever its weight, so intervals use squared weights; "frequency": a row of weight k is k rows. */
  readonly weightKind?: "importance" | "frequency";
  /** Coverage of the intervals, in (0, 1); default 0.95. */
  readonly level?: number;
}

/**
 * Refuses rows that no slice metric is defined on.
 * @param labels 0 or 1, length N
 * @param probabilities of label 1, in [0, 1], length N
 * @param weights finite, >= 0, length N; default all 1
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE
 */
export function checkRows(labels: ArrayLike<number>, probabilities: ArrayLike<number>, weights?: ArrayLike<number>): void {
  const n = labels.length;
  checkLength("probabilities", probabilities.length, n);
  if (weights !== undefined) checkLength("weights", weights.length, n);
  for (let i = 0; i < n; i++) {
    const y = labels[i];
    if (y !== 0 && y !== 1) throw bad("E_LABEL_RANGE", "labels", i, y, "0 or 1");
    const p = probabilities[i];
    if (typeof p !== "number" || !(p >= 0 && p <= 1)) throw bad("E_PROBABILITY_RANGE", "probabilities", i, p, "a number in [0, 1]");
    const w = weights === undefined ? 1 : weights[i];
    if (typeof w !== "number" || !(w >= 0 && w < Infinity)) throw bad("E_WEIGHT_RANGE", "weights", i, w, "a finite number >= 0");
  }
}

export function checkLength(name: string, got: number, want: number): void {
  if (got === want) return;
  throw new CrossbillError("E_LENGTH_MISMATCH", `${name} has ${got} entries and labels has ${want}; give one entry a row`, {
    exitCode: 2,
    details: { got, want },
  });
}

/** The options with their defaults. @throws E_LEVEL_RANGE, E_WEIGHT_KIND */
export function sliceOptions(options: SliceOptions): Required<SliceOptions> {
  const { weightKind = "importance", level = 0.95 } = options;
  if (!(level > 0 && level < 1))
    throw new CrossbillError("E_LEVEL_RANGE", `level is ${String(level)}, allowed is a number between 0 and 1, such as 0.95`, { exitCode: 2 });
  if (weightKind !== "importance" && weightKind !== "frequency")
    throw new CrossbillError("E_WEIGHT_KIND", `weightKind is ${String(weightKind)}, allowed are importance and frequency`, { exitCode: 2 });
  return { weightKind, level };
}

export function bad(code: `E_${string}`, what: string, row: number, got: unknown, allowed: string): CrossbillError {
  return new CrossbillError(code, `${what}[${row}] is ${String(got)}, allowed is ${allowed}; correct or drop that row`, { details: { row, got: String(got) } });
}
