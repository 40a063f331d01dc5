// Delimited text: scanning a range for the state it ends in, and cutting rows into fields where they lie.
// The grammar, the dialect's layout and every state are described in src/exports-csv.ts; the slow twin is src/twins/csv.ts.

const LF: u32 = 10;
const CR: u32 = 13;
const SPACE: u32 = 32;
const TAB: u32 = 9;
const NONE: u32 = 256;

const ROW: u32 = 0;
const UNQUOTED: u32 = 1;
const FIELD: u32 = 2;
const QUOTED: u32 = 3;
const ESCAPED: u32 = 4;
const COMMENT: u32 = 5;
const DELIMITER: u32 = 6;

const FIELD_COUNT: u32 = 1;
const QUOTE: u32 = 2;
const UNESCAPED: u32 = 4;
const OPEN: u32 = 8;

const DELIMITER_BYTES: usize = 32;
const COMMENT_BYTES: usize = 64;

/** 1 where the `length` bytes at `text` stand at `p`, wholly before `limit`. */
// @ts-ignore: decorator
@inline
function starts_with(p: usize, limit: usize, text: usize, length: usize): bool {
  if (limit - p < length) return false;
  for (let i: usize = 0; i < length; i++) if (load<u8>(p + i) != load<u8>(text + i)) return false;
  return true;
}

// @ts-ignore: decorator
@inline
function blank(p: usize): bool {
  return load<u8>(p) == <u8>SPACE || load<u8>(p) == <u8>TAB;
}

/**
 * Runs the tokenizer's states over [pos, end). Bytes up to `limit` (>= end) may be looked at, 16 bytes before `pos` and 32 past `limit` must be readable.
 * `stop` != 0: stops as soon as a row may begin behind at least one byte.
 * out u32[4]: position reached, state there, rows that begin, position of the first of them (0xFFFFFFFF: none).
 */
export function csv_scan(out: usize, pos: usize, end: usize, limit: usize, dialect: usize, start_state: u32, stop: u32): void {
  const delimiter_length = <usize>load<u32>(dialect);
  const quote = load<u32>(dialect, 4);
  const escape = load<u32>(dialect, 8);
  const comment_length = <usize>load<u32>(dialect, 12);
  const trim = load<u32>(dialect, 16) != 0;
  const delimiter = dialect + DELIMITER_BYTES;
  const comment = dialect + COMMENT_BYTES;
  const first_byte = <u32>load<u8>(delimiter);
  const doubles = quote != NONE && escape == NONE;
  const fast = quote == NONE || (delimiter_length == 1 && !trim);
  const v_lf = i8x16.splat(10);
  const v_cr = i8x16.splat(13);
  const v_delimiter = i8x16.splat(<i8>first_byte);
  const v_quote = i8x16.splat(<i8>quote);
  const v_escape = i8x16.splat(<i8>(escape == NONE ? quote : escape));

  let p = pos;
  let state = start_state;
  let rows: u32 = 0;
  let first: u32 = 0xffffffff;
  while (p < end) {
    if (state == ROW) {
      if (stop != 0 && p > pos) break;
      const c = <u32>load<u8>(p);
      if (c == LF) {
        p++;
      } else if (c == CR) {
        p++;
        if (p < limit && load<u8>(p) == <u8>LF) state = UNQUOTED;
      } else if (comment_length > 0 && starts_with(p, limit, comment, comment_length)) {
        state = COMMENT;
      } else {
        if (rows == 0) first = <u32>p;
        rows++;
        state = quote == NONE ? UNQUOTED : FIELD;
      }
    } else if (state == FIELD) {
      const c = <u32>load<u8>(p);
      if (c == quote) {
        p++;
        state = QUOTED;
      } else if (trim && (c == SPACE || c == TAB) && !starts_with(p, limit, delimiter, delimiter_length)) {
        p++;
      } else {
        state = UNQUOTED;
      }
    } else if (state == UNQUOTED) {
      if (fast) {
        const entry = p;
        let mask: u32 = 0;
        for (; p < end; p += 16) {
          const v = v128.load(p);
          let m = v128.or(i8x16.eq(v, v_lf), i8x16.eq(v, v_cr));
          if (quote != NONE) {
            let q = v128.and(i8x16.eq(v, v_quote), i8x16.eq(v128.load(p - 1), v_delimiter));
            if (p == entry) q = v128.and(q, i8x16(0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
            m = v128.or(m, q);
          }
          mask = <u32>i8x16.bitmask(m);
          if (mask != 0) break;
        }
        if (mask != 0) p += <usize>ctz(mask);
        if (p >= end) {
          p = end;
          if (quote != NONE && <u32>load<u8>(end - 1) == first_byte) state = FIELD;
          break;
        }
        const c = <u32>load<u8>(p);
        p++;
        if (c == LF) state = ROW;
        else if (c == CR) {
          if (p >= limit || load<u8>(p) != <u8>LF) state = ROW;
        } else state = QUOTED;
      } else {
        while (p < end) {
          const c = <u32>load<u8>(p);
          if (c == LF) {
            p++;
            state = ROW;
            break;
          }
          if (c == CR) {
            p++;
            if (p < limit && load<u8>(p) == <u8>LF) continue;
            state = ROW;
            break;
          }
          if (c == first_byte && starts_with(p, limit, delimiter, delimiter_length)) {
            p++;
            state = delimiter_length > 1 ? DELIMITER + <u32>delimiter_length - 2 : FIELD;
            break;
          }
          p++;
        }
      }
    } else if (state == QUOTED) {
      let mask: u32 = 0;
      for (; p < end; p += 16) {
        const v = v128.load(p);
        mask = <u32>i8x16.bitmask(v128.or(i8x16.eq(v, v_quote), i8x16.eq(v, v_escape)));
        if (mask != 0) break;
      }
      if (mask != 0) p += <usize>ctz(mask);
      if (p >= end) {
        p = end;
        break;
      }
      const c = <u32>load<u8>(p);
      p++;
      const next = p < limit ? <u32>load<u8>(p) : NONE;
      if (c == quote) state = doubles && next == quote ? ESCAPED : UNQUOTED;
      else if (next == quote || next == escape) state = ESCAPED;
    } else if (state == ESCAPED) {
      p++;
      state = QUOTED;
    } else if (state == COMMENT) {
      const c = <u32>load<u8>(p);
      p++;
      if (c == LF || (c == CR && (p >= limit || load<u8>(p) != <u8>LF))) state = ROW;
    } else {
      p++;
      state = state == DELIMITER ? FIELD : state - 1;
    }
  }
  store<u32>(out, <u32>p);
  store<u32>(out, state, 4);
  store<u32>(out, rows, 8);
  store<u32>(out, first, 12);
}

/** Bit i: byte p + i, i < 64, equals one of the three. */
// @ts-ignore: decorator
@inline
function specials(p: usize, a: v128, b: v128, c: v128): u64 {
  return <u64>special16(p, a, b, c) | (<u64>special16(p + 16, a, b, c) << 16) | (<u64>special16(p + 32, a, b, c) << 32) | (<u64>special16(p + 48, a, b, c) << 48);
}

// @ts-ignore: decorator
@inline
function special16(p: usize, a: v128, b: v128, c: v128): u32 {
  const v = v128.load(p);
  return <u32>i8x16.bitmask(v128.or(v128.or(i8x16.eq(v, a), i8x16.eq(v, b)), i8x16.eq(v, c)));
}

/**
 * Cuts the rows of [pos, end), which begins where a row may begin and ends where one ends, into fields; at most `max_rows` (R) of them.
 * slots u32[fields]: the column of `starts` and `lengths` that takes the field, 0xFFFFFFFF: none. starts, lengths u32[slots][stride]: where field
 * and row's text lies, unquoted; texts with escapes are shortened in place. row_starts, row_lengths u32[R]: the whole row without its line end.
 * row_flags u8[R]. row_fields u32[R]: fields found. out u32[1]: the position after the last row. Returns the number of rows. 64 bytes past `end` must be readable.
 */
export function csv_rows(
  out: usize,
  pos: usize,
  end: usize,
  dialect: usize,
  slots: usize,
  fields: u32,
  starts: usize,
  lengths: usize,
  stride: u32,
  row_starts: usize,
  row_lengths: usize,
  row_flags: usize,
  row_fields: usize,
  max_rows: u32,
): u32 {
  const delimiter_length = <usize>load<u32>(dialect);
  const quote = load<u32>(dialect, 4);
  const escape = load<u32>(dialect, 8);
  const comment_length = <usize>load<u32>(dialect, 12);
  const trim = load<u32>(dialect, 16) != 0;
  const delimiter = dialect + DELIMITER_BYTES;
  const comment = dialect + COMMENT_BYTES;
  const first_byte = <u32>load<u8>(delimiter);
  const doubles = quote != NONE && escape == NONE;
  const v_lf = i8x16.splat(10);
  const v_cr = i8x16.splat(13);
  const v_delimiter = i8x16.splat(<i8>first_byte);
  const column = <usize>stride << 2;
  const plain = delimiter_length == 1 && !trim;

  let p = pos;
  let row: u32 = 0;
  let base = pos; // bit i of `mask`: byte base + i is a delimiter's first or a line end; bits before p are cleared
  let mask: u64 = p < end ? specials(base, v_lf, v_cr, v_delimiter) : 0;
  while (row < max_rows && p < end) {
    let c = <u32>load<u8>(p);
    if (c == LF || c == CR) {
      p++;
      continue;
    }
    if (comment_length > 0 && starts_with(p, end, comment, comment_length)) {
      while (p < end && load<u8>(p) != <u8>LF && load<u8>(p) != <u8>CR) p++;
      continue;
    }
    if (p >= base + 64) {
      base = p;
      mask = specials(base, v_lf, v_cr, v_delimiter);
    } else mask &= u64.MAX_VALUE << <u64>(p - base);
    const row_start = p;
    let flags: u32 = 0;
    let field: u32 = 0;
    let stopped: usize = end; // where the field's bytes end
    let width: usize = 1; // of the delimiter there; 0: the row ends
    while (width != 0) {
      // The usual field: as many of them as the row has, without what only others need.
      if (plain) {
        while (field < fields && <u32>load<u8>(p) != quote) {
          while (mask == 0 && base + 64 < end) {
            base += 64;
            mask = specials(base, v_lf, v_cr, v_delimiter);
          }
          if (mask == 0) break;
          const s = base + <usize>ctz(mask);
          if (s >= end) break;
          mask &= mask - 1;
          const slot = load<u32>(slots + (<usize>field << 2));
          if (slot != 0xffffffff) {
            const at = <usize>slot * column + (<usize>row << 2);
            store<u32>(starts + at, <u32>p);
            store<u32>(lengths + at, <u32>(s - p));
          }
          field++;
          if (<u32>load<u8>(s) != first_byte) {
            p = stopped = s;
            width = 0;
            break;
          }
          p = s + 1;
        }
        if (width == 0) break;
      }
      let from = p;
      let to: usize = 0;
      let quoted = false;
      if (quote != NONE) {
        let q = p;
        if (trim) while (q < end && blank(q) && !starts_with(q, end, delimiter, delimiter_length)) q++;
        if (q < end && <u32>load<u8>(q) == quote) {
          quoted = true;
          from = ++q;
          to = q;
          while (true) {
            if (q >= end) {
              flags |= QUOTE | OPEN;
              break;
            }
            c = <u32>load<u8>(q++);
            const next = q < end ? <u32>load<u8>(q) : NONE;
            if (c == quote) {
              if (!doubles || next != quote) break;
              q++;
              flags |= UNESCAPED;
            } else if (c == escape && (next == quote || next == escape) && next != NONE) {
              c = next;
              q++;
              flags |= UNESCAPED;
            }
            if (to != q - 1) store<u8>(to, <u8>c);
            to++;
          }
          p = q;
          // What is left behind of a shortened text becomes spaces, so that the row's bytes stay the UTF-8 they were.
          if (to < q - 1 && (flags & UNESCAPED) != 0) memory.fill(to, 32, q - 1 - to);
        }
      }
      const closed = p;
      if (quoted) {
        if (p >= base + 64) {
          base = p;
          mask = p < end ? specials(base, v_lf, v_cr, v_delimiter) : 0;
        } else mask &= u64.MAX_VALUE << <u64>(p - base);
      }
      stopped = end;
      width = 0;
      while (true) {
        while (mask == 0 && base + 64 < end) {
          base += 64;
          mask = specials(base, v_lf, v_cr, v_delimiter);
        }
        if (mask == 0) break;
        const s = base + <usize>ctz(mask);
        if (s >= end) break;
        mask &= mask - 1;
        c = <u32>load<u8>(s);
        if (c == LF || c == CR) {
          stopped = s;
          break;
        }
        if (delimiter_length == 1) {
          stopped = s;
          width = 1;
          break;
        }
        if (starts_with(s, end, delimiter, delimiter_length)) {
          stopped = s;
          width = delimiter_length;
          if (s + width < base + 64) mask &= u64.MAX_VALUE << <u64>(s + width - base);
          else if (s + width < end) {
            base = s + width;
            mask = specials(base, v_lf, v_cr, v_delimiter);
          } else mask = 0;
          break;
        }
      }
      p = stopped + width;
      if (quoted) {
        for (let q = closed; q < stopped; q++) if (!trim || !blank(q)) flags |= QUOTE;
      } else {
        to = stopped;
        if (trim) {
          while (from < to && blank(from)) from++;
          while (from < to && blank(to - 1)) to--;
        }
      }
      if (field < fields) {
        const slot = load<u32>(slots + (<usize>field << 2));
        if (slot != 0xffffffff) {
          const at = <usize>slot * column + (<usize>row << 2);
          store<u32>(starts + at, <u32>from);
          store<u32>(lengths + at, <u32>(to - from));
        }
      }
      field++;
    }
    store<u32>(row_fields + (<usize>row << 2), field);
    if (field != fields) flags |= FIELD_COUNT;
    for (; field < fields; field++) {
      const slot = load<u32>(slots + (<usize>field << 2));
      if (slot != 0xffffffff) {
        const at = <usize>slot * column + (<usize>row << 2);
        store<u32>(starts + at, <u32>stopped);
        store<u32>(lengths + at, 0);
      }
    }
    store<u32>(row_starts + (<usize>row << 2), <u32>row_start);
    store<u32>(row_lengths + (<usize>row << 2), <u32>(stopped - row_start));
    store<u8>(row_flags + <usize>row, <u8>flags);
    row++;
  }
  store<u32>(out, <u32>p);
  return row;
}
