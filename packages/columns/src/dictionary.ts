import { DICTIONARY as D } from "@crossbill/kernels";
import { bytesOf } from "./counted.js";
import type { FingerprintedTexts } from "./prepared-batch.js";
import type { Runtime } from "./text-batch.js";
import type { TextList } from "./texts.js";

/**
 * Byte strings of a kernel memory with their counts, entries in order of their first coming (assembly/dictionary.ts does the work, this makes room).
 * Buffers double when they are full; the old ones are not given back to the arena, so at most half of what it takes is waste.
 */
export class Dictionary {
  readonly #runtime: Runtime;
  /** Offset of the header. */
  readonly pointer: number;

  constructor(runtime: Runtime, expected: { entries: number; bytes: number } = { entries: 512, bytes: 8192 }) {
    this.#runtime = runtime;
    this.pointer = runtime.arena.take(D.headerBytes);
    let slots = 16;
    while (slots < expected.entries * 2 + 2) slots *= 2;
    const slotsAt = runtime.arena.take(slots * D.slotBytes);
    runtime.kernels.fill_bytes(slotsAt, 0, slots * D.slotBytes);
    const entriesAt = runtime.arena.take(expected.entries * D.entryBytes);
    const bytesAt = runtime.arena.take(expected.bytes);
    const header = this.#header();
    header[D.slots] = slotsAt;
    header[D.mask] = slots - 1;
    header[D.entries] = entriesAt;
    header[D.count] = 0;
    header[D.entryRoom] = expected.entries;
    header[D.bytes] = bytesAt;
    header[D.bytesUsed] = 0;
    header[D.bytesRoom] = expected.bytes;
  }

  /** A dictionary of these distinct strings: entry i is string i. */
  static of(runtime: Runtime, list: TextList): Dictionary {
    const dictionary = new Dictionary(runtime, { entries: Math.max(1, list.count), bytes: Math.max(1, list.bytes.length) });
    const mark = runtime.arena.mark();
    const lengths = runtime.arena.take(list.count * 4);
    const view = runtime.arena.u32(lengths, list.count);
    for (let i = 0; i < list.count; i++) view[i] = list.offsets[i + 1]! - list.offsets[i]!;
    runtime.arena.u8(dictionary.#header()[D.bytes]!, list.bytes.length).set(list.bytes);
    runtime.kernels.dictionary_load(dictionary.pointer, lengths, list.count);
    runtime.arena.release(mark);
    return dictionary;
  }

  /** Entries so far. */
  get count(): number {
    return this.#header()[D.count]!;
  }

  /** Bytes of them. */
  get bytes(): number {
    return this.#header()[D.bytesUsed]!;
  }

  /** Counts the rows with keep != 0 that are not missing. Arguments are offsets: u64[rows], u32[rows], u32[rows], u8[rows]. */
  add(fingerprints: number, starts: number, lengths: number, keep: number, rows: number): void {
    const { arena, kernels } = this.#runtime;
    for (let row = 0; row < rows; ) {
      row = kernels.dictionary_count(this.pointer, fingerprints, starts, lengths, keep, row, rows) >>> 0;
      if (row < rows) this.#makeRoom(arena.u32(lengths, rows)[row]!);
    }
  }

  /** Counts n texts as often as times u32[n] says; missing ones not at all. Arguments are offsets: u64[n], u32[n], u32[n], u32[n]. */
  addTimes({ fingerprints, starts, lengths, count }: FingerprintedTexts, times: number): void {
    const { arena, kernels } = this.#runtime;
    for (let i = 0; i < count; ) {
      i = kernels.dictionary_count_times(this.pointer, fingerprints, starts, lengths, times, i, count) >>> 0;
      if (i < count) this.#makeRoom(arena.u32(lengths, count)[i]!);
    }
  }

  /** The strings in byte order and their counts, as a VocabularyPartial. */
  sorted(): { texts: Uint8Array; ends: Uint8Array; tallies: Uint8Array } {
    const { arena, kernels } = this.#runtime;
    const [n, used] = [this.count, this.#header()[D.bytesUsed]!];
    const mark = arena.mark();
    const order = arena.take(n * 4);
    const lengths = arena.take(n * 4);
    const counts = arena.take(n * 8);
    const bytes = arena.take(used);
    kernels.dictionary_order_u32(order, lengths, counts, arena.take(1024), this.pointer);
    kernels.dictionary_gather(bytes, lengths, counts, this.pointer, order);
    const ends = arena.u32(lengths, n).slice();
    for (let i = 1; i < n; i++) ends[i] = ends[i]! + ends[i - 1]!;
    const sorted = { texts: arena.u8(bytes, used).slice(), ends: bytesOf(ends), tallies: bytesOf(arena.f64(counts, n).slice()) };
    arena.release(mark);
    return sorted;
  }

  #header(): Uint32Array {
    return this.#runtime.arena.u32(this.pointer, D.headerBytes / 4);
  }

  /** Room for one more string of `length` bytes. */
  #makeRoom(length: number): void {
    const { arena, kernels } = this.#runtime;
    const [count, entryRoom, mask, bytesUsed, bytesRoom] = [D.count, D.entryRoom, D.mask, D.bytesUsed, D.bytesRoom].map((field) => this.#header()[field]!) as [
      number,
      number,
      number,
      number,
      number,
    ];
    if (count >= entryRoom) {
      const at = arena.take(entryRoom * 2 * D.entryBytes);
      kernels.copy_bytes(at, this.#header()[D.entries]!, count * D.entryBytes);
      this.#header()[D.entries] = at;
      this.#header()[D.entryRoom] = entryRoom * 2;
    }
    if (bytesUsed + length > bytesRoom) {
      const room = Math.max(bytesRoom * 2, bytesUsed + length);
      const at = arena.take(room);
      kernels.copy_bytes(at, this.#header()[D.bytes]!, bytesUsed);
      this.#header()[D.bytes] = at;
      this.#header()[D.bytesRoom] = room;
    }
    if (count >= Math.floor(mask / 2)) {
      const slots = (mask + 1) * 2;
      const at = arena.take(slots * D.slotBytes);
      const old = this.#header()[D.slots]!;
      this.#header()[D.slots] = at;
      this.#header()[D.mask] = slots - 1;
      kernels.dictionary_rehash(this.pointer, old, mask + 1);
    }
  }
}
