/** Facts about an error that a program may read; never a secret, never a whole row. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly string[] | readonly number[] | null>>;

/** A stable, documented name of a failure: `E_` and capitals. Callers may branch on it. */
export type ErrorCode = `E_${string}`;

/**
 * The one error of Crossbill's packages. `message` says what, where, what was found, what is allowed and what to do next;
 * `code` is stable between releases. `exitCode` is what the command line ends with: 1 failed, 2 wrong usage or configuration, 3 gate rejected.
 */
export class CrossbillError extends Error {
  readonly code: ErrorCode;
  readonly exitCode: 1 | 2 | 3;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; exitCode?: 1 | 2 | 3; details?: ErrorDetails } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CrossbillError";
    this.code = code;
    this.exitCode = options.exitCode ?? 1;
    this.details = options.details ?? {};
  }
}

/** What crosses a thread or process border of an error. */
export interface PlainError {
  code: ErrorCode;
  message: string;
  exitCode: 1 | 2 | 3;
  details: ErrorDetails;
}

/** Any thrown thing as a plain object; what is not a CrossbillError becomes `E_INTERNAL` (or `fallback`) and keeps its message. */
export function toPlainError(thrown: unknown, fallback: ErrorCode = "E_INTERNAL"): PlainError {
  if (thrown instanceof CrossbillError) return { code: thrown.code, message: thrown.message, exitCode: thrown.exitCode, details: thrown.details };
  return { code: fallback, message: thrown instanceof Error ? thrown.message : String(thrown), exitCode: 1, details: {} };
}

/** The inverse of {@link toPlainError}. */
export function fromPlainError(plain: PlainError): CrossbillError {
  return new CrossbillError(plain.code, plain.message, { exitCode: plain.exitCode, details: plain.details });
}
