import { CrossbillError, type ErrorCode } from "@crossbill/messages";

const CODES = new Map<string, readonly [ErrorCode, string]>([
  ["ENOSPC", ["E_NO_SPACE", "no space left on the device; free some and run the same command again"]],
  ["EDQUOT", ["E_NO_SPACE", "no space left in the disk quota; free some and run the same command again"]],
  ["ENOENT", ["E_NOT_FOUND", "no such file or folder"]],
  ["EACCES", ["E_PERMISSION", "permission denied"]],
  ["EPERM", ["E_PERMISSION", "operation not permitted"]],
  ["EROFS", ["E_PERMISSION", "the file system is read-only"]],
]);

/**
 * What a file operation threw, as a CrossbillError that names the file: E_NO_SPACE, E_NOT_FOUND, E_PERMISSION, else E_IO.
 * `action` is a verb: "write", "read". A CrossbillError passes through unchanged.
 */
export function ioError(thrown: unknown, action: string, path: string): CrossbillError {
  if (thrown instanceof CrossbillError) return thrown;
  const errno = errnoOf(thrown);
  const [code, text] = CODES.get(errno) ?? ["E_IO", thrown instanceof Error ? thrown.message : String(thrown)];
  return new CrossbillError(code, `cannot ${action} ${path}: ${text}`, { cause: thrown, details: { path, errno } });
}

/** "ENOENT" and the like; "" for anything else that was thrown. */
export function errnoOf(thrown: unknown): string {
  const code = thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : "";
}
