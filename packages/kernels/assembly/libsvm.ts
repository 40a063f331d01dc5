// libsvm and SVMlight text, a row a line: [label] [qid:n] index:value ... [# comment]. The block and what is read are described in
// src/exports-sparse.ts; the slow twin is src/twins/libsvm.ts.
import { decimal_end, has_exponent, is_digit, write_number } from "./lib/decimal";
import { is_blank } from "./lib/line-end";
import { begin_batch, begin_row, end_row, ends_token, fail_row, heap_top, leave_row, next_row, room, set_heap_text, set_text, significant } from "./lib/sparse-row";

const LF: u32 = 10;
const COLON: u32 = 58;
const HASH: u32 = 35;

const LABEL: u32 = 1;
const QID: u32 = 2;
const INDEX: u32 = 3;
const VALUE: u32 = 4;

const LABEL_FIELD: usize = 0;
const QID_FIELD: usize = 1;
const FEATURES_FIELD: usize = 2;

/** "qid:" */
const QID_WORD: u32 = 0x3a646971;

// @ts-ignore: decorator
@inline
function ends(c: u32): bool {
  return ends_token(c) || c == HASH;
}

// @ts-ignore: decorator
@inline
function digits_end(p: usize): usize {
  while (is_digit(load<u8>(p))) p++;
  return p;
}

// @ts-ignore: decorator
@inline
function skip(p: usize): usize {
  while (is_blank(load<u8>(p))) p++;
  return p;
}

/** Where the row that begins at `p` ends; 0: it has an error, or is left to the twin. */
function read_row(batch: usize, p: usize): usize {
  const number_end = decimal_end(p);
  if (number_end != 0 && ends(load<u8>(number_end))) {
    if (has_exponent(p, number_end)) return leave_row(batch);
    const top = heap_top(batch);
    if (!room(batch, top, number_end - p + 1)) return 0;
    set_heap_text(batch, LABEL_FIELD, write_number(top, p, number_end));
    p = skip(number_end);
  } else {
    const index_end = digits_end(p);
    if (load<u32>(p) != QID_WORD && (index_end == p || load<u8>(index_end) != <u8>COLON)) return fail_row(batch, LABEL, p);
  }
  if (load<u32>(p) == QID_WORD) {
    const end = digits_end(p + 4);
    if (end == p + 4 || !ends(load<u8>(end))) return fail_row(batch, QID, p);
    set_text(batch, QID_FIELD, significant(p + 4, end), end);
    p = skip(end);
  }
  let out = heap_top(batch);
  if (!room(batch, out, 2)) return 0;
  store<u8>(out++, 123);
  let more = false;
  while (true) {
    const c = <u32>load<u8>(p);
    if (c == LF || c == HASH) break;
    const index_end = digits_end(p);
    if (index_end == p || load<u8>(index_end) != <u8>COLON) return fail_row(batch, INDEX, p);
    const value = index_end + 1;
    const value_end = decimal_end(value);
    if (value_end == 0 || !ends(load<u8>(value_end))) return fail_row(batch, VALUE, value);
    if (!room(batch, out, value_end - p + 8)) return 0;
    if (more) store<u8>(out++, 44);
    store<u8>(out++, 34);
    for (let q = significant(p, index_end); q < index_end; q++) store<u8>(out++, load<u8>(q));
    store<u16>(out, 0x3a22);
    out = write_number(out + 2, value, value_end);
    more = true;
    p = skip(value_end);
  }
  store<u8>(out++, 125);
  set_heap_text(batch, FEATURES_FIELD, out);
  return p;
}

/** Reads the rows of [pos, end); see src/exports-sparse.ts. */
export function libsvm_rows(out: usize, pos: usize, end: usize, batch: usize, max_rows: u32, last: u32): u32 {
  const behind = load<u8>(end);
  store<u8>(end, <u8>LF);
  begin_batch(batch);
  let p = pos;
  let row: u32 = 0;
  while (row < max_rows) {
    p = next_row(p, end, HASH);
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
