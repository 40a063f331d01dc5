/** Up to this many rows a comparison sort is faster than clearing the counters of the radix sort. */
const SMALL = 4096;

/**
 * Indices that put 64-bit keys in ascending order; equal keys stay in the order of `minor` (ascending), then of their index.
 * Least-significant-digit radix sort with 16-bit digits: O(N); a digit that all keys share costs one counting pass.
 * @param hi high words, length N
 * @param lo low words, length N
 * @param minor second key, length N, optional
 * @returns length N, owned by the caller
 */
export function sortKeys(hi: Uint32Array, lo: Uint32Array, minor?: Int8Array): Uint32Array {
  const n = hi.length;
  let order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  if (n <= SMALL) return order.sort((a, b) => hi[a]! - hi[b]! || lo[a]! - lo[b]! || (minor === undefined ? 0 : minor[a]! - minor[b]!) || a - b);
  let spare = new Uint32Array(n);
  const starts = new Uint32Array(65536);
  const pass = (words: Uint32Array | Int8Array, shift: number, offset: number): void => {
    starts.fill(0);
    for (let i = 0; i < n; i++) starts[((words[i]! + offset) >>> shift) & 0xffff]!++;
    if (starts[((words[0]! + offset) >>> shift) & 0xffff] === n) return;
    for (let d = 0, next = 0; d < 65536; d++) {
      const count = starts[d]!;
      starts[d] = next;
      next += count;
    }
    for (let i = 0; i < n; i++) {
      const row = order[i]!;
      const digit = ((words[row]! + offset) >>> shift) & 0xffff;
      spare[starts[digit]!++] = row;
    }
    [order, spare] = [spare, order];
  };
  if (minor !== undefined) pass(minor, 0, 128);
  pass(lo, 0, 0);
  pass(lo, 16, 0);
  pass(hi, 0, 0);
  pass(hi, 16, 0);
  return order;
}
