import { textFingerprint } from "@crossbill/kernels";
import { philox } from "@crossbill/numerics";

const WORD = 2 ** 32;

/**
 * Which half of a search each row belongs to: a bit of Philox4x32-10 of the row's place, or of its key, under `seed`. It does not look at labels, so that the halves of independent rows
 * are independent.
 * @param rows N
 * @param keys one a row: rows of one key are in one half. A text counts by its 64-bit fingerprint
 * @param seed integer in [0, 2^53)
 * @returns 0 (searched) or 1 (confirms), length N
 */
export function splitRows(rows: number, keys: ArrayLike<string | number> | undefined, seed: number): Uint8Array {
  const halves = new Uint8Array(rows);
  const counter = new Uint32Array(4);
  const key = [seed >>> 0, Math.floor(seed / WORD)];
  const out = new Uint32Array(4);
  const number = new Float64Array(1);
  const words = new Uint32Array(number.buffer);
  for (let row = 0; row < rows; row++) {
    if (keys === undefined) {
      // A block of Philox has a bit for each of 128 rows.
      counter[0] = row >>> 7;
      if ((row & 127) === 0) philox(counter, key, out);
      halves[row] = (out[(row >>> 5) & 3]! >>> (row & 31)) & 1;
    } else {
      const of = keys[row]!;
      if (typeof of === "number") {
        number[0] = of + 0;
        counter.set([words[0]!, words[1]!, 1]);
      } else {
        const print = textFingerprint(of);
        counter.set([Number(print & 0xffffffffn), Number(print >> 32n), 2]);
      }
      halves[row] = philox(counter, key, out)[0]! & 1;
    }
  }
  return halves;
}
