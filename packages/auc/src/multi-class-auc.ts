import { CrossbillError } from "@crossbill/messages";
import { ExactSum } from "@crossbill/numerics";
import { type ClassRows, type ClassScores, classRows } from "./class-rows.js";
import { rocAuc } from "./roc.js";

export interface MultiClassAucOptions {
  /** "oneVsRest" (default): each class against all others; "oneVsOne": each pair of classes, among their rows alone. */
  readonly scheme?: "oneVsRest" | "oneVsOne";
  /**
   * "macro" (default): plain mean over the classes (pairs); "weighted": by the weight of their rows; "micro" (oneVsRest only): one AUC over all N * K pairs of a row and a class.
   * Classes (pairs) without an AUC, those whose rows or other rows have no weight, are left out.
   */
  readonly average?: "macro" | "weighted" | "micro";
  /** K; default: what the scores have. */
  readonly classes?: number;
  /** >= 0, length N; default all 1. */
  readonly weights?: ArrayLike<number>;
}

/**
 * AUC of several classes.
 * @param labels class indices, length N
 * @param scores f64[N][K], or N rows of K; only the order within a class counts (micro: of all)
 * @returns in [0, 1]; NaN where no class (pair) has an AUC
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE; E_OPTION_RANGE
 */
export function multiClassAuc(labels: ArrayLike<number>, scores: ClassScores, options: MultiClassAucOptions = {}): number {
  const { scheme = "oneVsRest", average = "macro", weights } = options;
  const averages = scheme === "oneVsOne" ? ["macro", "weighted"] : scheme === "oneVsRest" ? ["macro", "weighted", "micro"] : [];
  if (!averages.includes(average))
    throw new CrossbillError(
      "E_OPTION_RANGE",
      `AUC of several classes by ${String(scheme)}, ${String(average)}; allowed are oneVsRest with macro, weighted and micro, oneVsOne with macro and weighted`,
      { exitCode: 2 },
    );
  const rows = classRows(labels, scores, weights, options.classes);
  if (average === "micro") return microAuc(labels, rows, weights);
  const aucs = scheme === "oneVsOne" ? pairAucs(labels, rows, weights) : restAucs(labels, rows, weights);
  return meanOf(aucs, average);
}

/**
 * M = 2 / (K (K - 1)) sum_{i < j} (A(i|j) + A(j|i)) / 2, A(i|j) the AUC of class i against class j by the scores of class i (Hand and Till 2001): `multiClassAuc` of scheme "oneVsOne", macro.
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE
 */
export function handTill(labels: ArrayLike<number>, scores: ClassScores, options: Pick<MultiClassAucOptions, "classes" | "weights"> = {}): number {
  return multiClassAuc(labels, scores, { ...options, scheme: "oneVsOne" });
}

/**
 * The AUC of each class against all others, length K; NaN where a class has none.
 * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_SCORE_RANGE, E_WEIGHT_RANGE
 */
export function classAucs(labels: ArrayLike<number>, scores: ClassScores, options: Pick<MultiClassAucOptions, "classes" | "weights"> = {}): Float64Array {
  const rows = classRows(labels, scores, options.weights, options.classes);
  return Float64Array.from(restAucs(labels, rows, options.weights), ({ auc }) => auc);
}

interface WeighedAuc {
  readonly auc: number;
  readonly weight: number;
}

function meanOf(aucs: readonly WeighedAuc[], average: "macro" | "weighted"): number {
  const defined = aucs.filter(({ auc }) => !Number.isNaN(auc));
  const [sum, total] = [new ExactSum(), new ExactSum()];
  for (const { auc, weight } of defined) {
    sum.addProduct(auc, average === "macro" ? 1 : weight);
    total.add(average === "macro" ? 1 : weight);
  }
  return sum.value() / total.value();
}

function restAucs(labels: ArrayLike<number>, { rows, classes, scores }: ClassRows, weights: ArrayLike<number> | undefined): WeighedAuc[] {
  const [is, column] = [new Uint8Array(rows), new Float64Array(rows)];
  return Array.from({ length: classes }, (_, k) => {
    const weight = new ExactSum();
    for (let i = 0; i < rows; i++) {
      is[i] = labels[i] === k ? 1 : 0;
      column[i] = scores[i * classes + k]!;
      if (is[i] === 1) weight.add(weights === undefined ? 1 : weights[i]!);
    }
    return { auc: rocAuc(is, column, weights), weight: weight.value() };
  });
}

function pairAucs(labels: ArrayLike<number>, { rows, classes, scores }: ClassRows, weights: ArrayLike<number> | undefined): WeighedAuc[] {
  const of: number[][] = Array.from({ length: classes }, () => []);
  for (let i = 0; i < rows; i++) if (weights === undefined || weights[i]! > 0) of[labels[i]!]!.push(i);
  const pairs: WeighedAuc[] = [];
  for (let a = 0; a < classes; a++) {
    for (let b = a + 1; b < classes; b++) {
      const both = [...of[a]!, ...of[b]!];
      const w = weights === undefined ? undefined : Float64Array.from(both, (i) => weights[i]!);
      const auc = (k: number): number =>
        rocAuc(
          both.map((i) => (labels[i] === k ? 1 : 0)),
          Float64Array.from(both, (i) => scores[i * classes + k]!),
          w,
        );
      const weight = new ExactSum();
      weight.addArray(w ?? [both.length]);
      pairs.push({ auc: (auc(a) + auc(b)) / 2, weight: weight.value() });
    }
  }
  return pairs;
}

function microAuc(labels: ArrayLike<number>, { rows, classes, scores }: ClassRows, weights: ArrayLike<number> | undefined): number {
  const is = new Uint8Array(rows * classes);
  for (let i = 0; i < rows; i++) is[i * classes + labels[i]!] = 1;
  return rocAuc(is, scores, weights === undefined ? undefined : Float64Array.from(is, (_, i) => weights[Math.floor(i / classes)]!));
}
