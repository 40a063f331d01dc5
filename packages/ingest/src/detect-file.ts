import fs from "node:fs";
import { DETECT_BYTES, type DetectedDialect, detectDialect } from "./detect-dialect.js";
import { openSource, readInto } from "./source-bytes.js";

/** {@link detectDialect} of the beginning of a file. @throws E_NOT_FOUND, E_PERMISSION, E_IO, E_INPUT_CHANGED */
export function detectFile(path: string): DetectedDialect {
  const file = openSource(path);
  try {
    const { size } = fs.fstatSync(file);
    const sample = new Uint8Array(Math.min(size, DETECT_BYTES));
    readInto(file, path, sample, 0);
    return detectDialect(sample, size <= DETECT_BYTES);
  } finally {
    fs.closeSync(file);
  }
}
