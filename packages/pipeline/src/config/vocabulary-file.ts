import fs from "node:fs";
import path from "node:path";
import { CrossbillError } from "@crossbill/messages";

/**
 * The values of a vocabulary's file: UTF-8, one a line (LF or CR LF), in the order of their ids; a byte order mark and the last line end are none.
 * @param column of the vocabulary, for errors
 * @throws E_FILE_MISSING; E_VOCABULARY_FILE for an empty file, an empty line, a value that comes twice, bytes that are no UTF-8 (all exit code 2)
 */
export function readVocabularyFile(file: string, directory: string, column: string): string[] {
  const at = path.resolve(directory, file);
  const wrong = (line: number | null, why: string): CrossbillError =>
    new CrossbillError("E_VOCABULARY_FILE", `columns.${column}.file: ${at}${line === null ? "" : `:${line}`}: ${why}`, {
      exitCode: 2,
      details: { path: at, line },
    });
  let bytes: Buffer;
  try {
    bytes = fs.readFileSync(at);
  } catch (cause) {
    throw new CrossbillError("E_FILE_MISSING", `columns.${column}.file: ${at} cannot be read (${cause instanceof Error ? cause.message : String(cause)})`, {
      cause,
      exitCode: 2,
      details: { path: at },
    });
  }
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const lineOf = new Map<string, number>();
  let line = 0;
  for (let from = marked; from < bytes.length; ) {
    line++;
    const end = bytes.indexOf(0x0a, from);
    const next = end < 0 ? bytes.length : end + 1;
    let stop = end < 0 ? bytes.length : end;
    if (stop > from && bytes[stop - 1] === 0x0d) stop--;
    let value: string;
    try {
      value = decoder.decode(bytes.subarray(from, stop));
    } catch {
      throw wrong(line, "is not UTF-8; convert the file, for example with iconv -t UTF-8");
    }
    if (value === "") throw wrong(line, "is empty; every line is a value");
    const before = lineOf.get(value);
    if (before !== undefined) throw wrong(line, `${JSON.stringify(value)} comes twice, first in line ${before}; every value once`);
    lineOf.set(value, line);
    from = next;
  }
  if (lineOf.size === 0) throw wrong(null, "holds no value; one a line is expected");
  return [...lineOf.keys()];
}
