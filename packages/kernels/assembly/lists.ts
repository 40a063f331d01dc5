// Rows of (id, value) pairs: each row's pairs in order of their ids, equal ids as one; and crosses of such rows.
import { fingerprintCat64 } from "./lib/farmhash";

// @ts-ignore: decorator
@inline const MISSING: u32 = 0xffffffff;
/** Pairs that are sorted by insertion. */
// @ts-ignore: decorator
@inline const SHORT: u32 = 24;

/** Sorts the pairs [from, to) by id, equal ids in their order; scratch has room for as many. */
function sort_pairs(ids: usize, values: usize, from: u32, to: u32, scratch_ids: usize, scratch_values: usize): void {
  for (let low = from; low < to; low += SHORT) {
    const high = min(low + SHORT, to);
    for (let i = low + 1; i < high; i++) {
      const id = load<u32>(ids + (<usize>i << 2));
      const value = load<f64>(values + (<usize>i << 3));
      let k = i;
      for (; k > low && load<u32>(ids + (<usize>(k - 1) << 2)) > id; k--) {
        store<u32>(ids + (<usize>k << 2), load<u32>(ids + (<usize>(k - 1) << 2)));
        store<f64>(values + (<usize>k << 3), load<f64>(values + (<usize>(k - 1) << 3)));
      }
      store<u32>(ids + (<usize>k << 2), id);
      store<f64>(values + (<usize>k << 3), value);
    }
  }
  for (let width = SHORT; width < to - from; width *= 2) {
    for (let low = from; low + width < to; low += 2 * width) {
      const middle = low + width;
      const high = min(middle + width, to);
      const n = <usize>(middle - low);
      memory.copy(scratch_ids, ids + (<usize>low << 2), n << 2);
      memory.copy(scratch_values, values + (<usize>low << 3), n << 3);
      let a: usize = 0;
      let b = middle;
      for (let k = low; a < n; k++) {
        const left = load<u32>(scratch_ids + (a << 2));
        if (b < high && load<u32>(ids + (<usize>b << 2)) < left) {
          store<u32>(ids + (<usize>k << 2), load<u32>(ids + (<usize>b << 2)));
          store<f64>(values + (<usize>k << 3), load<f64>(values + (<usize>b << 3)));
          b++;
        } else {
          store<u32>(ids + (<usize>k << 2), left);
          store<f64>(values + (<usize>k << 3), load<f64>(scratch_values + (a << 3)));
          a++;
        }
      }
    }
  }
}

/**
 * Rows of pairs in order: out_offsets u32[rows + 1], out_ids u32[n], out_values f64[n], n <= offsets[rows] + rows. Pairs of equal id become one whose value is
 * the sum of theirs in their order (`once`: 1). A missing row (lengths[row] == 0xFFFFFFFF) has the one pair (0, 1). ids and values (0: all 1) are overwritten
 * where they are out of order; scratch u32[], f64[] of the longest row. Returns n.
 */
export function lists_combine(
  out_offsets: usize, out_ids: usize, out_values: usize, offsets: usize, ids: usize, values: usize, lengths: usize, rows: u32, once: bool,
  scratch_ids: usize, scratch_values: usize,
): u32 {
  let n: u32 = 0;
  store<u32>(out_offsets, 0);
  for (let row: usize = 0; row < <usize>rows; row++) {
    const from = load<u32>(offsets + (row << 2));
    const to = load<u32>(offsets + (row << 2), 4);
    if (load<u32>(lengths + (row << 2)) == MISSING) {
      store<u32>(out_ids + (<usize>n << 2), 0);
      store<f64>(out_values + (<usize>n << 3), 1);
      n++;
    } else {
      sort_pairs(ids, values, from, to, scratch_ids, scratch_values);
      const first = n;
      for (let i = from; i < to; i++) {
        const id = load<u32>(ids + (<usize>i << 2));
        const value = load<f64>(values + (<usize>i << 3));
        if (n > first && load<u32>(out_ids + (<usize>(n - 1) << 2)) == id) {
          const last = out_values + (<usize>(n - 1) << 3);
          if (!once) store<f64>(last, load<f64>(last) + value);
          continue;
        }
        store<u32>(out_ids + (<usize>n << 2), id);
        store<f64>(out_values + (<usize>n << 3), once ? 1 : value);
        n++;
      }
    }
    store<u32>(out_offsets + (row << 2), n, 4);
  }
  return n;
}

/**
 * One more input of a cross of lists: every pair of what was crossed so far (rows of state u64, present u8, value f64 at offsets) with every pair of the
 * input. The input has one entry a row (in_offsets 0) or a list; its keys are ids u32, or fingerprints u64 where ids is 0. radix 0: hashed, state' =
 * FingerprintCat64(state, key); else state' = state * radix + key. Values multiply (in_values 0: all 1). Order: what was crossed so far leads.
 * Of a row at most the first `most` pairs are made.
 */
export function lists_cross(
  out_offsets: usize, out_state: usize, out_present: usize, out_values: usize, offsets: usize, state: usize, present: usize, values: usize,
  in_offsets: usize, in_ids: usize, in_fingerprints: usize, in_values: usize, rows: u32, radix: u32, most: u32,
): void {
  let n: usize = 0;
  store<u32>(out_offsets, 0);
  for (let row: usize = 0; row < <usize>rows; row++) {
    const low = in_offsets == 0 ? <u32>row : load<u32>(in_offsets + (row << 2));
    const high = in_offsets == 0 ? <u32>row + 1 : load<u32>(in_offsets + (row << 2), 4);
    const end = <usize>load<u32>(offsets + (row << 2), 4);
    const room = n + <usize>most;
    for (let i = <usize>load<u32>(offsets + (row << 2)); i < end && n < room; i++) {
      const before = load<u64>(state + (i << 3));
      for (let k = <usize>low; k < <usize>high && n < room; k++) {
        const key: u64 = in_ids != 0 ? <u64>load<u32>(in_ids + (k << 2)) : load<u64>(in_fingerprints + (k << 3));
        store<u64>(out_state + (n << 3), radix == 0 ? fingerprintCat64(before, key) : before * <u64>radix + key);
        store<u8>(out_present + n, load<u8>(present + i) | <u8>(key != 0));
        store<f64>(out_values + (n << 3), load<f64>(values + (i << 3)) * (in_values == 0 ? 1 : load<f64>(in_values + (k << 3))));
        n++;
      }
    }
    store<u32>(out_offsets + (row << 2), <u32>n, 4);
  }
}

/** Ends a cross of lists: ids u32[n] = 0 where present is 0; else state where buckets is 0, else 1 + state mod buckets. */
export function lists_cross_ids(out: usize, state: usize, present: usize, n: u32, buckets: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const s = load<u64>(state + (i << 3));
    store<u32>(out + (i << 2), load<u8>(present + i) == 0 ? 0 : buckets == 0 ? <u32>s : 1 + <u32>(s % buckets));
  }
}
