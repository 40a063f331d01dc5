import { CrossbillError } from "@crossbill/messages";
import { ExactSum } from "@crossbill/numerics";

/** An exact sum of a message. @throws E_MESSAGE_CORRUPT */
export function readSum(bytes: Uint8Array | null | undefined, what: string): ExactSum {
  try {
    return ExactSum.fromBytes(bytes ?? new Uint8Array(0));
  } catch (cause) {
    throw corrupt(`the sum of ${what} is unreadable`, cause);
  }
}

export function corrupt(why: string, cause?: unknown): CrossbillError {
  return new CrossbillError("E_MESSAGE_CORRUPT", `calibration state: ${why}; the message is damaged or was not written by Crossbill`, { cause });
}

/** @throws E_MESSAGE_VERSION unless the message is of the version that is written today */
export function checkVersion(got: number | null | undefined, want: number, what: string): void {
  if (got !== want) throw new CrossbillError("E_MESSAGE_VERSION", `${what} of format version ${String(got)}; this Crossbill reads ${want}`);
}
