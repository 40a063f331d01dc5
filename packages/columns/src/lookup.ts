import { Dictionary } from "./dictionary.js";
import type { Runtime } from "./text-batch.js";
import type { TextList } from "./texts.js";

/** Of more texts a dictionary, which finds faster, would take too much memory: about 50 bytes a text and its bytes. */
const DICTIONARY_TEXTS = 2 ** 18;
/** Slots that may be in use at most. */
const LOAD = 0.75;

/** out u32[n] = index of each text, 0xFFFFFFFE unknown, 0xFFFFFFFF missing; arguments are offsets of u32[n], u64[n], u32[n], u32[n]. */
export type FindTexts = (out: number, fingerprints: number, starts: number, lengths: number, n: number) => void;

/** Finds texts of a list; the list itself is not needed any more. @param dictionaryTexts of longer ones the smaller table is made; for tests */
export function findTexts(runtime: Runtime, list: TextList, dictionaryTexts: number = DICTIONARY_TEXTS): FindTexts {
  const { kernels } = runtime;
  if (list.count > dictionaryTexts) return lookup(runtime, list);
  const { pointer } = Dictionary.of(runtime, list);
  return (out, fingerprints, starts, lengths, n) => kernels.dictionary_find_u32(out, pointer, fingerprints, starts, lengths, n);
}

function lookup({ arena, kernels }: Runtime, { bytes, offsets, count }: TextList): FindTexts {
  let slots = 16;
  while (slots * LOAD < count) slots *= 2;
  const bits = 32 - Math.clz32(count);
  const [slotsAt, offsetsAt, bytesAt] = [arena.take(4 * slots), arena.take(4 * (count + 1)), arena.take(bytes.length)];
  kernels.fill_bytes(slotsAt, 0, 4 * slots);
  arena.u32(offsetsAt, count + 1).set(offsets);
  arena.u8(bytesAt, bytes.length).set(bytes);
  kernels.lookup_fill(slotsAt, slots - 1, bits, offsetsAt, bytesAt, count);
  return (out, fingerprints, starts, lengths, n) =>
    kernels.lookup_find_u32(out, slotsAt, slots - 1, bits, offsetsAt, bytesAt, fingerprints, starts, lengths, n);
}
