import { CrossbillError } from "@crossbill/messages";
import { prepare, runExact, shifted } from "./exact/train-exact.js";
import { type PathOptions, type PathPoint, pathPlan } from "./path.js";
import type { TrainOptions, TrainSeams } from "./train-options.js";

export interface PathOutcome {
  /** From the largest l1 to the smallest. */
  readonly points: readonly PathPoint[];
  /** Seconds in passes and vectors, without loading. */
  readonly seconds: number;
  /** What the user should know: a lost worker, points whose gap is not reached. */
  readonly warnings: readonly string[];
}

/**
 * The regularisation path: the exact solver's optimum at each of `lambdas` values of l1, from the smallest that makes every weight 0 down to `ratio` of it, the
 * same factor apart. The model's own l1 is not looked at, its l2 stays. Bits depend on build, specs, placement, packs and path alone, not on workers. Of heads that are
 * solved in parts all parts have the same lambdas.
 * @throws E_TRAIN_SPEC (exit code 2) also for an optimiser other than exact; else as {@link train}
 */
export async function trainPath(options: TrainOptions, path: PathOptions = {}): Promise<PathOutcome> {
  return trainPathWith(options, path, {});
}

export async function trainPathWith(options: TrainOptions, path: PathOptions, seams: TrainSeams): Promise<PathOutcome> {
  if (options.specs.train.optimizer?.exact == null)
    throw new CrossbillError("E_TRAIN_SPEC", "train.optimizer: a path is made of optima; allowed is exact", { exitCode: 2 });
  const run = await prepare(options, seams);
  const { result, warnings } = await runExact(options, seams, run, pathPlan(path));
  const short = result.points.filter(({ converged }) => !converged).length;
  return {
    points: result.points.map((point) => ({ ...point, intercepts: shifted(point.intercepts, run.shifts) })),
    seconds: result.seconds,
    warnings: [
      ...warnings,
      ...(short === 0 ? [] : [`${short} of ${result.points.length} points of the path stopped above the gap that was asked for: allow more maxIterations`]),
    ],
  };
}
