import { CSV_FLAGS, CSV_STATES, type CsvBytes } from "../exports-csv.js";

const LF = 10;
const CR = 13;

/** One row cut into fields, byte by byte. */
export interface CsvRow {
  start: number;
  length: number;
  flags: number;
  fields: Uint8Array[];
}

/** Slow twin of csv_rows over a whole text that begins where a row may begin. `fields`: the right number of them. */
export function csvRowsTwin(text: Uint8Array, dialect: CsvBytes, fields: number): CsvRow[] {
  const { delimiter, quote, escape: escapes, comment, trim } = dialect;
  const at = (p: number, what: Uint8Array): boolean => p + what.length <= text.length && what.every((b, i) => text[p + i] === b);
  const blank = (b: number | undefined): boolean => b === 32 || b === 9;
  const lineEnd = (p: number): boolean => p >= text.length || text[p] === LF || text[p] === CR;
  const rows: CsvRow[] = [];
  let p = 0;
  while (p < text.length) {
    if (lineEnd(p)) {
      p++;
      continue;
    }
    if (comment.length > 0 && at(p, comment)) {
      while (!lineEnd(p)) p++;
      continue;
    }
    const row: CsvRow = { start: p, length: 0, flags: 0, fields: [] };
    for (let more = true; more; ) {
      let q = p;
      if (trim) while (blank(text[q]) && !at(q, delimiter)) q++;
      let bytes: number[] = [];
      if (quote !== null && q < text.length && text[q] === quote) {
        p = q + 1;
        while (p < text.length && (text[p] !== quote || (escapes === null && text[p + 1] === quote))) {
          const next = text[p + 1];
          const pair = text[p] === quote || (text[p] === escapes && next !== undefined && (next === quote || next === escapes));
          if (pair) {
            row.flags |= CSV_FLAGS.UNESCAPED;
            p++;
          }
          bytes.push(text[p]!);
          p++;
        }
        if (p >= text.length) row.flags |= CSV_FLAGS.QUOTE | CSV_FLAGS.OPEN;
        else p++;
        for (; !lineEnd(p) && !at(p, delimiter); p++) if (!trim || !blank(text[p])) row.flags |= CSV_FLAGS.QUOTE;
      } else {
        for (; !lineEnd(p) && !at(p, delimiter); p++) bytes.push(text[p]!);
        if (trim) {
          while (bytes.length > 0 && blank(bytes[0])) bytes = bytes.slice(1);
          while (bytes.length > 0 && blank(bytes.at(-1))) bytes.pop();
        }
      }
      row.fields.push(Uint8Array.from(bytes));
      more = !lineEnd(p);
      if (more) p += delimiter.length;
    }
    row.length = p - row.start;
    if (row.fields.length !== fields) row.flags |= CSV_FLAGS.FIELD_COUNT;
    rows.push(row);
  }
  return rows;
}

/** What csv_scan reports of [pos, end), positions included. */
export interface CsvScan {
  position: number;
  state: number;
  rows: number;
  first: number | null;
}

/** Slow twin of csv_scan without `stop`: one byte, one step. */
export function csvScanTwin(text: Uint8Array, pos: number, end: number, dialect: CsvBytes, start: number): CsvScan {
  const { delimiter, quote, escape: escapes, comment, trim } = dialect;
  const at = (p: number, what: Uint8Array): boolean => p + what.length <= text.length && what.every((b, i) => text[p + i] === b);
  const { ROW, UNQUOTED, FIELD, QUOTED, ESCAPED, COMMENT, DELIMITER } = CSV_STATES;
  const scan: CsvScan = { position: end, state: start, rows: 0, first: null };
  const unquoted = (p: number): number => {
    const b = text[p];
    if (b === LF || (b === CR && text[p + 1] !== LF)) return ROW;
    if (quote === null || !at(p, delimiter)) return UNQUOTED;
    return delimiter.length > 1 ? DELIMITER + delimiter.length - 2 : FIELD;
  };
  const field = (p: number): number => {
    if (quote === null) return unquoted(p);
    if (text[p] === quote) return QUOTED;
    return trim && (text[p] === 32 || text[p] === 9) && !at(p, delimiter) ? FIELD : unquoted(p);
  };
  for (let p = pos; p < end; p++) {
    const b = text[p]!;
    const next = text[p + 1];
    if (scan.state === ROW) {
      if (b === LF || b === CR) scan.state = unquoted(p);
      else if (comment.length > 0 && at(p, comment)) scan.state = COMMENT;
      else {
        scan.first ??= p;
        scan.rows++;
        scan.state = field(p);
      }
    } else if (scan.state === FIELD) scan.state = field(p);
    else if (scan.state === UNQUOTED) scan.state = unquoted(p);
    else if (scan.state === QUOTED) {
      if (b === quote) scan.state = escapes === null && next === quote ? ESCAPED : UNQUOTED;
      else if (b === escapes && next !== undefined && (next === quote || next === escapes)) scan.state = ESCAPED;
    } else if (scan.state === ESCAPED) scan.state = QUOTED;
    else if (scan.state === COMMENT) scan.state = b === LF || (b === CR && next !== LF) ? ROW : COMMENT;
    else scan.state = scan.state === DELIMITER ? FIELD : scan.state - 1;
  }
  return scan;
}

/** Slow twin of csv_uniform for one text. */
export function csvUniformTwin(text: Uint8Array): number {
  const u64 = (x: bigint): bigint => BigInt.asUintN(64, x);
  let h = 0xcbf29ce484222325n;
  for (const b of text) h = u64((h ^ BigInt(b)) * 0x100000001b3n);
  h = u64((h ^ (h >> 33n)) * 0xff51afd7ed558ccdn);
  h = u64((h ^ (h >> 33n)) * 0xc4ceb9fe1a85ec53n);
  h ^= h >> 33n;
  return Number(h >> 11n) / 2 ** 53;
}
