import { CrossbillError } from "@crossbill/messages";

/** Failures that would only come again, or that were asked for. */
const NOT_RETRIED: readonly string[] = [
  "E_DIVERGED",
  "E_METRIC",
  "E_ABORTED",
  "E_CORRUPT",
  "E_PACK",
  "E_NOT_FOUND",
  "E_NO_SPACE",
  "E_PERMISSION",
  "E_IO",
  "E_MEMORY",
  "E_TRAIN_SPEC",
  "E_WORKERS",
];

/** Whether training may be tried once more after this: a worker was lost, it threw, ended, or hangs. */
export function isRetried(thrown: unknown): thrown is CrossbillError {
  return thrown instanceof CrossbillError && thrown.exitCode === 1 && !NOT_RETRIED.includes(thrown.code);
}
