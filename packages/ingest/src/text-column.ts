import { type Data, makeData, Utf8 } from "apache-arrow";
import { Growable } from "./growable.js";

/** A nullable column of texts as their UTF-8: no string stays behind. */
export class TextColumn {
  readonly #bytes = new Growable((n) => new Uint8Array(n), 4096);
  /** Where each text ends in the bytes; the complement of it where there is none. */
  readonly #ends = new Growable((n) => new Int32Array(n));

  push(text: string | null): void {
    if (text !== null) {
      const bytes = Buffer.from(text);
      this.#bytes.extend(bytes.length).set(bytes);
    }
    this.#ends.push(text === null ? ~this.#bytes.length : this.#bytes.length);
  }

  /** Texts [from, to). */
  data(from: number, to: number): Data<Utf8> {
    const ends = this.#ends.view();
    const length = to - from;
    const endOf = (i: number): number => (i < 0 ? 0 : ends[i]! < 0 ? ~ends[i]! : ends[i]!);
    const start = endOf(from - 1);
    const valueOffsets = new Int32Array(length + 1);
    for (let i = 0; i < length; i++) valueOffsets[i + 1] = endOf(from + i) - start;
    const data = this.#bytes.view().slice(start, endOf(to - 1));
    return makeData({ type: new Utf8(), length, ...validity(length, (i) => ends[from + i]! >= 0), valueOffsets, data });
  }
}

/** Arrow's validity bitmap; none where nothing is null. */
export function validity(length: number, valid: (i: number) => boolean): { nullCount: number; nullBitmap?: Uint8Array } {
  const nullBitmap = new Uint8Array(Math.ceil(length / 8));
  let nullCount = 0;
  for (let i = 0; i < length; i++) {
    if (valid(i)) nullBitmap[i >> 3]! |= 1 << (i & 7);
    else nullCount++;
  }
  return nullCount === 0 ? { nullCount } : { nullCount, nullBitmap };
}
