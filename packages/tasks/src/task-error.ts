import { type CrossbillError, type ErrorCode, type ErrorDetails, fromPlainError, toPlainError, v1 } from "@crossbill/messages";

/** Any thrown thing as a message; what is no CrossbillError becomes E_INTERNAL. */
export function toTaskError(thrown: unknown): v1.TaskError {
  const { code, message, exitCode, details } = toPlainError(thrown);
  return v1.TaskError.create({ code, message, exitCode, details: JSON.stringify(details) });
}

/** The inverse of {@link toTaskError}. What is not well-formed in a message from elsewhere falls back to E_INTERNAL, exit code 1, no details. */
export function fromTaskError(error: v1.TaskError.$Properties): CrossbillError {
  const code = /^E_[A-Z0-9_]+$/.test(error.code ?? "") ? (error.code as ErrorCode) : "E_INTERNAL";
  const exitCode = error.exitCode === 2 || error.exitCode === 3 ? error.exitCode : 1;
  return fromPlainError({ code, message: error.message ?? "", exitCode, details: parseDetails(error.details ?? "") });
}

function parseDetails(text: string): ErrorDetails {
  try {
    const details: unknown = JSON.parse(text, (key, value: unknown) => (key === "__proto__" ? undefined : value));
    return typeof details === "object" && details !== null && !Array.isArray(details) ? (details as ErrorDetails) : {};
  } catch (thrown) {
    return { unreadableDetails: String(thrown) };
  }
}
