import os from "node:os";
import { CrossbillError } from "@crossbill/messages";

/** More threads than this are refused: a typing error, not a machine. */
export const MAX_WORKERS = 256;

/**
 * How many worker threads to use: `asked` (an option) if given, else the environment's CROSSBILL_WORKERS, else the cores this process may use.
 * @throws E_WORKERS (exit code 2) for anything but an integer in [1, 256].
 */
export function coreBudget(asked?: number): number {
  const text = process.env.CROSSBILL_WORKERS;
  const [value, from] =
    asked !== undefined ? [asked, "workers"] : text ? [Number(text), "CROSSBILL_WORKERS"] : [Math.min(os.availableParallelism(), MAX_WORKERS), "cores"];
  if (!Number.isInteger(value) || value < 1 || value > MAX_WORKERS)
    throw new CrossbillError("E_WORKERS", `${from}: ${value} worker threads; allowed is an integer from 1 to ${MAX_WORKERS}`, { exitCode: 2 });
  return value;
}

/**
 * After how many milliseconds without a sign of life a worker counts as hung: CROSSBILL_HANG_TIMEOUT_MS, else `asked`.
 * @throws E_HANG_TIMEOUT (exit code 2) for anything but a number from 10.
 */
export function hangTimeout(asked: number): number {
  const text = process.env.CROSSBILL_HANG_TIMEOUT_MS;
  const value = text ? Number(text) : asked;
  if (!(value >= 10))
    throw new CrossbillError("E_HANG_TIMEOUT", `hang timeout: ${text || asked} ms; allowed is a number from 10 (CROSSBILL_HANG_TIMEOUT_MS)`, { exitCode: 2 });
  return value;
}
