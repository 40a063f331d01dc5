// Building a block: distinct features in first-occurrence order, rows as local ids, the transpose.
// Letters: B rows of the block, C ids a row, U distinct features, Z non-zeros.

/**
 * Local ids of `n` feature ids: out[i] = index of ids[i] + offset among `uniq`, new features appended in order of first occurrence.
 * Distinct features [0, first) of `uniq` belong to earlier calls and are never matched: calls need disjoint [offset, offset + size).
 * `table` is an open-addressing table of u32[2^bits] entries; entry - base is a distinct feature's index from `first` where smaller than the
 * number of them, so that a table never needs clearing while base grows by every call's distinct features. 2^bits > distinct ids of the call.
 * counts[u] becomes the occurrences of u. direct: ids are their own slots, and the table has one for each id below `size`; bits is not used.
 * @returns the new number of distinct features, or 0xFFFFFFFF when an id is not below `size`
 */
export function block_assign(out: usize, counts: usize, uniq: usize, ids: usize, n: u32, offset: u32, size: u32, first: u32, table: usize, bits: u32, base: u32, direct: bool): u32 {
  const own = uniq + (<usize>first << 2);
  if (direct) return assign_direct(out, counts + (<usize>first << 2), own, ids, n, offset, size, first, table, base);
  const mask: u32 = (1 << bits) - 1;
  const shift: u32 = 32 - bits;
  let found: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const id = load<u32>(ids + (<usize>i << 2));
    if (id >= size) return 0xffffffff;
    const feature = id + offset;
    let slot = (id * 0x9e3779b1) >> shift;
    let at: u32;
    while (true) {
      at = load<u32>(table + (<usize>slot << 2)) - base;
      if (at >= found) {
        at = found++;
        store<u32>(table + (<usize>slot << 2), base + at);
        store<u32>(own + (<usize>at << 2), feature);
        store<u32>(counts + (<usize>(first + at) << 2), 0);
        break;
      }
      if (load<u32>(own + (<usize>at << 2)) == feature) break;
      slot = (slot + 1) & mask;
    }
    const u = first + at;
    const count = counts + (<usize>u << 2);
    store<u32>(count, load<u32>(count) + 1);
    store<u32>(out + (<usize>i << 2), u);
  }
  return first + found;
}

// Without a branch that depends on the ids: which of them are new cannot be foreseen. (A `select` is a branch on x86-64, in V8.)
// @ts-ignore: decorator
@inline
function assign_direct(out: usize, counts: usize, own: usize, ids: usize, n: u32, offset: u32, size: u32, first: u32, table: usize, base: u32): u32 {
  let found: u32 = 0;
  for (let i: usize = 0; i < <usize>n; i++) {
    const id = load<u32>(ids + (i << 2));
    if (id >= size) return 0xffffffff;
    const entry = table + (<usize>id << 2);
    const known = load<u32>(entry) - base;
    const isNew = <u32>(known >= found);
    const mask = 0 - isNew;
    const at = known ^ ((known ^ found) & mask);
    store<u32>(entry, base + at);
    // The next free place: whatever is no new feature there is overwritten.
    store<u32>(own + (<usize>found << 2), id + offset);
    found += isNew;
    const count = counts + (<usize>at << 2);
    store<u32>(count, (load<u32>(count) & ~mask) + 1);
    store<u32>(out + (i << 2), first + at);
  }
  return first + found;
}

/** Rows that are packed together: a cache line of each column. */
const TILE: u32 = 16;

// @ts-ignore: decorator
@inline
function pack<T>(out: usize, local: usize, rows: u32, width: u32): void {
  const step = <usize>width * sizeof<T>();
  for (let start: u32 = 0; start < rows; start += TILE) {
    const end = min(start + TILE, rows);
    const first = out + <usize>start * step;
    let from = local + (<usize>start << 2);
    for (let c: usize = 0; c < <usize>width; c++, from += <usize>rows << 2) {
      let at = first + c * sizeof<T>();
      for (let r: usize = 0; r < <usize>(end - start); r++, at += step) store<T>(at, <T>load<u32>(from + (r << 2)));
    }
  }
}

/** Row-major out[r * width + c] = local[c * rows + r], as u16 or (wide) u32. With width 1 a plain narrowing copy. */
export function block_pack(out: usize, local: usize, rows: u32, width: u32, wide: bool): void {
  if (wide) pack<u32>(out, local, rows, width);
  else pack<u16>(out, local, rows, width);
}

/** offsets[u] = sum of counts before u, offsets[distinct] = Z; counts[u] becomes offsets[u], the next free place of u. */
export function block_offsets(offsets: usize, counts: usize, distinct: u32): void {
  let sum: u32 = 0;
  for (let u: usize = 0; u < <usize>distinct; u++) {
    const n = load<u32>(counts + (u << 2));
    store<u32>(offsets + (u << 2), sum);
    store<u32>(counts + (u << 2), sum);
    sum += n;
  }
  store<u32>(offsets + (<usize>distinct << 2), sum);
}

/** The rows of every distinct feature, ascending, where local[c * rows + r] is row r's feature of column c. `next` as left by block_offsets. */
export function block_transpose(out: usize, next: usize, local: usize, rows: u32, width: u32, wide: bool): void {
  let from = local;
  for (let c: u32 = 0; c < width; c++) {
    if (wide) {
      for (let r: u32 = 0; r < rows; r++, from += 4) {
        const place = next + (<usize>load<u32>(from) << 2);
        const k = load<u32>(place);
        store<u32>(place, k + 1);
        store<u32>(out + (<usize>k << 2), r);
      }
    } else {
      for (let r: u32 = 0; r < rows; r++, from += 4) {
        const place = next + (<usize>load<u32>(from) << 2);
        const k = load<u32>(place);
        store<u32>(place, k + 1);
        store<u16>(out + (<usize>k << 1), <u16>r);
      }
    }
  }
}

/** As block_transpose for rows of any length: row r's features are local[offsets[r] .. offsets[r + 1]), with values f32[Z] moved along. */
export function block_transpose_csr(out: usize, outValues: usize, next: usize, local: usize, offsets: usize, values: usize, rows: u32, wide: bool): void {
  for (let r: u32 = 0; r < rows; r++) {
    const end = load<u32>(offsets + (<usize>r << 2), 4);
    for (let i = load<u32>(offsets + (<usize>r << 2)); i < end; i++) {
      const place = next + (<usize>load<u32>(local + (<usize>i << 2)) << 2);
      const k = <usize>load<u32>(place);
      store<u32>(place, <u32>k + 1);
      if (wide) store<u32>(out + (k << 2), r);
      else store<u16>(out + (k << 1), <u16>r);
      store<f32>(outValues + (k << 2), load<f32>(values + (<usize>i << 2)));
    }
  }
}
