import { v1 } from "@crossbill/messages";
import type { FitLinearOptions } from "@crossbill/trainer";
import type { GradientMethodOptions, OptimizerOptions } from "../dist/optimizers/optimizer-options.js";
import type { Schedule } from "../dist/optimizers/schedule.js";

export interface OptimizerCase {
  readonly name: string;
  readonly options: OptimizerOptions;
}

/** Every optimiser, with a rate at which it learns on small problems. */
export const OPTIMIZERS: readonly OptimizerCase[] = [
  { name: "FTRL", options: { kind: "ftrl", alpha: 0.1, beta: 1, l1: 0, l2: 0 } },
  { name: "Adagrad", options: { kind: "adagrad", learningRate: 0.1, initialAccumulator: 0.1 } },
  { name: "Adam", options: { kind: "adam", learningRate: 0.02, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } },
  { name: "RMSProp", options: { kind: "rmsprop", learningRate: 0.02, rho: 0.99, epsilon: 1e-6 } },
  { name: "momentum", options: { kind: "momentum", learningRate: 0.05, momentum: 0.9, nesterov: false } },
  { name: "Nesterov", options: { kind: "momentum", learningRate: 0.05, momentum: 0.9, nesterov: true } },
  { name: "SGD", options: { kind: "sgd", learningRate: 0.5 } },
];

/** With a schedule, a warm-up and weight decay. */
export function scheduled(options: OptimizerOptions, schedule: Schedule, warmUp = 0, weightDecay = 0): OptimizerOptions {
  return options.kind === "ftrl" ? options : { ...options, schedule, warmUp, weightDecay };
}

/** As fitLinear takes it, without schedule, warm-up and weight decay. */
export function solverOf(options: OptimizerOptions): Omit<FitLinearOptions, "schedule" | "warmUp" | "weightDecay"> {
  const { kind, l1: _1, l2: _2, schedule: _3, warmUp: _4, weightDecay: _5, ...numbers } = { l1: 0, l2: 0, schedule: 0, warmUp: 0, weightDecay: 0, ...options };
  return { solver: kind, ...numbers };
}

const KINDS = {
  constant: v1.RateSpec.Kind.CONSTANT,
  inverseTime: v1.RateSpec.Kind.INVERSE_TIME,
  inverseSquareRoot: v1.RateSpec.Kind.INVERSE_SQUARE_ROOT,
  exponential: v1.RateSpec.Kind.EXPONENTIAL,
  step: v1.RateSpec.Kind.STEP,
  polynomial: v1.RateSpec.Kind.POLYNOMIAL,
};

/** As a TrainSpec holds it. */
export function specOf(options: OptimizerOptions): v1.OptimizerSpec.$Properties {
  if (options.kind === "ftrl") return { ftrl: { alpha: options.alpha, beta: options.beta, l1: options.l1, l2: options.l2 } };
  const { kind, schedule = { kind: "constant" }, warmUp = 0, weightDecay = 0, ...own }: GradientMethodOptions = options;
  const { kind: how, ...fall } = schedule;
  return { [kind]: { ...own, weightDecay, rate: { kind: KINDS[how], ...fall, warmUp } } };
}
