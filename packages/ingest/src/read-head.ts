import fs from "node:fs";
import { CSV_DIALECT_BYTES, CSV_FLAGS, CSV_STATES, type CsvBytes, csvDialectBlock, csvRowsTwin } from "@crossbill/kernels";
import { CrossbillError, type v1 } from "@crossbill/messages";
import { ioError } from "@crossbill/storage";
import { csvBytes } from "./dialect.js";
import type { Runtime } from "./runtime.js";
import { openSource, readInto, takeText } from "./source-bytes.js";
import type { TableGroup } from "./tables/child-protocol.js";

/** What the beginning of a file says, and by what it is recognized as unchanged. */
export interface Head {
  readonly path: string;
  readonly size: number;
  /** Nanoseconds, as text. */
  readonly modified: string;
  readonly fields: readonly string[];
  /** Offset of the first byte behind byte order mark and header. */
  readonly dataStart: number;
  /** Line ends before it. */
  readonly dataLines: number;
  /** Every row says which fields it has: there may be more than `fields`. */
  readonly open?: boolean;
  /** Of formats that are parsed apart: row groups (record batches) of the file. */
  readonly groups?: readonly TableGroup[];
}

const FIRST_LOOK = 2 ** 16;
const MAX_HEADER = 2 ** 26;

/**
 * Reads byte order mark and header of delimited text.
 * @throws E_FILE_MISSING, E_EMPTY_FILE, E_ENCODING, E_HEADER (no valid UTF-8, malformed quotes, longer than 64 MiB), E_DUPLICATE_COLUMN, E_IO
 */
export function readCsvHead(path: string, csv: v1.CsvDialect, runtime: Runtime): Head {
  const { size, modified } = statSource(path);
  if (size === 0) throw emptyFile(path);
  const file = openSource(path);
  try {
    for (let look = Math.min(FIRST_LOOK, size); ; look = Math.min(look * 4, size)) {
      const found = lookAt(file, path, look, size, csv, runtime);
      if (found !== null) return { path, size, modified, ...found };
      if (look >= MAX_HEADER) throw header(path, `it is longer than ${MAX_HEADER} bytes; is csv.quote right?`);
    }
  } finally {
    fs.closeSync(file);
  }
}

/** Size and time of a file. @throws E_FILE_MISSING, E_IO */
export function statSource(path: string): { size: number; modified: string } {
  let stat: fs.BigIntStats | undefined;
  try {
    stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (thrown) {
    throw ioError(thrown, "read", path);
  }
  if (stat === undefined)
    throw new CrossbillError("E_FILE_MISSING", `${path}: there is no such file; check data.train, data.validation and data.test`, { details: { path } });
  if (!stat.isFile())
    throw new CrossbillError("E_FILE_MISSING", `${path}: not a file; name the files in it, for example with ${path}/*.csv`, { details: { path } });
  return { size: Number(stat.size), modified: String(stat.mtimeNs) };
}

/** null: the header goes on behind the first `look` bytes. */
function lookAt(
  file: number,
  path: string,
  look: number,
  size: number,
  csv: v1.CsvDialect,
  runtime: Runtime,
): Pick<Head, "fields" | "dataStart" | "dataLines"> | null {
  const { arena, kernels } = runtime;
  const mark = arena.mark();
  try {
    const base = takeText(runtime, look);
    readInto(file, path, arena.u8(base, look), 0);
    const bytes = arena.u8(base, look);
    checkEncoding(path, bytes);
    const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    if (size === mark) throw emptyFile(path);
    if (!csv.header) return { fields: unique(path, csv.names), dataStart: mark, dataLines: 0 };
    const dialect = csvBytes(csv);
    const out = arena.take(16);
    const block = arena.take(CSV_DIALECT_BYTES);
    arena.u8(block, CSV_DIALECT_BYTES).set(csvDialectBlock(dialect));
    const end = base + look;
    let at = base + mark;
    let rows = 0;
    let state: number = CSV_STATES.ROW;
    while (at < end && rows === 0) {
      kernels.csv_scan(out, at, end, end, block, CSV_STATES.ROW, 1);
      [at, state, rows] = arena.u32(out, 3) as unknown as [number, number, number];
    }
    if (at >= end && look < size) return null;
    if (rows === 0) throw emptyFile(path);
    if (state === CSV_STATES.QUOTED) throw header(path, "a quoted name in it is not closed");
    const first = arena.u32(out, 4)[3]!;
    return { fields: namesOf(path, Uint8Array.from(arena.u8(first, at - first)), dialect), dataStart: at - base, dataLines: kernels.csv_lines(base, at, end) };
  } finally {
    arena.release(mark);
  }
}

function namesOf(path: string, line: Uint8Array, dialect: CsvBytes): string[] {
  const row = csvRowsTwin(line, dialect, 0)[0]!;
  if ((row.flags & CSV_FLAGS.QUOTE) !== 0) throw header(path, "text stands behind a closing quote");
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const names = row.fields.map((bytes, i) => {
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      throw header(path, `name ${i + 1} is not valid UTF-8`, cause);
    }
  });
  return unique(path, names);
}

function unique(path: string, names: readonly string[]): string[] {
  const seen = new Set<string>();
  const twice = names.find((name) => seen.size === seen.add(name).size);
  if (twice === undefined) return [...names];
  const at = names.flatMap((name, i) => (name === twice ? [i + 1] : []));
  throw new CrossbillError("E_DUPLICATE_COLUMN", `${path}: fields ${at.join(", ")} are all named ${JSON.stringify(twice)}; names must differ`, {
    details: { path, field: twice },
  });
}

function header(path: string, why: string, cause?: unknown): CrossbillError {
  return new CrossbillError("E_HEADER", `${path}: unreadable header: ${why}`, { details: { path }, ...(cause === undefined ? {} : { cause }) });
}

export function emptyFile(path: string): CrossbillError {
  return new CrossbillError("E_EMPTY_FILE", `${path}: the file is empty`, { details: { path } });
}

/** Refuses UTF-16 and UTF-32, with a byte order mark or with the zeros that Latin text has in them. @throws E_ENCODING */
export function checkEncoding(path: string, bytes: Uint8Array): void {
  const [a, b] = bytes;
  const sample = bytes.subarray(0, Math.min(bytes.length & ~1, 4096));
  let even = 0;
  let odd = 0;
  let wide = 0;
  for (let i = 0; i < sample.length; i += 2) {
    if (sample[i] === 0) even++;
    if (sample[i + 1] === 0) odd++;
    if (i % 4 === 0 && sample[i + 1] === 0 && sample[i + 2] === 0 && (sample[i] === 0) !== (sample[i + 3] === 0)) wide++;
  }
  const pairs = sample.length / 2;
  const zeros = (Math.max(even, odd) > pairs / 2 && Math.min(even, odd) === 0) || wide > pairs / 4;
  const marked = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);
  if (!marked && !(pairs >= 4 && zeros)) return;
  throw new CrossbillError("E_ENCODING", `${path}: looks like UTF-16 or UTF-32; only UTF-8 is read: convert it, for example with iconv -f UTF-16 -t UTF-8`, {
    details: { path },
  });
}
