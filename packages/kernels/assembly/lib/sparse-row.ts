// What libsvm and Vowpal Wabbit have in common: rows whose features become the text of a JSON object, in a heap of texts.
import { is_digit } from "./decimal";
import { is_blank, line_end } from "./line-end";

const LF: u32 = 10;
const MISSING: u32 = 0xffffffff;
const NONE: u32 = 0xffffffff;

/** Kind of the error that means: no room in the heap for this row. */
const ROOM: u32 = 11;

// The block of a batch, src/exports-sparse.ts: byte offsets of its u32s.
const COLUMNS: usize = 0;
const STARTS: usize = 4;
const LENGTHS: usize = 8;
const STRIDE: usize = 12;
const ROW_STARTS: usize = 16;
const ROW_LENGTHS: usize = 20;
const ROW_FLAGS: usize = 24;
const ROW_ERRORS: usize = 28;
const ROW_ERROR_AT: usize = 32;
const HEAP: usize = 36;
const HEAP_END: usize = 40;
const TOP: usize = 44;
const ERROR: usize = 48;
const ERROR_AT: usize = 52;
const FLAGS: usize = 56;
const ROW: usize = 60;
const SLOTS: usize = 64;

/** Notes an error; 0, which is no position. */
export function fail_row(batch: usize, kind: u32, at: usize): usize {
  store<u32>(batch, kind, ERROR);
  store<u32>(batch, <u32>at, ERROR_AT);
  return 0;
}

/** Notes that the slow twin is to read the row; 0. */
export function leave_row(batch: usize): usize {
  store<u32>(batch, 1, FLAGS);
  return 0;
}

/** Whether `bytes` more fit behind `top`; if not, that is the row's error. */
export function room(batch: usize, top: usize, bytes: usize): bool {
  if (<usize>load<u32>(batch, HEAP_END) - top >= bytes) return true;
  fail_row(batch, ROOM, 0);
  return false;
}

/** Top of the heap. */
// @ts-ignore: decorator
@inline
export function heap_top(batch: usize): usize {
  return load<u32>(batch, TOP);
}

/** Text of field `field` of the row: [from, to). */
export function set_text(batch: usize, field: usize, from: usize, to: usize): void {
  const slot = load<u32>(batch + SLOTS + (field << 2));
  if (slot == NONE) return;
  const at = (<usize>slot * <usize>load<u32>(batch, STRIDE) + <usize>load<u32>(batch, ROW)) << 2;
  store<u32>(<usize>load<u32>(batch, STARTS) + at, <u32>from);
  store<u32>(<usize>load<u32>(batch, LENGTHS) + at, <u32>(to - from));
}

/** The same, of text that was written to the heap up to `to`: what comes next goes behind it. */
export function set_heap_text(batch: usize, field: usize, to: usize): void {
  set_text(batch, field, heap_top(batch), to);
  store<u32>(batch, <u32>to, TOP);
}

// @ts-ignore: decorator
@inline
function hex_digit(c: u32): u8 {
  return <u8>(c < 10 ? 48 + c : 87 + c);
}

/** Writes bytes as they stand in a JSON string: at most six for one. Where they end. */
export function write_name(out: usize, from: usize, to: usize): usize {
  for (let p = from; p < to; p++) {
    const c = <u32>load<u8>(p);
    if (c == 34 || c == 92) store<u8>(out++, 92);
    if (c >= 32) {
      store<u8>(out++, <u8>c);
      continue;
    }
    store<u32>(out, 0x3030755c);
    store<u8>(out, hex_digit(c >> 4), 4);
    store<u8>(out, hex_digit(c & 15), 5);
    out += 6;
  }
  return out;
}

/** Position of the next row in [p, end), or `end`. `comment`: lines whose text begins with this byte are skipped. */
export function next_row(p: usize, end: usize, comment: u32): usize {
  while (p < end) {
    const c = <u32>load<u8>(p);
    if (c == LF || is_blank(c)) p++;
    else if (c == comment) p = line_end(p, end);
    else break;
  }
  return p;
}

/** Empties the heap; all texts are missing. */
export function begin_batch(batch: usize): void {
  store<u32>(batch, load<u32>(batch, HEAP), TOP);
  const bytes = (<usize>load<u32>(batch, COLUMNS) * <usize>load<u32>(batch, STRIDE)) << 2;
  memory.fill(load<u32>(batch, STARTS), 0, bytes);
  memory.fill(load<u32>(batch, LENGTHS), 0xff, bytes);
}

/** Readies the block for the row that begins at `p`. */
export function begin_row(batch: usize, row: u32): void {
  store<u32>(batch, 0, ERROR);
  store<u32>(batch, 0, FLAGS);
  store<u32>(batch, row, ROW);
}

/**
 * Notes the row that begins at `start` and was read up to `p` (0: not at all). Where its line ends; 0: it found no room, and is not noted, unless `last`:
 * then that is its error.
 */
export function end_row(batch: usize, start: usize, p: usize, end: usize, top: usize, last: bool): usize {
  const row = <usize>load<u32>(batch, ROW);
  const error = load<u32>(batch, ERROR);
  if (error == ROOM && !last) return 0;
  if (p == 0) {
    store<u32>(batch, <u32>top, TOP);
    const stride = <usize>load<u32>(batch, STRIDE);
    for (let field: usize = 0; field < 4; field++) {
      const slot = <usize>load<u32>(batch + SLOTS + (field << 2));
      if (<u32>slot != NONE) store<u32>(<usize>load<u32>(batch, LENGTHS) + ((slot * stride + row) << 2), MISSING);
    }
  }
  const stopped = line_end(p == 0 ? start : p, end);
  let behind = stopped;
  while (behind > start && is_blank(load<u8>(behind - 1))) behind--;
  store<u32>(<usize>load<u32>(batch, ROW_STARTS) + (row << 2), <u32>start);
  store<u32>(<usize>load<u32>(batch, ROW_LENGTHS) + (row << 2), <u32>(behind - start));
  store<u8>(<usize>load<u32>(batch, ROW_FLAGS) + row, <u8>load<u32>(batch, FLAGS));
  store<u8>(<usize>load<u32>(batch, ROW_ERRORS) + row, <u8>error);
  const at = error == 0 || error == ROOM ? 0 : load<u32>(batch, ERROR_AT) - <u32>start;
  store<u32>(<usize>load<u32>(batch, ROW_ERROR_AT) + (row << 2), at);
  return stopped;
}

/** Whether the text of a line ends at this byte. */
// @ts-ignore: decorator
@inline
export function ends_token(c: u32): bool {
  return c == LF || is_blank(c);
}

/** Where the zeros in front of the digits [from, to) end; one digit is left. */
export function significant(from: usize, to: usize): usize {
  while (from + 1 < to && load<u8>(from) == 48 && is_digit(load<u8>(from + 1))) from++;
  return from;
}
