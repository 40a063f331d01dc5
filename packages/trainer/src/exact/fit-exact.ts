import { CrossbillError } from "@crossbill/messages";
import type { FitLinearOptions, FitLinearResult } from "../fit-linear.js";
import type { FitLinearData } from "../fit-linear-data.js";
import { above, atLeastZero, positiveInteger } from "../options.js";
import { localObjective } from "./local.js";
import type { MatrixRows } from "./matrix-rows.js";
import { type Start, solve } from "./solve.js";

export const DEFAULT_TOLERANCE = 1e-8;
export const DEFAULT_ITERATIONS = 200;

/** fitLinear's exact solver, over checked data. */
export function fitExact(data: FitLinearData, options: FitLinearOptions): FitLinearResult {
  const head = options.loss ?? "logistic";
  const intercept = options.intercept ?? true;
  const l1 = atLeastZero("l1", options.l1 ?? 0);
  const l2 = atLeastZero("l2", options.l2 ?? 0);
  const tolerance = above("tolerance", options.tolerance ?? DEFAULT_TOLERANCE);
  const gap = atLeastZero("gap", options.gap ?? 0);
  const maxIterations = positiveInteger("maxIterations", options.maxIterations ?? DEFAULT_ITERATIONS);
  const { objective, shape } = localObjective(matrixOf(data), { features: data.features, head, classes: 1, intercept, l2 });
  if (!(objective.weight > 0)) throw new CrossbillError("E_FIT_INPUT", "fitLinear: the weights of all rows are 0", { exitCode: 2 });
  const found = solve(objective, shape, { head, classes: 1, intercept, l1, tolerance, gap, maxIterations, initial: startOf(data, options) });
  return {
    weights: found.weights,
    intercept: found.intercepts[0]!,
    objective: found.objective,
    certificate: found.certificate,
    iterations: found.iterations,
  };
}

function startOf({ features }: FitLinearData, { initial }: FitLinearOptions): Start | undefined {
  if (initial === undefined) return undefined;
  const weights = Float64Array.from(initial.weights);
  if (weights.length !== features || !weights.every(Number.isFinite) || !Number.isFinite(initial.intercept))
    throw new CrossbillError(
      "E_FIT_INPUT",
      `fitLinear: initial has ${weights.length} weights and the intercept ${initial.intercept}; ${features} finite weights and a finite intercept are needed`,
      { exitCode: 2 },
    );
  return { weights, intercepts: Float64Array.of(initial.intercept) };
}

function matrixOf({ rows, labels, weights }: FitLinearData): MatrixRows {
  const n = labels.length;
  const entries = rows.offsets[n]!;
  const first = <T>(from: ArrayLike<T>): T[] => Array.prototype.slice.call(from, 0, entries) as T[];
  return {
    rows: n,
    label: Float64Array.from(labels),
    weight: weights === undefined ? new Float64Array(n).fill(1) : Float64Array.from(weights),
    ones: { offsets: new Uint32Array(n + 1), features: new Uint32Array(0), values: null },
    valued: { offsets: Uint32Array.from(rows.offsets), features: Uint32Array.from(first(rows.indices)), values: Float64Array.from(first(rows.values)) },
  };
}
