// Transpositions of the exact solver's matrix by counting: compressed sparse rows to the columns of a block, and back. Without values (`values` 0) every entry is 1.

/** counts[ids[i]] += 1 for i in [from, to). @returns how many of them were 0 before */
export function count_ids_u32(counts: usize, ids: usize, from: u32, to: u32): u32 {
  let distinct: u32 = 0;
  for (let i = ids + (<usize>from << 2), end = ids + (<usize>to << 2); i < end; i += 4) {
    const at = counts + (<usize>load<u32>(i) << 2);
    const before = load<u32>(at);
    if (before == 0) distinct++;
    store<u32>(at, before + 1);
  }
  return distinct;
}

/**
 * The ids in [0, n) whose counts are not 0, ascending: features[u] is one, its entries begin at offsets[u]; offsets[0] = 0 is given, offsets[u + 1] is behind its last. counts[id] becomes
 * offsets[u].
 */
export function list_counted_u32(counts: usize, n: u32, features: usize, offsets: usize): void {
  let total: u32 = 0, u: usize = 0;
  const end = <usize>n << 2, whole = end & ~15;
  let i: usize = 0;
  while (i < end) {
    if (i < whole && (i & 15) == 0 && !v128.any_true(v128.load(counts + i))) {
      i += 16;
      continue;
    }
    const count = load<u32>(counts + i);
    if (count != 0) {
      store<u32>(features + u, <u32>(i >> 2));
      store<u32>(counts + i, total);
      total += count;
      store<u32>(offsets + u, total, 4);
      u += 4;
    }
    i += 4;
  }
}

/**
 * Rows [from, to), offsets by row from `base` on, into columns: entry of feature f at slots[f]++, as row - first (u16) and value.
 */
export function rows_to_columns(
  rows: usize,
  column_values: usize,
  slots: usize,
  first: u32,
  from: u32,
  to: u32,
  base: u32,
  offsets: usize,
  ids: usize,
  values: usize,
): void {
  let i = <usize>load<u32>(offsets + (<usize>(from - base) << 2));
  for (let r = from; r < to; r++) {
    const end = <usize>load<u32>(offsets + (<usize>(r - base) << 2), 4);
    for (; i < end; i++) {
      const at = slots + (<usize>load<u32>(ids + (i << 2)) << 2);
      const slot = <usize>load<u32>(at);
      store<u32>(at, <u32>slot + 1);
      store<u16>(rows + (slot << 1), <u16>(r - first));
      if (values != 0) store<f64>(column_values + (slot << 3), load<f64>(values + (i << 3)));
    }
  }
}

/** counts[features[u]] = 0 for u in [0, n). */
export function clear_ids_u32(counts: usize, features: usize, n: u32): void {
  for (let u: usize = 0; u < <usize>n; u++) store<u32>(counts + (<usize>load<u32>(features + (u << 2)) << 2), 0);
}

/**
 * Columns of `uniq` features into the rows of a block, features of a row in the columns' order. offsets: u32[rows + 2] of zeros; of them [0, rows] are the rows' offsets then.
 */
export function columns_to_rows(
  offsets: usize,
  ids: usize,
  row_values: usize,
  row_count: u32,
  uniq: u32,
  features: usize,
  starts: usize,
  rows: usize,
  values: usize,
): void {
  const entries = <usize>load<u32>(starts + (<usize>uniq << 2));
  for (let i: usize = 0; i < entries; i++) {
    const at = offsets + (<usize>load<u16>(rows + (i << 1)) << 2);
    store<u32>(at, load<u32>(at, 8) + 1, 8);
  }
  let total: u32 = 0;
  for (let r: usize = 0; r < <usize>row_count; r++) {
    const at = offsets + (r << 2);
    // Where row r + 1 begins; offsets[r + 1], where row r does, is its cursor, which ends there.
    total += load<u32>(at, 8);
    store<u32>(at, total, 8);
  }
  for (let u: usize = 0; u < <usize>uniq; u++) {
    const f = load<u32>(features + (u << 2));
    const end = <usize>load<u32>(starts + (u << 2), 4);
    for (let i = <usize>load<u32>(starts + (u << 2)); i < end; i++) {
      const at = offsets + (<usize>load<u16>(rows + (i << 1)) << 2);
      const slot = <usize>load<u32>(at, 4);
      store<u32>(at, <u32>slot + 1, 4);
      store<u32>(ids + (slot << 2), f);
      if (values != 0) store<f64>(row_values + (slot << 3), load<f64>(values + (i << 3)));
    }
  }
}
