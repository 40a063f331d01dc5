import { PROFILE as P } from "@crossbill/kernels";

/** Keys u64 in rising order, as halves (low, high) of a Uint32Array, with their counts. */
export interface CountedKeys {
  readonly halves: Uint32Array;
  readonly counts: readonly number[];
}

/** @throws RangeError when there are not as many keys as counts */
export function countedKeys(bytes: Uint8Array, counts: readonly number[]): CountedKeys {
  if (bytes.length !== counts.length * 8) throw new RangeError(`${bytes.length} bytes for the keys of ${counts.length} counts`);
  return { halves: new Uint32Array(new Uint8Array(bytes).buffer), counts };
}

export function bytesOfKeys({ halves }: CountedKeys): Uint8Array {
  return new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength);
}

/** Both as one: counts of equal keys add. `from`: of every key its index in `a`, or -1 - its index in `b` where only that has it. */
export function mergeCounted(a: CountedKeys, b: CountedKeys): CountedKeys & { readonly from: Int32Array } {
  const most = a.counts.length + b.counts.length;
  const [halves, from] = [new Uint32Array(2 * most), new Int32Array(most)];
  const counts: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.counts.length || j < b.counts.length) {
    const order = i === a.counts.length ? 1 : j === b.counts.length ? -1 : compareAt(a.halves, i, b.halves, j);
    const k = counts.length;
    const [of, at] = order <= 0 ? [a, i] : [b, j];
    halves[2 * k] = of.halves[2 * at]!;
    halves[2 * k + 1] = of.halves[2 * at + 1]!;
    from[k] = order <= 0 ? i : -1 - j;
    counts.push((order <= 0 ? a.counts[i++]! : 0) + (order >= 0 ? b.counts[j++]! : 0));
  }
  return { halves: halves.slice(0, 2 * counts.length), counts, from: from.slice(0, counts.length) };
}

/** Every key shifted right by `bits` in [0, 64), equal ones joined. */
export function coarsened({ halves, counts }: CountedKeys, bits: number): CountedKeys {
  if (bits === 0) return { halves, counts };
  const out = new Uint32Array(halves.length);
  const sums: number[] = [];
  for (let i = 0; i < counts.length; i++) {
    const [low, high] = [halves[2 * i]!, halves[2 * i + 1]!];
    const [newLow, newHigh] = bits >= 32 ? [bits === 32 ? high : high >>> (bits - 32), 0] : [((low >>> bits) | (high << (32 - bits))) >>> 0, high >>> bits];
    const k = sums.length;
    if (k > 0 && out[2 * k - 2] === newLow && out[2 * k - 1] === newHigh) sums[k - 1]! += counts[i]!;
    else {
      out[2 * k] = newLow;
      out[2 * k + 1] = newHigh;
      sums.push(counts[i]!);
    }
  }
  return { halves: out.slice(0, 2 * sums.length), counts: sums };
}

/** The least number of bits by which the keys must be shifted so that they fit a table, and the keys then. */
export function coarsenedToFit(keys: CountedKeys): { bits: number; keys: CountedKeys } {
  let bits = 0;
  let fit = keys;
  while (fit.counts.length > P.entries) {
    fit = coarsened(fit, 1);
    bits++;
  }
  return { bits, keys: fit };
}

/** How many of the keys, which rise, are below 2^(64 - level). */
export function keysBelow({ halves, counts }: CountedKeys, level: number): number {
  if (level === 0) return counts.length;
  const limit = 2 ** (64 - level);
  let [low, high] = [0, counts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const below = level <= 32 ? halves[2 * middle + 1]! < limit / 2 ** 32 : halves[2 * middle + 1] === 0 && halves[2 * middle]! < limit;
    if (below) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compareAt(a: Uint32Array, i: number, b: Uint32Array, j: number): number {
  return a[2 * i + 1]! - b[2 * j + 1]! || a[2 * i]! - b[2 * j]!;
}
