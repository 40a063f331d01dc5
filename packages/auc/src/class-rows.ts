import { CrossbillError } from "@crossbill/messages";

/** Scores of K classes: [row][class] in one list of N * K, or a list of rows. */
export type ClassScores = ArrayLike<number> | readonly ArrayLike<number>[];

/** Checked rows of several classes. */
export interface ClassRows {
  /** N */
  readonly rows: number;
  /** K */
  readonly classes: number;
  /** f64[N][K] */
  readonly scores: ArrayLike<number>;
}

/**
 * Refuses rows that no metric of several classes is defined on.
 * @param labels class indices, length N
 * @param scores any numbers but NaN
 * @param classes K; default: what the scores have (0 without rows)
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE
 */
export function classRows(labels: ArrayLike<number>, scores: ClassScores, weights?: ArrayLike<number>, classes?: number): ClassRows {
  const n = labels.length;
  const flat = flattened(scores, n, classes);
  const k = classes ?? (n === 0 ? 0 : flat.length / n);
  if (!Number.isInteger(k) || flat.length !== n * k || (n > 0 && k === 0))
    throw new CrossbillError(
      "E_LENGTH_MISMATCH",
      `scores of classes are ${flat.length} numbers for ${n} rows${classes === undefined ? "" : ` of ${classes} classes`}; give each row one number a class`,
      { exitCode: 2, details: { got: flat.length, rows: n } },
    );
  checkClasses("label", labels, k);
  for (let i = 0; i < flat.length; i++) {
    const s = flat[i];
    if (typeof s !== "number" || Number.isNaN(s)) throw bad("E_SCORE_RANGE", `score of class ${i % k}`, Math.floor(i / k), s, "any number but NaN");
  }
  checkWeights(weights, n);
  return { rows: n, classes: k, scores: flat };
}

/** @throws E_LABEL_RANGE unless all are integers in [0, k) */
export function checkClasses(what: string, classes: ArrayLike<number>, k: number): void {
  for (let i = 0; i < classes.length; i++) {
    const y = classes[i]!;
    if (!(Number.isInteger(y) && y >= 0 && y < k)) throw bad("E_LABEL_RANGE", what, i, y, `an integer from 0 to ${k - 1}, the index of a class`);
  }
}

/** @throws E_LENGTH_MISMATCH, E_WEIGHT_RANGE */
export function checkWeights(weights: ArrayLike<number> | undefined, n: number): void {
  if (weights === undefined) return;
  if (weights.length !== n)
    throw new CrossbillError("E_LENGTH_MISMATCH", `weights has ${weights.length} entries for ${n} rows; give one entry a row`, {
      exitCode: 2,
      details: { got: weights.length, want: n },
    });
  for (let i = 0; i < n; i++) {
    const w = weights[i];
    if (typeof w !== "number" || !(w >= 0 && w < Infinity)) throw bad("E_WEIGHT_RANGE", "weight", i, w, "a finite number >= 0");
  }
}

function flattened(scores: ClassScores, n: number, classes: number | undefined): ArrayLike<number> {
  if (typeof scores[0] !== "object") return scores as ArrayLike<number>;
  const rows = scores as readonly ArrayLike<number>[];
  const k = classes ?? rows[0]!.length;
  const wrong = rows.findIndex((row) => row.length !== k);
  if (rows.length !== n || wrong >= 0)
    throw new CrossbillError(
      "E_LENGTH_MISMATCH",
      wrong >= 0
        ? `the scores at index ${wrong} are ${rows[wrong]!.length} numbers where ${k} are needed; give each row one number a class`
        : `scores has ${rows.length} rows and labels has ${n}; give one entry a row`,
      { exitCode: 2, details: { got: rows.length, rows: n } },
    );
  return rows.flatMap((row) => Array.from(row));
}

function bad(code: `E_${string}`, what: string, row: number, got: unknown, allowed: string): CrossbillError {
  return new CrossbillError(code, `${what} at index ${row} is ${String(got)}, allowed is ${allowed}; correct or drop that row`, {
    details: { row, got: String(got) },
  });
}
