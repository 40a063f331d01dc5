// Vowpal Wabbit's text, a row a line: [label [weight]] ['tag] |namespace[:scale] name[:value] ... |namespace ... The block and what is read are
// described in src/exports-sparse.ts; the slow twin is src/twins/vw.ts.
import { decimal_end, has_exponent, write_number } from "./lib/decimal";
import { is_blank } from "./lib/line-end";
import { begin_batch, begin_row, end_row, ends_token, fail_row, heap_top, leave_row, next_row, room, set_heap_text, set_text, write_name } from "./lib/sparse-row";

const LF: u32 = 10;
const COLON: u32 = 58;
const BAR: u32 = 124;
const NO_COMMENT: u32 = 256;

const LABEL: u32 = 1;
const VALUE: u32 = 4;
const NO_BAR: u32 = 5;
const WEIGHT: u32 = 6;
const BASE: u32 = 7;
const NAMESPACE: u32 = 8;
const NAME: u32 = 10;

const LABEL_FIELD: usize = 0;
const WEIGHT_FIELD: usize = 1;
const TAG_FIELD: usize = 2;
const FEATURES_FIELD: usize = 3;

// @ts-ignore: decorator
@inline
function ends(c: u32): bool {
  return ends_token(c) || c == BAR;
}

/** Position of the next byte that ends a token. */
// @ts-ignore: decorator
@inline
function token_end(p: usize): usize {
  while (!ends(load<u8>(p))) p++;
  return p;
}

/** Position of the next byte that ends a name: a colon or the token's end. */
// @ts-ignore: decorator
@inline
function name_end(p: usize): usize {
  while (<u32>load<u8>(p) != COLON && !ends(load<u8>(p))) p++;
  return p;
}

/** Reads the number [from, to) into a field. */
function read_number(batch: usize, field: usize, from: usize, to: usize, kind: u32): usize {
  if (decimal_end(from) != to) return fail_row(batch, kind, from);
  if (field == LABEL_FIELD && has_exponent(from, to)) return leave_row(batch);
  const top = heap_top(batch);
  if (!room(batch, top, to - from + 1)) return 0;
  set_heap_text(batch, field, write_number(top, from, to));
  return to;
}

/** What stands before the first bar, whose position it gives. */
function read_label(batch: usize, p: usize): usize {
  const start = p;
  let bar = p;
  while (<u32>load<u8>(bar) != BAR) if (<u32>load<u8>(bar++) == LF) return fail_row(batch, NO_BAR, start);
  let numbers: u32 = 0;
  while (p < bar) {
    if (is_blank(load<u8>(p))) {
      p++;
      continue;
    }
    const end = token_end(p);
    let next = end;
    while (is_blank(load<u8>(next))) next++;
    if (end == bar || (next == bar && load<u8>(p) == 39)) {
      if (load<u8>(p) == 39) p++;
      set_text(batch, TAG_FIELD, p, end);
      break;
    }
    if (numbers == 2) return fail_row(batch, decimal_end(p) == end ? BASE : LABEL, p);
    if (read_number(batch, numbers == 0 ? LABEL_FIELD : WEIGHT_FIELD, p, end, numbers == 0 ? LABEL : WEIGHT) == 0) return 0;
    numbers++;
    p = end;
  }
  if (numbers < 2) {
    const top = heap_top(batch);
    if (!room(batch, top, 1)) return 0;
    store<u8>(top, 49);
    set_heap_text(batch, WEIGHT_FIELD, top + 1);
  }
  return bar;
}

/** Whether the number [from, to) is "1". */
// @ts-ignore: decorator
@inline
function is_one(from: usize, to: usize): bool {
  return to == from + 1 && load<u8>(from) == 49;
}

/** Where the row that begins at `p` ends; 0: it has an error, or is left to the twin. */
function read_row(batch: usize, p: usize): usize {
  p = read_label(batch, p);
  if (p == 0) return 0;
  let out = heap_top(batch);
  if (!room(batch, out, 2)) return 0;
  store<u8>(out++, 123);
  let more = false;
  let space = p; // of the namespace's name: [space, space_end)
  let space_end = p;
  while (true) {
    const c = <u32>load<u8>(p);
    if (c == LF) break;
    if (c == BAR) {
      space = ++p;
      space_end = name_end(p);
      p = space_end;
      if (<u32>load<u8>(p) == COLON) {
        const scale_end = decimal_end(p + 1);
        if (space == space_end || scale_end == 0 || !ends(load<u8>(scale_end))) return fail_row(batch, NAMESPACE, space);
        if (!is_one(p + 1, scale_end)) return leave_row(batch);
        p = scale_end;
      }
      continue;
    }
    if (is_blank(c)) {
      p++;
      continue;
    }
    const name = p;
    const end = name_end(p);
    if (end == name) return fail_row(batch, NAME, name);
    let value_end = end;
    if (<u32>load<u8>(end) == COLON) {
      value_end = decimal_end(end + 1);
      if (value_end == 0 || !ends(load<u8>(value_end))) return fail_row(batch, VALUE, end + 1);
    }
    if (!room(batch, out, 6 * (space_end - space + end - name) + (value_end - end) + 10)) return 0;
    if (more) store<u8>(out++, 44);
    store<u8>(out++, 34);
    if (space_end > space) {
      out = write_name(out, space, space_end);
      store<u8>(out++, 94);
    }
    out = write_name(out, name, end);
    store<u16>(out, 0x3a22);
    out += 2;
    if (value_end > end) out = write_number(out, end + 1, value_end);
    else store<u8>(out++, 49);
    more = true;
    p = value_end;
  }
  store<u8>(out++, 125);
  set_heap_text(batch, FEATURES_FIELD, out);
  return p;
}

/** Reads the rows of [pos, end); see src/exports-sparse.ts. */
export function vw_rows(out: usize, pos: usize, end: usize, batch: usize, max_rows: u32, last: u32): u32 {
  const behind = load<u8>(end);
  store<u8>(end, <u8>LF);
  begin_batch(batch);
  let p = pos;
  let row: u32 = 0;
  while (row < max_rows) {
    p = next_row(p, end, NO_COMMENT);
    if (p >= end) break;
    const start = p;
    const top = heap_top(batch);
    begin_row(batch, row);
    p = end_row(batch, start, read_row(batch, p), end, top, last != 0 && row == 0);
    if (p == 0) {
      p = start;
      break;
    }
    row++;
  }
  store<u8>(end, behind);
  store<u32>(out, <u32>p);
  return row;
}
