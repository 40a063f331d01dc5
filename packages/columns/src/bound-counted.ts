import { type Counted, picked } from "./counted.js";

/** Bytes that the counted values of all columns take at most while they are merged, and what waits for its admission in a state: 12 and its text each. */
export const COUNTED_BYTES = 2 ** 28;
export const PENDING_BYTES = 2 ** 26;

const VALUE_BYTES = 12;

/**
 * The lists, of one column each, cut down to `room` bytes where they take more: the rarest values go, whatever their column; of those that come equally often the first stay, by
 * column and then by byte order. A count that is lost to a value that comes again later is at most `mostLost` of the list. Lists that fit stay what they are.
 */
export function bounded(lists: readonly Counted[], room: number): Counted[] {
  const total = lists.reduce((sum, { list }) => sum + list.bytes.length + VALUE_BYTES * list.count, 0);
  if (total <= room) return [...lists];
  const sizes = new Map<number, number>();
  for (const { list, counts } of lists) {
    for (let i = 0; i < list.count; i++) sizes.set(counts[i]!, (sizes.get(counts[i]!) ?? 0) + VALUE_BYTES + list.offsets[i + 1]! - list.offsets[i]!);
  }
  let left = room;
  let least = Number.POSITIVE_INFINITY; // values that come more often stay; of those that come so often the first
  for (const [count, size] of [...sizes].sort(([a], [b]) => b - a)) {
    least = count;
    if (size > left) break;
    left -= size;
  }
  let full = false;
  return lists.map(({ list, counts, mostLost }) => {
    const kept = new Uint32Array(list.count);
    let n = 0;
    for (let i = 0; i < list.count; i++) {
      const size = VALUE_BYTES + list.offsets[i + 1]! - list.offsets[i]!;
      if (counts[i]! < least) continue;
      if (counts[i] === least) {
        full ||= size > left;
        if (full) continue;
        left -= size;
      }
      kept[n++] = i;
    }
    const order = kept.subarray(0, n);
    return n === list.count
      ? { list, counts, mostLost }
      : { list: picked(list, order), counts: Float64Array.from(order, (i) => counts[i]!), mostLost: mostLost + least };
  });
}
