import type { Row } from "@crossbill/models";
import { usage } from "./failure.js";

/** The row that `--row` gives. @param of what its fields are @throws E_USAGE (exit code 2) */
export function rowOf(text: string, of: string): Row {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch {
    row = null;
  }
  if (typeof row !== "object" || row === null || Array.isArray(row))
    throw usage(`--row ${text}: a JSON object of ${of} is needed, as {"user": "3", "history": ["a", "b"]}`);
  return Object.assign(Object.create(null) as object, row) as Row;
}
