import { CrossbillError, type v1 } from "@crossbill/messages";
import type { OptimizerOptions } from "./optimizer.js";

/** The optimiser of a TrainSpec. @throws E_TRAIN_SPEC (exit code 2) */
export function optimizerOf(spec: v1.OptimizerSpec.$Properties | null | undefined): OptimizerOptions {
  const { ftrl, adagrad } = spec ?? {};
  if (ftrl != null) return checkOptimizer({ kind: "ftrl", alpha: ftrl.alpha ?? 0, beta: ftrl.beta ?? 0, l1: ftrl.l1 ?? 0, l2: ftrl.l2 ?? 0 });
  if (adagrad != null) return checkOptimizer({ kind: "adagrad", learningRate: adagrad.learningRate ?? 0, initialAccumulator: adagrad.initialAccumulator ?? 0 });
  throw new CrossbillError("E_TRAIN_SPEC", "train.optimizer: none given; allowed are ftrl, adagrad and exact", { exitCode: 2 });
}

export function checkOptimizer(options: OptimizerOptions): OptimizerOptions {
  if (options.kind === "ftrl") {
    above("ftrl.alpha", options.alpha);
    atLeastZero("ftrl.beta", options.beta);
    atLeastZero("ftrl.l1", options.l1);
    atLeastZero("ftrl.l2", options.l2);
  } else {
    above("adagrad.learningRate", options.learningRate);
    atLeastZero("adagrad.initialAccumulator", options.initialAccumulator);
  }
  return options;
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
