// One JSON object a line. What a row may hold and every array are described in src/exports-json.ts; the slow twin is src/twins/json.ts.
import { fingerprint64 } from "./lib/farmhash";
import { fail, literal_end, number_end, skip_blanks, string_end, unescape, value_end } from "./lib/json-value";
import { is_blank, line_end } from "./lib/line-end";

const MISSING: u32 = 0xffffffff;
const NONE: u32 = 0xffffffff;
const LF: u32 = 10;
const QUOTE: u32 = 34;

const OBJECT: u32 = 1;
const KEY: u32 = 2;
const COLON: u32 = 3;
const SEPARATOR: u32 = 10;
const TRAILING: u32 = 12;
const DUPLICATE: u32 = 13;

const UNESCAPED: u32 = 4;

// @ts-ignore: decorator
@inline
function same(a: usize, b: usize, length: u32): bool {
  let i: usize = 0;
  for (; i + 8 <= <usize>length; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false;
  for (; i < <usize>length; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}

/** Fills the table u32[mask + 1] of a block of names (src/exports-json.ts): 1 + index of a name, by its fingerprint; 0: free. */
export function json_names(block: usize): void {
  const fields = load<u32>(block);
  const mask = load<u32>(block, 4);
  const table = <usize>load<u32>(block, 8);
  const starts = <usize>load<u32>(block, 12);
  const lengths = <usize>load<u32>(block, 16);
  memory.fill(table, 0, (<usize>mask + 1) << 2);
  for (let i: u32 = 0; i < fields; i++) {
    const at = <usize>i << 2;
    let slot = <u32>fingerprint64(load<u32>(starts + at), load<u32>(lengths + at)) & mask;
    while (load<u32>(table + (<usize>slot << 2)) != 0) slot = (slot + 1) & mask;
    store<u32>(table + (<usize>slot << 2), i + 1);
  }
}

/** Index of the name at `p`, tried at `guess` first; NONE: it is no field. */
function field_of(block: usize, p: usize, length: u32, guess: u32): u32 {
  const starts = <usize>load<u32>(block, 12);
  const lengths = <usize>load<u32>(block, 16);
  if (guess < load<u32>(block) && load<u32>(lengths + (<usize>guess << 2)) == length && same(load<u32>(starts + (<usize>guess << 2)), p, length)) return guess;
  const mask = load<u32>(block, 4);
  const table = <usize>load<u32>(block, 8);
  let slot = <u32>fingerprint64(p, length) & mask;
  let found = load<u32>(table + (<usize>slot << 2));
  while (found != 0) {
    const at = <usize>(found - 1) << 2;
    if (load<u32>(lengths + at) == length && same(load<u32>(starts + at), p, length)) return found - 1;
    slot = (slot + 1) & mask;
    found = load<u32>(table + (<usize>slot << 2));
  }
  return NONE;
}

/** Reads the object at `p` into row `row`; position of the line's end, 0 after an error. context u32[4]: as in lib/json-value.ts, and the row's flags. */
function read_row(context: usize, p: usize, block: usize, slots: usize, starts: usize, lengths: usize, stride: u32, row: u32): usize {
  const seen = <usize>load<u32>(block, 20);
  const column = <usize>stride << 2;
  if (load<u8>(p) != 123) return fail(context, OBJECT, p);
  p = skip_blanks(p + 1);
  let guess: u32 = 0;
  if (load<u8>(p) == 125) p++;
  else {
    while (true) {
      if (load<u8>(p) != <u8>QUOTE) return fail(context, KEY, p);
      const key = p + 1;
      store<u32>(context, 0, 8);
      p = string_end(context, key);
      if (p == 0) return 0;
      let key_end = p;
      if (load<u32>(context, 8) != 0) {
        key_end = unescape(key, p);
        store<u32>(context, UNESCAPED, 12);
      }
      const field = field_of(block, key, <u32>(key_end - key), guess);
      let slot = NONE;
      if (field != NONE) {
        const mark = seen + (<usize>field << 2);
        if (load<u32>(mark) == row + 1) return fail(context, DUPLICATE, key - 1);
        store<u32>(mark, row + 1);
        guess = field + 1;
        slot = load<u32>(slots + (<usize>field << 2));
      }
      p++;
      if (load<u8>(p) != 58) {
        p = skip_blanks(p);
        if (load<u8>(p) != 58) return fail(context, COLON, p);
      }
      p = skip_blanks(p + 1);
      let from = p;
      let to: usize;
      const c = <u32>load<u8>(p);
      if (c == QUOTE) {
        from = p + 1;
        store<u32>(context, 0, 8);
        to = string_end(context, from);
        if (to == 0) return 0;
        p = to + 1;
        if (slot != NONE && load<u32>(context, 8) != 0) {
          to = unescape(from, to);
          store<u32>(context, UNESCAPED, 12);
        }
      } else {
        if (c - 48 < 10 || c == 45) p = number_end(context, p);
        else if (c == 91 || c == 123) p = value_end(context, p, 1);
        else p = literal_end(context, p);
        if (p == 0) return 0;
        to = p;
      }
      if (slot != NONE && c != 110) {
        const at = <usize>slot * column + (<usize>row << 2);
        store<u32>(starts + at, <u32>from);
        store<u32>(lengths + at, <u32>(to - from));
      }
      let next = <u32>load<u8>(p);
      if (next != 44) {
        p = skip_blanks(p);
        next = load<u8>(p);
        if (next == 125) {
          p++;
          break;
        }
        if (next != 44) return fail(context, SEPARATOR, p);
      }
      p = skip_blanks(p + 1);
    }
  }
  p = skip_blanks(p);
  return load<u8>(p) == <u8>LF ? p : fail(context, TRAILING, p);
}

/**
 * Reads the rows of [pos, end), which begins where a line does or behind blanks of one, and ends where one ends; at most `max_rows` (R) of them.
 * names: a block that json_names has filled. slots u32[fields]: the column of `starts` and `lengths` that takes the field, 0xFFFFFFFF: none.
 * starts, lengths u32[columns][stride]: where field and row's text lies, 0xFFFFFFFF: missing. row_starts, row_lengths u32[R]: the row without blanks around it.
 * row_flags, row_errors u8[R]. row_error_at u32[R]: bytes of the row before the error. out u32[8]: the position after the last row; the rest is scratch.
 * Returns the number of rows. 16 bytes before `pos` and 32 past `end` must be readable, and the byte at `end` writable (it is put back).
 */
export function json_rows(
  out: usize,
  pos: usize,
  end: usize,
  names: usize,
  slots: usize,
  columns: u32,
  starts: usize,
  lengths: usize,
  stride: u32,
  row_starts: usize,
  row_lengths: usize,
  row_flags: usize,
  row_errors: usize,
  row_error_at: usize,
  max_rows: u32,
): u32 {
  const fields = load<u32>(names);
  const context = out + 4;
  const behind = load<u8>(end);
  store<u8>(end, <u8>LF);
  memory.fill(load<u32>(names, 20), 0, <usize>fields << 2);
  memory.fill(starts, 0, <usize>columns * (<usize>stride << 2));
  memory.fill(lengths, 0xff, <usize>columns * (<usize>stride << 2));
  let p = pos;
  let row: u32 = 0;
  while (row < max_rows) {
    while (p < end && (load<u8>(p) == <u8>LF || is_blank(load<u8>(p)))) p++;
    if (p >= end) break;
    const row_start = p;
    store<u32>(context, 0);
    store<u32>(context, 0, 12);
    let error_at: u32 = 0;
    p = read_row(context, p, names, slots, starts, lengths, stride, row);
    const error = load<u32>(context);
    if (error != 0) {
      p = <usize>load<u32>(context, 4);
      error_at = <u32>(p - row_start);
      p = line_end(p, end);
      for (let c: u32 = 0; c < columns; c++) store<u32>(lengths + ((<usize>c * <usize>stride + <usize>row) << 2), MISSING);
    }
    let stopped = p;
    while (stopped > row_start && is_blank(load<u8>(stopped - 1))) stopped--;
    const at = <usize>row << 2;
    store<u32>(row_starts + at, <u32>row_start);
    store<u32>(row_lengths + at, <u32>(stopped - row_start));
    store<u8>(row_flags + <usize>row, <u8>load<u32>(context, 12));
    store<u8>(row_errors + <usize>row, <u8>error);
    store<u32>(row_error_at + at, error_at);
    row++;
  }
  store<u8>(end, behind);
  store<u32>(out, <u32>p);
  return row;
}
