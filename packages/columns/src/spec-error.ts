import { CrossbillError, type ErrorCode } from "@crossbill/messages";

/** A column that cannot be as its specification says; ends the command line with exit code 2. */
export function specError(column: string, problem: string, code: ErrorCode = "E_COLUMN_SPEC"): CrossbillError {
  return new CrossbillError(code, `column "${column}": ${problem}`, { exitCode: 2, details: { column } });
}

/** A state that does not fit its specification, or is damaged. */
export function stateError(column: string, problem: string): CrossbillError {
  return new CrossbillError("E_COLUMN_STATE", `column "${column}": ${problem}; fit the columns again`, { details: { column } });
}
