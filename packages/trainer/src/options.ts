import { CrossbillError, v1 } from "@crossbill/messages";
import type { ClipOptions } from "./optimizers/clip.js";
import type { GradientOptions, OptimizerOptions } from "./optimizers/optimizer-options.js";
import type { Schedule } from "./optimizers/schedule.js";

/** The optimiser of a TrainSpec. @throws E_TRAIN_SPEC (exit code 2) */
export function optimizerOf(spec: v1.OptimizerSpec.$Properties | null | undefined): OptimizerOptions {
  const { ftrl, adagrad, adam, rmsprop, momentum, sgd } = spec ?? {};
  if (ftrl != null) return checkOptimizer({ kind: "ftrl", alpha: ftrl.alpha ?? 0, beta: ftrl.beta ?? 0, l1: ftrl.l1 ?? 0, l2: ftrl.l2 ?? 0 });
  if (adagrad != null) return checkOptimizer({ kind: "adagrad", ...gradientOptions(adagrad), initialAccumulator: adagrad.initialAccumulator ?? 0 });
  if (adam != null)
    return checkOptimizer({ kind: "adam", ...gradientOptions(adam), beta1: adam.beta1 ?? 0, beta2: adam.beta2 ?? 0, epsilon: adam.epsilon ?? 0 });
  if (rmsprop != null) return checkOptimizer({ kind: "rmsprop", ...gradientOptions(rmsprop), rho: rmsprop.rho ?? 0, epsilon: rmsprop.epsilon ?? 0 });
  if (momentum != null)
    return checkOptimizer({ kind: "momentum", ...gradientOptions(momentum), momentum: momentum.momentum ?? 0, nesterov: momentum.nesterov ?? false });
  if (sgd != null) return checkOptimizer({ kind: "sgd", ...gradientOptions(sgd) });
  throw new CrossbillError("E_TRAIN_SPEC", `train.optimizer: none given; allowed are ${ONLINE.join(", ")} and exact`, { exitCode: 2 });
}

/** Optimisers that train block by block. */
export const ONLINE = ["ftrl", "adagrad", "adam", "rmsprop", "momentum", "sgd"] as const;

function gradientOptions(spec: {
  readonly learningRate?: number | null | undefined;
  readonly rate?: v1.RateSpec.$Properties | null | undefined;
  readonly weightDecay?: number | null | undefined;
}): GradientOptions {
  return {
    learningRate: spec.learningRate ?? 0,
    schedule: scheduleOf(spec.rate ?? {}),
    warmUp: spec.rate?.warmUp ?? 0,
    weightDecay: spec.weightDecay ?? 0,
  };
}

function scheduleOf({ kind, decay, steps, end, power }: v1.RateSpec.$Properties): Schedule {
  const { Kind } = v1.RateSpec;
  const fall = { decay: decay ?? 0, steps: steps ?? 0 };
  switch (kind ?? Kind.CONSTANT) {
    case Kind.INVERSE_TIME:
      return { kind: "inverseTime", ...fall };
    case Kind.INVERSE_SQUARE_ROOT:
      return { kind: "inverseSquareRoot", steps: fall.steps };
    case Kind.EXPONENTIAL:
      return { kind: "exponential", ...fall };
    case Kind.STEP:
      return { kind: "step", ...fall };
    case Kind.POLYNOMIAL:
      return { kind: "polynomial", steps: fall.steps, end: end ?? 0, power: power ?? 0 };
    default:
      return { kind: "constant" };
  }
}

/** How gradients are clipped; null: they are not. @throws E_TRAIN_SPEC (exit code 2) */
export function clipOf(spec: v1.ClipSpec.$Properties | null | undefined): ClipOptions | null {
  for (const kind of ["value", "norm", "globalNorm"] as const) {
    const limit = spec?.[kind];
    if (limit != null) return { kind, limit: above(`train.clip.${kind}`, limit) };
  }
  return null;
}

/** @throws E_TRAIN_SPEC (exit code 2) */
export function checkOptimizer(options: OptimizerOptions): OptimizerOptions {
  const { kind } = options;
  if (kind === "ftrl") {
    above("ftrl.alpha", options.alpha);
    atLeastZero("ftrl.beta", options.beta);
    atLeastZero("ftrl.l1", options.l1);
    atLeastZero("ftrl.l2", options.l2);
    return options;
  }
  above(`${kind}.learningRate`, options.learningRate);
  atLeastZero(`${kind}.weightDecay`, options.weightDecay ?? 0);
  const warmUp = options.warmUp ?? 0;
  if (warmUp !== 0) positiveInteger(`${kind}.warmUp`, warmUp);
  if (options.schedule !== undefined) checkSchedule(`${kind}.schedule`, options.schedule);
  if (kind === "adagrad") atLeastZero("adagrad.initialAccumulator", options.initialAccumulator);
  if (kind === "momentum") belowOne("momentum.momentum", options.momentum);
  if (kind === "rmsprop") belowOne("rmsprop.rho", options.rho);
  if (kind === "adam") {
    belowOne("adam.beta1", options.beta1);
    belowOne("adam.beta2", options.beta2);
  }
  if ("epsilon" in options) above(`${kind}.epsilon`, options.epsilon);
  return options;
}

function checkSchedule(name: string, schedule: Schedule): void {
  switch (schedule.kind) {
    case "constant":
      return;
    case "inverseTime":
      above(`${name}.decay`, schedule.decay ?? 1);
      break;
    case "exponential":
    case "step":
      above(`${name}.decay`, schedule.decay);
      if (schedule.decay > 1)
        throw new CrossbillError("E_TRAIN_SPEC", `${name}.decay: ${schedule.decay}; allowed is a number above 0, at most 1`, { exitCode: 2 });
      break;
    case "inverseSquareRoot":
      break;
    case "polynomial":
      atLeastZero(`${name}.end`, schedule.end ?? 0);
      above(`${name}.power`, schedule.power ?? 1);
      break;
    default: {
      const { kind } = schedule as { kind: unknown };
      throw new CrossbillError(
        "E_TRAIN_SPEC",
        `${name}.kind: ${String(kind)}; allowed are constant, inverseTime, inverseSquareRoot, exponential, step and polynomial`,
        { exitCode: 2 },
      );
    }
  }
  positiveInteger(`${name}.steps`, schedule.steps);
}

/** @throws E_TRAIN_SPEC (exit code 2) unless value is in [0, 1) */
function belowOne(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new CrossbillError("E_TRAIN_SPEC", `${name}: ${value}; allowed is a number from 0, below 1`, { exitCode: 2 });
}

/** @throws E_TRAIN_SPEC (exit code 2) unless value is a finite number > 0 */
export function above(name: string, value: number): number {
  if (!(value > 0 && Number.isFinite(value))) throw new CrossbillError("E_TRAIN_SPEC", `${name}: ${value}; allowed is a number above 0`, { exitCode: 2 });
  return value;
}

/** @throws E_TRAIN_SPEC (exit code 2) unless value is a finite number >= 0 */
export function atLeastZero(name: string, value: number): number {
  if (!(value >= 0 && Number.isFinite(value))) throw new CrossbillError("E_TRAIN_SPEC", `${name}: ${value}; allowed is a number from 0`, { exitCode: 2 });
  return value;
}

/** @throws E_TRAIN_SPEC (exit code 2) unless value is an integer >= 1 */
export function positiveInteger(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw new CrossbillError("E_TRAIN_SPEC", `${name}: ${value}; allowed is an integer from 1`, { exitCode: 2 });
  return value;
}
