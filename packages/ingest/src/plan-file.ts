import { createHash } from "node:crypto";
import { CSV_STATES } from "@crossbill/kernels";
import { CrossbillError, type v1 } from "@crossbill/messages";
import type { Head } from "./read-head.js";

/** Bytes of the ranges that files are cut into. Part of what determines shards and packs: never depends on workers or memory. */
export const RANGE_BYTES = 16 * 2 ** 20;

/** A row may go on so far behind the range in which it begins: a row's texts are held in memory several times over. */
export const MOST_ROW_BYTES = 128 * 2 ** 20;

/** Bytes [offset, offset + length) of a file. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** The rows of one file that begin in one range. */
export interface Shard {
  readonly range: Range;
  /** SHA-256 of the whole range. */
  readonly sha256: string;
  /** What verifies it where it is read. */
  readonly checksum: Uint8Array;
  /** Offsets in the file: of its first row, and of the next shard's first row (or the file's end). */
  readonly start: number;
  readonly end: number;
  /** Number of its first row in the file, from 0, header not counted. */
  readonly firstRow: number;
  /** Line of that row, from 1. */
  readonly firstLine: number;
}

export interface FilePlan {
  /** SHA-256 of size and ranges' hashes. */
  readonly sha256: string;
  readonly rows: number;
  readonly shards: readonly Shard[];
}

/** The ranges of a file: by size alone. */
export function cutRanges(size: number, rangeBytes: number = RANGE_BYTES): Range[] {
  return Array.from({ length: Math.ceil(size / rangeBytes) }, (_, i) => ({ offset: i * rangeBytes, length: Math.min(rangeBytes, size - i * rangeBytes) }));
}

/** Joins the scans of a file's ranges, in order, to its shards. @throws E_NO_ROWS, E_ROW_TOO_LONG, E_QUOTE_OPEN */
export function planFile(head: Head, ranges: readonly Range[], scans: readonly v1.TextScan[]): FilePlan {
  const hash = createHash("sha256").update(`crossbill.text ${head.size}`);
  const shards: Omit<Shard, "end">[] = [];
  let state: number = CSV_STATES.ROW;
  let rows = 0;
  let lines = head.dataLines;
  for (const [i, range] of ranges.entries()) {
    const scan = scans[i]!;
    hash.update(scan.sha256);
    if (range.offset + range.length <= head.dataStart) continue;
    const found = scan.cases.find((one) => one.startState === state);
    if (found === undefined) throw new CrossbillError("E_INTERNAL", `${head.path}: range ${i} begins in state ${state}, which its scan did not try`);
    if (found.rows > 0)
      shards.push({
        range,
        sha256: scan.sha256,
        checksum: scan.checksum,
        start: range.offset + found.firstRow,
        firstRow: rows,
        firstLine: lines + found.firstRowLine + 1,
      });
    rows += found.rows;
    lines += found.lines;
    state = found.endState;
  }
  if (rows === 0)
    throw new CrossbillError("E_NO_ROWS", `${head.path}: no rows${head.dataStart > 0 ? " behind the header" : ""}`, { details: { path: head.path } });
  const whole = shards.map((shard, i) => ({ ...shard, end: shards[i + 1]?.start ?? head.size }));
  const long = whole.find(({ range, end }) => end - range.offset - range.length > MOST_ROW_BYTES);
  if (long !== undefined) throw rowTooLong(head.path, long, long === whole.at(-1) && state === CSV_STATES.QUOTED);
  return { sha256: hash.digest("hex"), rows, shards: whole };
}

function rowTooLong(path: string, { range, start, end, firstLine }: Shard, open: boolean): CrossbillError {
  const from = `${path}: the row that begins in bytes ${start} to ${range.offset + range.length} (line ${firstLine} or later)`;
  const details = { path, line: firstLine, offset: start };
  if (open)
    return new CrossbillError(
      "E_QUOTE_OPEN",
      `${from} has a quoted field that is never closed and swallows the rest of the file; close it, or set csv.quote to null if quotes are ordinary`,
      { details },
    );
  return new CrossbillError(
    "E_ROW_TOO_LONG",
    `${from} reaches up to byte ${end}; a row may have ${MOST_ROW_BYTES} bytes: is a quoted field not closed, or does the file have other line ends than the format's?`,
    { details },
  );
}
