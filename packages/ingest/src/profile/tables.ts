import { PROFILE as P } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import type { Runtime } from "../runtime.js";

/** Counts of a field's numbers in at most 1024 cells (see the kernel). */
export class NumberTable {
  readonly #runtime: Runtime;
  readonly #table: number;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#table = newTable(runtime, P.numberSlotBytes);
  }

  /** Offsets: scratch as long as the longest slots, f64[n] (NaN: missing), u8[n]. */
  add(scratch: number, values: number, keep: number, n: number): void {
    this.#runtime.kernels.profile_numbers(this.#table, scratch, values, keep, n);
  }

  get missing(): number {
    return this.#runtime.arena.u32(this.#table, 4)[3]!;
  }

  profile(): v1.NumberProfile {
    const { arena } = this.#runtime;
    const header = arena.u32(this.#table, 5);
    const [minimum, maximum] = arena.f64(this.#table + 24, 2);
    const empty = header[0] === 0;
    const { keys, counts } = sortedSlots(this.#runtime, this.#table + P.headerBytes, 16, header[0]!);
    return v1.NumberProfile.create({
      integers: header[4]!,
      minimum: empty ? Number.NaN : minimum!,
      maximum: empty ? Number.NaN : maximum!,
      level: header[1]!,
      cells: bytesOf(keys),
      counts,
    });
  }
}

/** Counts of a field's texts: all of them up to 1024 distinct ones, else a sample and 1024 buckets. */
export class TextTable {
  readonly #runtime: Runtime;
  readonly #table: number;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#table = newTable(runtime, P.bucketBytes + P.textSlotBytes);
  }

  /** Offsets: scratch as long as the longest slots, u64[n], u32[n], u32[n], u8[n]. */
  add(scratch: number, fingerprints: number, starts: number, lengths: number, keep: number, n: number): void {
    this.#runtime.kernels.profile_texts(this.#table, scratch, fingerprints, starts, lengths, keep, n);
  }

  get missing(): number {
    return this.#runtime.arena.u32(this.#table, 4)[3]!;
  }

  profile(): v1.TextProfile {
    const { arena } = this.#runtime;
    const [entries, level] = arena.u32(this.#table, 2) as unknown as [number, number];
    const slots = this.#table + P.headerBytes + P.bucketBytes;
    const { keys, counts, at } = sortedSlots(this.#runtime, slots, 64, entries);
    const memory = Buffer.from(arena.memory.buffer);
    const lengths = at.map((slot) => memory.readUInt32LE(slot + 12));
    const shown = at.map((slot, i) => memory.subarray(slot + 16, slot + 16 + Math.min(P.textBytes, lengths[i]!)));
    return v1.TextProfile.create({
      level,
      fingerprints: bytesOf(keys),
      counts,
      lengths,
      shown: Buffer.concat(shown),
      buckets: level === 0 ? [] : [...arena.u32(this.#table + P.headerBytes, P.buckets)],
    });
  }
}

/** Little-endian, as messages hold them. */
export function bytesOf(keys: BigUint64Array): Uint8Array {
  return new Uint8Array(keys.buffer, keys.byteOffset, keys.byteLength).slice();
}

/** u64 of a message. @throws RangeError for a length that is no multiple of 8 */
export function keysOf(bytes: Uint8Array): BigUint64Array {
  return new BigUint64Array(new Uint8Array(bytes).buffer);
}

function newTable({ arena, kernels }: Runtime, slotBytes: number): number {
  const table = arena.take(P.headerBytes + slotBytes);
  kernels.fill_bytes(table, 0, P.headerBytes + slotBytes);
  arena.f64(table + 24, 2).set([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  return table;
}

/** The slots in use by rising key; `at`: their offsets. */
function sortedSlots({ arena }: Runtime, slots: number, slotBytes: number, entries: number): { keys: BigUint64Array; counts: number[]; at: number[] } {
  const view = new DataView(arena.memory.buffer, slots, P.slots * slotBytes);
  const keys = new BigUint64Array(entries);
  const slotOf = new Map<bigint, number>();
  for (let s = 0; s < P.slots && slotOf.size < entries; s++) {
    if (view.getUint32(s * slotBytes + 8, true) === 0) continue;
    const key = view.getBigUint64(s * slotBytes, true);
    keys[slotOf.size] = key;
    slotOf.set(key, s * slotBytes);
  }
  const at = Array.from(keys.sort(), (key) => slotOf.get(key)!);
  return { keys, counts: at.map((slot) => view.getUint32(slot + 8, true)), at: at.map((slot) => slots + slot) };
}
