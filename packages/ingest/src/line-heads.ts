import fs from "node:fs";
import { jsonRowsTwin, lineRowsTwin, NO_COMMENT } from "@crossbill/kernels";
import { CrossbillError } from "@crossbill/messages";
import { jsonReason } from "./json-shard.js";
import { checkEncoding, emptyFile, type Head, statSource } from "./read-head.js";
import { openSource, readInto } from "./source-bytes.js";

/** The rows that say which fields a file of JSON lines has: so many, of those that lie in so many bytes; more bytes where no row ends in these. */
const SAMPLE_ROWS = 1000;
const SAMPLE_BYTES = 2 ** 20;
const MAX_ROW = 2 ** 26;

/** Head of a format of one row a line whose fields are always the same. @throws E_FILE_MISSING, E_EMPTY_FILE, E_ENCODING, E_IO */
export function readLineHead(path: string, fields: readonly string[]): Head {
  const { size, modified } = statSource(path);
  return { path, size, modified, fields, dataStart: markOf(path, readStart(path, size, 4096)), dataLines: 0 };
}

/**
 * Head of a file of JSON lines. Its fields are the names of its first rows, in order of first appearance: at most 1000, of those
 * that lie in its first MiB (4, 16, 64 MiB where no row ends before).
 * @throws E_FILE_MISSING, E_EMPTY_FILE, E_ENCODING, E_IO; E_JSON when none of these rows is a JSON object
 */
export function readJsonHead(path: string): Head {
  const { size, modified } = statSource(path);
  for (let look = SAMPLE_BYTES; ; look *= 4) {
    const bytes = readStart(path, size, look);
    const dataStart = markOf(path, bytes);
    const text = bytes.subarray(dataStart);
    const whole = bytes.length === size ? text.length : text.lastIndexOf(10) + 1;
    const lines = lineRowsTwin(text.subarray(0, whole), NO_COMMENT).slice(0, SAMPLE_ROWS);
    if (lines.length > 0) {
      const fields = fieldsOf(
        path,
        lines.map(({ start, end }) => text.subarray(start, end)),
      );
      return { path, size, modified, fields, dataStart, dataLines: 0, open: true };
    }
    if (bytes.length === size) throw emptyFile(path);
    if (look >= MAX_ROW)
      throw new CrossbillError("E_JSON", `${path}: no line ends in its first ${look} bytes; is it JSON lines, one object a line?`, { details: { path } });
  }
}

/** Names of the rows' fields. */
function fieldsOf(path: string, rows: readonly Uint8Array[]): string[] {
  const names = new Set<string>();
  let good = 0;
  for (const row of rows) {
    const found = namesOf(row);
    if (found === null) continue;
    good++;
    for (const name of found) names.add(name);
  }
  if (good > 0) return [...names];
  const [first] = jsonRowsTwin(rows[0]!, []);
  throw new CrossbillError(
    "E_JSON",
    `${path}: no JSON object among its first ${rows.length} rows, and the format jsonl has one in every line; the first is ${jsonReason(first!.error, first!.errorAt)}`,
    { details: { path } },
  );
}

const INTEGER = /^(0|[1-9][0-9]*)$/;

/** Names of one row, in its order; null: it is no object. */
function namesOf(row: Uint8Array): string[] | null {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(row.buffer, row.byteOffset, row.length).toString("utf8"));
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const names = Object.keys(value);
  // JavaScript puts names that are integers first.
  return names.some((name) => INTEGER.test(name)) ? jsonRowsTwin(row, [])[0]!.entries.map(({ name }) => Buffer.from(name).toString("utf8")) : names;
}

/** At most `look` bytes. */
function readStart(path: string, size: number, look: number): Uint8Array {
  if (size === 0) throw emptyFile(path);
  const bytes = new Uint8Array(Math.min(size, look));
  const file = openSource(path);
  try {
    readInto(file, path, bytes, 0);
  } finally {
    fs.closeSync(file);
  }
  return bytes;
}

/** Bytes of a byte order mark. */
function markOf(path: string, bytes: Uint8Array): number {
  checkEncoding(path, bytes);
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  if (mark > 0 && bytes.length === mark) throw emptyFile(path);
  return mark;
}
