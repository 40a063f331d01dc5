import { CrossbillError } from "@crossbill/messages";

const CODES: readonly string[] = ["E_CORRUPT", "E_MESSAGE_CORRUPT", "E_WRONG_KIND"];

/** Whether reading a sealed message failed because the file is not what was written: not because it cannot be read, or is newer. */
export function isDamage(thrown: unknown): thrown is CrossbillError {
  return thrown instanceof CrossbillError && CODES.includes(thrown.code);
}
