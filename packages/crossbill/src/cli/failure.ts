import { CrossbillError, toPlainError } from "@crossbill/messages";
import { note, outJson } from "./terminal.js";

/** Says what failed, once and without a stack trace (set CROSSBILL_DEBUG=1 for it), and sets the exit code. */
export function reportFailure(thrown: unknown, json: boolean): void {
  const plain = toPlainError(thrown);
  if (json) outJson({ error: { code: plain.code, message: plain.message, ...plain.details } });
  note(`${plain.code}: ${plain.message}`);
  if (process.env["CROSSBILL_DEBUG"] === "1" && thrown instanceof Error) note(thrown.stack ?? "");
  if (process.exitCode === undefined) process.exitCode = plain.exitCode;
}

/** Options that do not go together. */
export function usage(problem: string): CrossbillError {
  return new CrossbillError("E_USAGE", problem, { exitCode: 2 });
}
