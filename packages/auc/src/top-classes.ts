import { CrossbillError } from "@crossbill/messages";
import { ExactSum } from "@crossbill/numerics";
import { type ClassScores, classRows } from "./class-rows.js";

/**
 * What equal scores do to the top k. "lowestIndex" (default): the lower class index stands first, as for the predicted class; "worst": the label stands last among its equals;
 * "average": the share of the orders of its equals in which the label is among the top k.
 */
export type TopTies = "lowestIndex" | "worst" | "average";

export interface TopKOptions {
  readonly ties?: TopTies;
  /** K; default: what the scores have. */
  readonly classes?: number;
  /** >= 0, length N; default all 1. */
  readonly weights?: ArrayLike<number>;
}

/**
 * Share of the rows whose label is among the k classes of the highest scores.
 * @param labels class indices, length N
 * @param scores f64[N][K], or N rows of K
 * @param k >= 1; from K on the answer is 1
 * @returns in [0, 1]; NaN without weight
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE; E_OPTION_RANGE
 */
export function topKAccuracy(labels: ArrayLike<number>, scores: ClassScores, k: number, options: TopKOptions = {}): number {
  const ties = checkTies(options.ties ?? "lowestIndex");
  checkTop(k);
  const rows = classRows(labels, scores, options.weights, options.classes);
  const [hits, total] = [new ExactSum(), new ExactSum()];
  for (let i = 0; i < rows.rows; i++) {
    const w = options.weights === undefined ? 1 : options.weights[i]!;
    hits.addProduct(w, topShare(placeOf(rows.scores, i * rows.classes, rows.classes, labels[i]!), k, ties));
    total.add(w);
  }
  return hits.value() / total.value();
}

/**
 * The class of the highest score of each row, of equal ones that of the lowest index.
 * @param scores f64[N][K], or N rows of K
 * @throws E_LENGTH_MISMATCH, E_SCORE_RANGE
 */
export function predictedClasses(scores: ClassScores, classes: number): Uint32Array {
  const n = typeof scores[0] === "object" ? scores.length : scores.length / classes;
  const rows = classRows(new Uint8Array(n), scores, undefined, classes);
  return Uint32Array.from({ length: rows.rows }, (_, i) => highest(rows.scores, i * classes, classes));
}

/** Index of the highest of scores[from, from + k), the lowest of equals. */
export function highest(scores: ArrayLike<number>, from: number, k: number): number {
  let best = 0;
  for (let c = 1; c < k; c++) if (scores[from + c]! > scores[from + best]!) best = c;
  return best;
}

/** How many classes score above a label, how many as it does (itself included), and how many of these have a lower index. */
export interface Place {
  readonly above: number;
  readonly equal: number;
  readonly before: number;
}

export function placeOf(scores: ArrayLike<number>, from: number, k: number, label: number): Place {
  const own = scores[from + label]!;
  let [above, equal, before] = [0, 0, 0];
  for (let c = 0; c < k; c++) {
    const s = scores[from + c]!;
    if (s > own) above++;
    else if (s === own) {
      equal++;
      if (c < label) before++;
    }
  }
  return { above, equal, before };
}

/** 1: among the top k, 0: not; between with ties "average". */
export function topShare(place: Place, k: number, ties: TopTies): number {
  if (ties === "average") return Math.min(1, Math.max(0, (k - place.above) / place.equal));
  return place.above + (ties === "worst" ? place.equal - 1 : place.before) < k ? 1 : 0;
}

/** @throws E_OPTION_RANGE */
export function checkTies(ties: TopTies): TopTies {
  if (!["lowestIndex", "worst", "average"].includes(ties))
    throw new CrossbillError("E_OPTION_RANGE", `ties of the top classes are ${String(ties)}, allowed are lowestIndex, worst and average`, { exitCode: 2 });
  return ties;
}

/** @throws E_OPTION_RANGE */
export function checkTop(k: number): void {
  if (!(Number.isInteger(k) && k >= 1))
    throw new CrossbillError("E_OPTION_RANGE", `k of the top classes is ${String(k)}, allowed is an integer from 1 on`, { exitCode: 2 });
}
