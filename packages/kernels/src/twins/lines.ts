import { LINE_STATES } from "../exports-lines.js";

const LF = 10;
const BLANKS: ReadonlySet<number> = new Set([32, 9, 13]);

/** What lines_scan reports of [pos, end), positions included. */
export interface LineScan {
  position: number;
  state: number;
  rows: number;
  first: number | null;
}

/** Slow twin of lines_scan without `stop`: one byte, one step. */
export function linesScanTwin(text: Uint8Array, pos: number, end: number, comment: number, start: number): LineScan {
  const scan: LineScan = { position: end, state: start, rows: 0, first: null };
  for (let p = pos; p < end; p++) {
    const byte = text[p]!;
    if (byte === LF) scan.state = LINE_STATES.ROW;
    else if (scan.state === LINE_STATES.ROW && byte === comment) scan.state = LINE_STATES.COMMENT;
    else if (scan.state === LINE_STATES.ROW && !BLANKS.has(byte)) {
      scan.state = LINE_STATES.INSIDE;
      scan.first ??= p;
      scan.rows++;
    }
  }
  return scan;
}

/** The rows of a text: where each stands without the blanks around it, and where its line ends. */
export function lineRowsTwin(text: Uint8Array, comment: number): { start: number; length: number; end: number }[] {
  const rows: { start: number; length: number; end: number }[] = [];
  for (let from = 0; from < text.length; ) {
    const lf = text.indexOf(LF, from);
    const next = lf < 0 ? text.length : lf;
    let [start, end] = [from, next];
    while (start < end && BLANKS.has(text[start]!)) start++;
    while (end > start && BLANKS.has(text[end - 1]!)) end--;
    if (end > start && text[start] !== comment) rows.push({ start, length: end - start, end: next });
    from = next + 1;
  }
  return rows;
}
