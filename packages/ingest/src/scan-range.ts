import { createHash } from "node:crypto";
import fs from "node:fs";
import { CSV_DIALECT_BYTES, CSV_STATES, type CsvBytes, csvDialectBlock, LINE_STATES, NO_COMMENT } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import { csvBytes } from "./dialect.js";
import type { Runtime } from "./runtime.js";
import { checksumOf, openSource, readInto, takeText } from "./source-bytes.js";

/** Bytes behind a range that may be looked at: a delimiter, a comment's beginning, the LF of a CR LF. */
const LOOK_AHEAD = 32;
const NONE = 0xffffffff;

interface Case {
  readonly start: number;
  position: number;
  state: number;
  rows: number;
  /** Position of the first row that begins, or null. */
  first: number | null;
}

/** Every state in which a range may begin that the file's first row does not lie in or behind. */
export function startStates(dialect: CsvBytes): number[] {
  const { ROW, UNQUOTED, FIELD, QUOTED, ESCAPED, COMMENT, DELIMITER } = CSV_STATES;
  if (dialect.quote === null) return [ROW, UNQUOTED];
  const delimiters = Array.from({ length: dialect.delimiter.length - 1 }, (_, k) => DELIMITER + k);
  return [ROW, UNQUOTED, FIELD, QUOTED, ESCAPED, ...(dialect.comment.length > 0 ? [COMMENT] : []), ...delimiters];
}

/** How a format's rows are told apart: its states between two bytes, 0 meaning that a row may begin. */
export interface RowScanner {
  /** Every state in which a range may begin that the file's first row does not lie in or behind. */
  readonly states: readonly number[];
  /** Runs the states over [position, end); bytes up to `limit` may be looked at. out u32[4] as of csv_scan. */
  scan(out: number, position: number, end: number, limit: number, state: number, stop: number): void;
  /** Line ends in [from, to). */
  lines(from: number, to: number, limit: number): number;
}

/** Scans a range of delimited text. @throws as {@link scanText} */
export function scanRange(params: v1.ScanParams, runtime: Runtime, beat: () => void): v1.TextScan {
  const { arena, kernels } = runtime;
  const dialect = csvBytes(params.csv);
  const block = arena.take(CSV_DIALECT_BYTES);
  arena.u8(block, CSV_DIALECT_BYTES).set(csvDialectBlock(dialect));
  return scanText(params, runtime, beat, {
    states: startStates(dialect),
    scan: (out, position, end, limit, state, stop) => kernels.csv_scan(out, position, end, limit, block, state, stop),
    lines: (from, to, limit) => kernels.csv_lines(from, to, limit),
  });
}

/** Scans a range of a format of one row a line. @param comment byte with which lines begin that are no rows, or NO_COMMENT. @throws as {@link scanText} */
export function scanLines(params: v1.ScanParams, runtime: Runtime, beat: () => void, comment: number): v1.TextScan {
  const { kernels } = runtime;
  const { ROW, INSIDE, COMMENT } = LINE_STATES;
  return scanText(params, runtime, beat, {
    states: comment === NO_COMMENT ? [ROW, INSIDE] : [ROW, INSIDE, COMMENT],
    scan: (out, position, end, _, state, stop) => kernels.lines_scan(out, position, end, comment, state, stop),
    lines: (from, to) => kernels.lines_count(from, to),
  });
}

/**
 * Hashes one range and runs a format's states over it for every start state. The cases meet at their first common row start, usually within
 * two lines, and are one from there on.
 * @throws E_NOT_FOUND, E_IO, E_INPUT_CHANGED
 */
function scanText(params: v1.ScanParams, runtime: Runtime, beat: () => void, scanner: RowScanner): v1.TextScan {
  const { offset, length, from, size } = params;
  const { arena } = runtime;
  const visible = Math.min(size, offset + length + LOOK_AHEAD) - offset;
  const base = takeText(runtime, visible);
  const file = openSource(params.path);
  try {
    readInto(file, params.path, arena.u8(base, visible), offset);
  } finally {
    fs.closeSync(file);
  }
  beat();
  const sha256 = createHash("sha256").update(arena.u8(base, length)).digest("hex");
  const checksum = checksumOf(runtime, base, length);
  if (from >= offset + length) return v1.TextScan.create({ sha256, checksum, cases: [] });

  const begin = base + Math.max(0, from - offset);
  const end = base + length;
  const out = arena.take(16);
  const scan = (position: number, state: number, stop: boolean): Uint32Array => {
    scanner.scan(out, position, end, base + visible, state, stop ? 1 : 0);
    return arena.u32(out, 4);
  };
  const advance = (of: readonly Case[], stop: boolean): void => {
    const { position, state } = of[0]!;
    const [reached, ended, rows, first] = scan(position, state, stop) as unknown as [number, number, number, number];
    for (const one of of) {
      one.position = reached;
      one.state = ended;
      one.rows += rows;
      if (first !== NONE) one.first ??= first;
    }
  };
  const states = offset <= from ? [CSV_STATES.ROW] : scanner.states;
  const cases = states.map((start): Case => ({ start, position: begin, state: start, rows: 0, first: null }));
  for (const one of cases) if (one.state !== CSV_STATES.ROW) advance([one], true);
  for (;;) {
    const open = cases.filter((one) => one.position < end);
    if (open.length === 0) break;
    const position = Math.min(...open.map((one) => one.position));
    const together = open.filter((one) => one.position === position);
    advance(together, together.length < open.length);
  }
  const lines = scanner.lines(begin, end, base + visible);
  return v1.TextScan.create({
    sha256,
    checksum,
    cases: cases.map((one) => ({
      startState: one.start,
      endState: one.state,
      rows: one.rows,
      lines,
      firstRow: one.first === null ? length : one.first - base,
      firstRowLine: one.first === null ? 0 : scanner.lines(begin, one.first, base + visible),
    })),
  });
}
