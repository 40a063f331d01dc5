// Texts that hold several values, cut into items. A header of the caller's says where the results lie (layout: ITEMS in src/exports-items.ts); a row is only
// begun where the caller left room for whatever it may hold, so that nothing is ever undone.
import { list_items } from "./lib/list-items";
import { ITEM_BYTES, ITEM_BYTES_ROOM, ITEM_BYTES_USED, ITEM_COUNT, ITEM_ROOM, add_item, item_length, item_start, move_item } from "./lib/item-list";
import { letter_at, letter_size, lower_letter } from "./lib/letters";

// @ts-ignore: decorator
@inline const MISSING: u32 = 0xffffffff;
// Kinds, see src/exports-items.ts.
// @ts-ignore: decorator
@inline const WORDS: u32 = 0;
// @ts-ignore: decorator
@inline const LIST: u32 = 1;

/** Runs of letters and digits, in lower case. */
function words(header: usize, start: usize, end: usize): void {
  let p = start;
  while (p < end) {
    const size = letter_size(p, end);
    const letter = letter_at(p, size);
    if (letter == 0) {
      p += size;
      continue;
    }
    const from = <usize>load<u32>(header, ITEM_BYTES_USED);
    const base = <usize>load<u32>(header, ITEM_BYTES);
    let used = base + from;
    while (p < end) {
      const n = letter_size(p, end);
      const c = letter_at(p, n);
      if (c == 0) break;
      used += lower_letter(used, p, n, c);
      p += n;
    }
    store<u32>(header, <u32>(used - base), ITEM_BYTES_USED);
    add_item(header, base + from, <u32>(used - base - from), 0, MISSING);
  }
}

// @ts-ignore: decorator
@inline
function is_space(c: u32): bool {
  return c == 0x20 || (c >= 9 && c <= 13);
}

/** What stands between the separators, without the white space around it; `weighted`: `name:number`. Returns whether every item has a name. */
function separated(header: usize, start: usize, end: usize, separator: usize, length: u32, weighted: bool): bool {
  let from = start;
  let named = true;
  while (from <= end) {
    let to = from;
    let found = false;
    for (; to + length <= end; to++) {
      found = true;
      for (let i: u32 = 0; i < length; i++) {
        if (load<u8>(to + i) == load<u8>(separator + i)) continue;
        found = false;
        break;
      }
      if (found) break;
    }
    const next = found ? to + length : end + 1;
    let low = from;
    let high = found ? to : end;
    while (low < high && is_space(load<u8>(low))) low++;
    while (high > low && is_space(load<u8>(high - 1))) high--;
    if (low < high) {
      let colon = high;
      if (weighted) while (colon > low && load<u8>(colon - 1) != 0x3a) colon--;
      if (!weighted || colon == low) add_item(header, low, <u32>(high - low), 0, MISSING);
      else if (colon - 1 == low) named = false;
      else add_item(header, low, <u32>(colon - 1 - low), colon, <u32>(high - colon));
    }
    from = next;
  }
  return named;
}

/** Adds the runs of least to most consecutive items of [first, count), joined by a space; the single ones go where least is above 1. */
function runs(header: usize, first: u32, least: u32, most: u32): void {
  const last = load<u32>(header, ITEM_COUNT);
  const base = <usize>load<u32>(header, ITEM_BYTES);
  for (let n: u32 = max(least, 2); n <= most; n++) {
    for (let i = first; i + n <= last; i++) {
      const from = <usize>load<u32>(header, ITEM_BYTES_USED);
      let at = base + from;
      for (let k: u32 = 0; k < n; k++) {
        if (k > 0) store<u8>(at++, 0x20);
        const length = item_length(header, i + k);
        memory.copy(at, item_start(header, i + k), length);
        at += length;
      }
      store<u32>(header, <u32>(at - base), ITEM_BYTES_USED);
      add_item(header, base + from, <u32>(at - base - from), 0, MISSING);
    }
  }
  if (least < 2) return;
  const count = load<u32>(header, ITEM_COUNT);
  for (let i = last; i < count; i++) move_item(header, first + i - last, i);
  store<u32>(header, first + count - last, ITEM_COUNT);
}

/**
 * Cuts the texts of rows [from, rows) into items: offsets u32[rows + 1] (the first is the caller's), status u8[rows] = 1 where the text is no list or an item
 * has no name. Returns rows, or the row before which room must be made: for a text of L bytes, with G = sum of n over [least, most],
 * (L + 1) (most - least + 1) items and L + G (L + 1) bytes more.
 */
export function items_split(
  header: usize, offsets: usize, status: usize, starts: usize, lengths: usize, from: u32, rows: u32,
  kind: u32, separator: usize, separator_length: u32, weighted: bool, least: u32, most: u32,
): u32 {
  let weight: u64 = 0;
  for (let n = least; n <= most; n++) weight += n;
  for (let row = from; row < rows; row++) {
    const at = <usize>row << 2;
    const length = load<u32>(lengths + at);
    let bad = false;
    if (length != MISSING) {
      const items = (<u64>length + 1) * <u64>(most - least + 1);
      const bytes = <u64>length + weight * (<u64>length + 1);
      if (<u64>load<u32>(header, ITEM_COUNT) + items > <u64>load<u32>(header, ITEM_ROOM)) return row;
      if (<u64>load<u32>(header, ITEM_BYTES_USED) + bytes > <u64>load<u32>(header, ITEM_BYTES_ROOM)) return row;
      const first = load<u32>(header, ITEM_COUNT);
      const start = <usize>load<u32>(starts + at);
      const end = start + length;
      if (kind == WORDS) words(header, start, end);
      else if (kind == LIST) bad = !list_items(header, start, end);
      else bad = !separated(header, start, end, separator, separator_length, weighted);
      if (most > 1) runs(header, first, least, most);
    }
    store<u8>(status + row, bad ? 1 : 0);
    store<u32>(offsets + at, load<u32>(header, ITEM_COUNT), 4);
  }
  return rows;
}

/** keep u8[offsets[rows]]: that of each item's row. */
export function items_keep(out: usize, keep: usize, offsets: usize, rows: u32): void {
  for (let row: usize = 0; row < <usize>rows; row++) {
    const from = load<u32>(offsets + (row << 2));
    memory.fill(out + from, load<u8>(keep + row), load<u32>(offsets + (row << 2), 4) - from);
  }
}

/** x[i] = 1 where status[i] says that there is no text; x f64[n], status u8[n] as left by texts_parse_f64. */
export function items_weights(x: usize, status: usize, n: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) if (load<u8>(status + i) == 1) store<f64>(x + (i << 3), 1);
}
