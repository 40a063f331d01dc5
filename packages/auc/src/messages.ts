import { CrossbillError } from "@crossbill/messages";
import { ExactSum } from "@crossbill/numerics";

/** An exact sum of a message. @throws E_MESSAGE_CORRUPT */
export function readSum(bytes: Uint8Array | null | undefined, state: string, what: string): ExactSum {
  try {
    return ExactSum.fromBytes(bytes ?? new Uint8Array(0));
  } catch (cause) {
    throw corrupt(state, `the sum of ${what} is unreadable`, cause);
  }
}

/** @param state what the message holds, such as "ranking accumulator" */
export function corrupt(state: string, why: string, cause?: unknown): CrossbillError {
  return new CrossbillError("E_MESSAGE_CORRUPT", `${state}: ${why}; the message is damaged or was not written by Crossbill`, { cause });
}

/** @throws E_MESSAGE_VERSION unless the message is of the version that is written today */
export function checkVersion(state: string, got: number | null | undefined, want: number): void {
  if (got !== want) throw new CrossbillError("E_MESSAGE_VERSION", `${state} of format version ${String(got)}; this Crossbill reads ${want}`);
}
