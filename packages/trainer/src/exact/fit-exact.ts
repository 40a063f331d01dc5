import type { OneHead } from "@crossbill/kernels";
import { CrossbillError } from "@crossbill/messages";
import type { FitLinearOptions, FitLinearResult } from "../fit-linear.js";
import type { FitLinearData } from "../fit-linear-data.js";
import { above, atLeastZero, positiveInteger } from "../options.js";
import { localObjective } from "./local.js";
import type { Entries, MatrixRows } from "./matrix-rows.js";
import { type Start, solve } from "./solve.js";
import { tooLarge } from "./too-large.js";

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
  const { objective, shape } = objectiveOf(data, head, intercept, l2);
  const found = solve(objective, shape, { head, classes: 1, intercept, l1, tolerance, gap, maxIterations, initial: startOf(data, options) });
  return {
    weights: found.weights,
    intercept: found.intercepts[0]!,
    objective: found.objective,
    certificate: found.certificate,
    iterations: found.iterations,
  };
}

/** The objective over checked data. */
export function objectiveOf(data: FitLinearData, head: OneHead, intercept: boolean, l2: number): ReturnType<typeof localObjective> {
  const matrix = matrixOf(data);
  const large = tooLarge(matrix.valued);
  if (large !== null)
    throw new CrossbillError(
      "E_DIVERGED",
      `fitLinear: feature ${large.feature} of row ${large.row} is ${large.value}, whose square float64 does not hold; scale or clip it`,
      {
        details: { ...large },
      },
    );
  const local = localObjective(matrix, { features: data.features, head, classes: 1, intercept, l2 });
  if (!(local.objective.weight > 0)) throw new CrossbillError("E_FIT_INPUT", "fitLinear: the weights of all rows are 0", { exitCode: 2 });
  return local;
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

/** Entries of value 1 apart from the others, as packs of one-hot columns bring them. */
function matrixOf({ rows, labels, weights }: FitLinearData): MatrixRows {
  const n = labels.length;
  const entries = rows.offsets[n]!;
  const [indices, values] = [rows.indices, rows.values];
  let ones = 0;
  for (let i = 0; i < entries; i++) if (values[i] === 1) ones++;
  const [one, other] = [entriesOf(n, ones, null), entriesOf(n, entries - ones, new Float64Array(entries - ones))];
  for (let r = 0, a = 0, b = 0; r < n; r++) {
    for (let i = rows.offsets[r]!; i < rows.offsets[r + 1]!; i++) {
      if (values[i] === 1) one.features[a++] = indices[i]!;
      else {
        other.features[b] = indices[i]!;
        other.values![b++] = values[i]!;
      }
    }
    one.offsets[r + 1] = a;
    other.offsets[r + 1] = b;
  }
  return {
    rows: n,
    label: Float64Array.from(labels),
    weight: weights === undefined ? new Float64Array(n).fill(1) : Float64Array.from(weights),
    ones: one,
    valued: other,
  };
}

function entriesOf(rows: number, entries: number, values: Float64Array | null): Entries {
  return { offsets: new Uint32Array(rows + 1), features: new Uint32Array(entries), values };
}
