import fs from "node:fs";
import path from "node:path";

/** A folder of reference numbers beside the checkout, or where CROSSBILL_VECTORS says. */
export function vectors(): string | null {
  const named = process.env["CROSSBILL_VECTORS"];
  if (named !== undefined) return named;
  for (let at = import.meta.dirname; path.dirname(at) !== at; at = path.dirname(at)) {
    const folder = path.join(at, "shared", "vectors");
    if (fs.existsSync(folder)) return folder;
  }
  return null;
}
