import type { Arena } from "@crossbill/kernels";

/** Texts in kernel memory, one behind the other, as csv_match and csv_mark_missing take them. */
export interface PlacedTexts {
  readonly texts: number;
  /** Offset of u32[count]. */
  readonly lengths: number;
  readonly count: number;
}

export function placeTexts(arena: Arena, list: readonly string[]): PlacedTexts {
  const encoded = list.map((text) => Buffer.from(text));
  const all = Buffer.concat(encoded);
  const texts = arena.take(all.length);
  const lengths = arena.take(4 * list.length);
  arena.u8(texts, all.length).set(all);
  arena.u32(lengths, list.length).set(encoded.map((bytes) => bytes.length));
  return { texts, lengths, count: list.length };
}
