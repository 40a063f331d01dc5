// Formats of one row a line: lines end at LF; spaces, tabs and CR around a line's text are blank; a line of blanks, or one whose text begins with the
// comment byte, is no row. The slow twin is src/twins/lines.ts.
import { is_blank, line_end } from "./lib/line-end";

const LF: u32 = 10;

const ROW: u32 = 0;
const INSIDE: u32 = 1;
const COMMENT: u32 = 2;

/**
 * Runs the states over [pos, end). `comment`: a byte, or 256: none. `stop` != 0: stops as soon as a row may begin behind at least one byte.
 * out u32[4]: position reached, state there, rows that begin, position of the first of them (0xFFFFFFFF: none). 16 bytes past `end` must be readable.
 */
export function lines_scan(out: usize, pos: usize, end: usize, comment: u32, start_state: u32, stop: u32): void {
  let p = pos;
  let state = start_state;
  let rows: u32 = 0;
  let first: u32 = 0xffffffff;
  while (p < end) {
    if (state == ROW) {
      if (stop != 0 && p > pos) break;
      const c = <u32>load<u8>(p);
      if (c == LF || is_blank(c)) p++;
      else if (c == comment) state = COMMENT;
      else {
        if (rows == 0) first = <u32>p;
        rows++;
        state = INSIDE;
      }
    } else {
      p = line_end(p, end);
      if (p < end) {
        p++;
        state = ROW;
      }
    }
  }
  store<u32>(out, <u32>p);
  store<u32>(out, state, 4);
  store<u32>(out, rows, 8);
  store<u32>(out, first, 12);
}

/** LFs in [pos, end). */
export function lines_count(pos: usize, end: usize): u32 {
  const v_lf = i8x16.splat(10);
  let lines: u32 = 0;
  let p = pos;
  for (; p + 16 <= end; p += 16) lines += popcnt(<u32>i8x16.bitmask(i8x16.eq(v128.load(p), v_lf)));
  for (; p < end; p++) lines += <u32>(load<u8>(p) == <u8>LF);
  return lines;
}
