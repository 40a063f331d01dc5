import { v1 } from "@crossbill/messages";
import { classPairs } from "@crossbill/models";
import { log } from "@crossbill/numerics";
import { fitOfAll, NO_FIT } from "./fit.js";
import type { KernelObjective } from "./kernel-objective.js";
import type { MatrixShape } from "./matrix.js";
import type { RowArrays } from "./passes.js";
import type { SharedArena } from "./shared-arena.js";
import type { Solution, SolvePoint } from "./solve.js";
import { treeSum } from "./vectors.js";

/** A logistic problem that a head of several classes is made of: the class that is told from another one, or (null) from all others. */
export interface BinaryProblem {
  readonly positive: number;
  readonly negative: number | null;
}

/** Those of a head, in the order of its outputs; empty: the head is one problem. */
export function binaryProblems(head: v1.Head, classes: number): BinaryProblem[] {
  if (head === v1.Head.ONE_VS_REST || head === v1.Head.MULTI_LABEL) return Array.from({ length: classes }, (_, positive) => ({ positive, negative: null }));
  if (head === v1.Head.ONE_VS_ONE) return classPairs(classes).map(([positive, negative]) => ({ positive, negative }));
  return [];
}

/** Member 0's: writes the labels and weights of one problem after the other where the passes read them, and solves it. */
export class BinaryRows {
  readonly #arena: SharedArena;
  readonly #shape: MatrixShape;
  readonly #rows: RowArrays;
  /** Class numbers and weights as loaded, validation rows included. */
  readonly #classes: Float64Array;
  readonly #weights: Float64Array;
  /** K of label vectors; 0: labels are class numbers. */
  readonly #vectors: number;

  constructor(arena: SharedArena, shape: MatrixShape, rows: RowArrays, vectors: number) {
    this.#vectors = vectors;
    this.#arena = arena;
    this.#shape = shape;
    this.#rows = rows;
    this.#classes = arena.f64(rows.labels, rows.stride).slice();
    this.#weights = arena.f64(rows.weights, rows.stride).slice();
  }

  /** {@link each}, the solutions as one. */
  solveEach(
    problems: readonly BinaryProblem[],
    objectiveOf: () => KernelObjective,
    solve: (objective: KernelObjective, problem: number) => Solution,
  ): Solution {
    const { features } = this.#shape;
    return together(
      this.each(problems, objectiveOf, solve, (intercept) => constant(features, intercept)),
      features,
    );
  }

  /**
   * Of a pair, rows of other classes have weight 0. A problem whose rows are all of one class has no optimum: its weights are 0, its intercept is the log-odds with half
   * a row more of either class, and certificate and losses do not speak of it.
   * @param objectiveOf of the rows as they are now
   * @param ofOneClass what such a problem has, by its intercept
   */
  each<T>(
    problems: readonly BinaryProblem[],
    objectiveOf: () => KernelObjective,
    work: (objective: KernelObjective, problem: number) => T,
    ofOneClass: (intercept: number) => T,
  ): T[] {
    return problems.map((problem, p) => {
      this.#write(problem);
      const mark = this.#arena.mark();
      const objective = objectiveOf();
      const alone = constantOf(objective);
      const result = alone === null ? work(objective, p) : ofOneClass(alone);
      this.#arena.release(mark);
      return result;
    });
  }

  #write({ positive, negative }: BinaryProblem): void {
    const { labels, weights, stride } = this.#rows;
    const K = this.#vectors;
    const numbers = K === 0 ? null : this.#arena.f64(this.#rows.vectors, stride * K);
    this.#arena.f64(labels, stride).set(this.#classes.map((y, i) => (numbers !== null ? numbers[i * K + positive]! : y === positive ? 1 : 0)));
    this.#arena
      .f64(weights, stride)
      .set(this.#weights.map((w, i) => (negative === null || this.#classes[i] === positive || this.#classes[i] === negative ? w : 0)));
  }
}

/** The intercept of a problem of one class; null: there are both. */
function constantOf({ labels, weights, weight }: KernelObjective): number | null {
  const positive = treeSum(
    weights.map((w, i) => w * labels[i]!),
    0,
    weights.length,
  );
  if (weights.some((w, i) => w > 0 && labels[i]! > 0) && weights.some((w, i) => w > 0 && labels[i]! < 1)) return null;
  if (weight === 0) return 0;
  const half = (0.5 * weight) / weights.length;
  return log((positive + half) / (weight - positive + half));
}

export function constant(features: number, intercept: number): Solution {
  return {
    weights: new Float64Array(features),
    intercepts: Float64Array.of(intercept),
    objective: 0,
    meanLoss: 0,
    validationLoss: 0,
    certificate: { gradientNorm: 0, relativeGradientNorm: 0, dualityGap: 0, relativeGap: 0, sumPredictions: 0, sumLabels: 0 },
    iterations: 0,
    passes: 0,
    partPasses: 0,
    converged: true,
    fit: NO_FIT,
    curve: [],
  };
}

/** The solutions as one: losses, objectives and steps add up, the certificate is that of the worst. */
export function together(solutions: readonly Solution[], features: number): Solution {
  const sum = (of: (one: Solution) => number): number => solutions.reduce((all, one) => all + of(one), 0);
  const far = ({ certificate: { sumPredictions, sumLabels } }: Solution): number => Math.abs(sumPredictions - sumLabels);
  const worst = solutions.reduce((most, one) => (far(one) > far(most) ? one : most));
  const weights = new Float64Array(features * solutions.length);
  for (const [p, one] of solutions.entries()) weights.set(one.weights, p * features);
  const longest = Math.max(...solutions.map(({ curve }) => curve.length));
  return {
    weights,
    intercepts: Float64Array.from(solutions, ({ intercepts }) => intercepts[0]!),
    objective: sum(({ objective }) => objective),
    meanLoss: sum(({ meanLoss }) => meanLoss),
    validationLoss: sum(({ validationLoss }) => validationLoss),
    certificate: {
      ...worst.certificate,
      dualityGap: sum(({ certificate }) => certificate.dualityGap),
      relativeGap: Math.max(...solutions.map(({ certificate }) => certificate.relativeGap)),
      gradientNorm: Math.sqrt(sum(({ certificate }) => certificate.gradientNorm ** 2)),
      relativeGradientNorm: Math.max(...solutions.map(({ certificate }) => certificate.relativeGradientNorm)),
    },
    iterations: sum(({ iterations }) => iterations),
    passes: sum(({ passes }) => passes),
    partPasses: sum(({ partPasses }) => partPasses),
    converged: solutions.every(({ converged }) => converged),
    fit: fitOfAll(solutions.map(({ fit }) => fit)),
    curve: Array.from({ length: longest }, (_, i) => stepOfAll(solutions, i)),
  };
}

/** Where all problems stand after as many steps each; those that needed fewer, at their end. */
function stepOfAll(solutions: readonly Solution[], i: number): SolvePoint {
  const points = solutions.flatMap(({ curve }) => curve[Math.min(i, curve.length - 1)] ?? []);
  const sum = (of: (one: SolvePoint) => number): number => points.reduce((all, one) => all + of(one), 0);
  return {
    iteration: i,
    objective: sum(({ objective }) => objective),
    relativeGradient: Math.max(...points.map(({ relativeGradient }) => relativeGradient)),
    gradientNorm: Math.sqrt(sum(({ gradientNorm }) => gradientNorm ** 2)),
    meanLoss: sum(({ meanLoss }) => meanLoss),
    nonZero: sum(({ nonZero }) => nonZero),
  };
}
