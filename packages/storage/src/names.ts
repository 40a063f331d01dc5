import path from "node:path";
import { CrossbillError } from "@crossbill/messages";

// Each segment: no control character, none of / \ : and not "." or ".." with or without trailing dots or spaces (Windows drops those).
const SEGMENT = /^[^\p{Cc}\p{Cs}/\\:]{1,255}$/u;

/**
 * `name` if it is a relative name with "/" between its segments that cannot leave the folder it is resolved in.
 * @throws E_PATH for absolute names, "..", ".", empty segments, backslashes, colons, control characters, more than 1,024 bytes.
 */
export function checkName(name: string): string {
  const sound =
    name.length > 0 &&
    Buffer.byteLength(name) <= 1024 &&
    name.split("/").every((segment) => SEGMENT.test(segment) && !/^[. ]+$/.test(segment) && Buffer.byteLength(segment) <= 255);
  if (!sound)
    throw new CrossbillError(
      "E_PATH",
      `not an allowed name: ${JSON.stringify(name.slice(0, 200))}; names are relative, with "/" between non-empty segments, without "..", ":" or backslashes`,
      { details: { name: name.slice(0, 200) } },
    );
  return name;
}

/** The path of `name` under `root`. @throws E_PATH as {@link checkName}. */
export function resolveInside(root: string, name: string): string {
  return path.join(path.resolve(root), ...checkName(name).split("/"));
}
