import { CrossbillError, type ErrorDetails } from "@crossbill/messages";

/** A table file that is not what it says it is. */
export function damagedTable(path: string, problem: string, details: ErrorDetails = {}): CrossbillError {
  return new CrossbillError("E_CORRUPT", `${path}: damaged: ${problem}; nothing of it was used: write or fetch the file again`, {
    details: { path, ...details },
  });
}

/** A table file that says more than this reader does. */
export function unsupportedTable(path: string, problem: string, details: ErrorDetails = {}): CrossbillError {
  return new CrossbillError("E_TABLE_TYPE", `${path}: ${problem}`, { details: { path, ...details } });
}

/** A table file that takes more than one may. */
export function tableLimit(path: string, problem: string, details: ErrorDetails = {}): CrossbillError {
  return new CrossbillError("E_TABLE_LIMIT", `${path}: ${problem}`, { details: { path, ...details } });
}
