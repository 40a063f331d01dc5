import type { FingerprintedTexts } from "@crossbill/columns";
import { PROFILE as P } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import type { Runtime } from "../runtime.js";

/** Counts of a field's numbers in at most 1024 cells (see the kernel). */
export class NumberTable {
  readonly #runtime: Runtime;
  readonly #table: number;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#table = newTable(runtime, P.numberTableBytes);
  }

  /** Offsets: scratch u8[P.scratchBytes], f64[n] (NaN: missing), u8[n]. */
  add(scratch: number, values: number, keep: number, n: number): void {
    this.#runtime.kernels.profile_numbers(this.#table, scratch, values, keep, n);
  }

  get missing(): number {
    return this.#runtime.arena.u32(this.#table, 4)[3]!;
  }

  /** scratch u8[P.scratchBytes]: an offset. */
  profile(scratch: number): v1.NumberProfile {
    const { arena, kernels } = this.#runtime;
    kernels.profile_whole(this.#table, scratch);
    const header = arena.u32(this.#table, 5);
    const [minimum, maximum] = arena.f64(this.#table + 24, 2);
    const empty = header[0] === 0;
    const { keys, counts } = sortedCells(this.#runtime, this.#table, scratch);
    return v1.NumberProfile.create({
      integers: header[4]!,
      minimum: empty ? Number.NaN : minimum!,
      maximum: empty ? Number.NaN : maximum!,
      level: header[1]!,
      cells: keys,
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
    this.#table = newTable(runtime, P.textTableBytes);
  }

  /** Offsets: scratch u8[P.scratchBytes], u64[n], u32[n], u32[n], u8[n]. */
  add(scratch: number, fingerprints: number, starts: number, lengths: number, keep: number, n: number): void {
    this.#runtime.kernels.profile_texts(this.#table, scratch, fingerprints, starts, lengths, keep, n);
  }

  /** Texts so many times as times u32[count] says, and so many missing ones. */
  addTimes(scratch: number, { fingerprints, starts, lengths, count }: FingerprintedTexts, times: number, missing: number): void {
    this.#runtime.kernels.profile_texts_times(this.#table, scratch, fingerprints, starts, lengths, times, count, missing);
  }

  get missing(): number {
    return this.#runtime.arena.u32(this.#table, 4)[3]!;
  }

  /** scratch u8[P.scratchBytes]: an offset. */
  profile(scratch: number): v1.TextProfile {
    const { arena } = this.#runtime;
    const level = arena.u32(this.#table, 2)[1]!;
    const { keys, counts, places } = sortedCells(this.#runtime, this.#table, scratch);
    const memory = Buffer.from(arena.memory.buffer);
    const texts = Array.from(places, (place) => this.#table + P.textsAt + 64 * place);
    const lengths = texts.map((text) => memory.readUInt32LE(text));
    const shown = texts.map((text, i) => memory.subarray(text + 16, text + 16 + Math.min(P.textBytes, lengths[i]!)));
    return v1.TextProfile.create({
      level,
      fingerprints: keys,
      counts,
      lengths,
      shown: Buffer.concat(shown),
      buckets: level === 0 ? [] : [...arena.u32(this.#table + P.headerBytes, P.buckets)],
    });
  }
}

/** u64 of a message. @throws RangeError for a length that is no multiple of 8 */
export function keysOf(bytes: Uint8Array): BigUint64Array {
  return new BigUint64Array(new Uint8Array(bytes).buffer);
}

function newTable({ arena, kernels }: Runtime, bytes: number): number {
  const table = arena.take(bytes);
  kernels.fill_bytes(table, 0, bytes);
  arena.f64(table + 24, 2).set([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  return table;
}

/** What a table holds by rising key: u64 as bytes, counts, places of the texts. */
function sortedCells({ arena, kernels }: Runtime, table: number, scratch: number): { keys: Uint8Array; counts: number[]; places: Uint32Array } {
  const entries = arena.u32(table, 1)[0]!;
  const mark = arena.mark();
  const [keys, counts, places] = [arena.take(8 * entries), arena.take(4 * entries), arena.take(4 * entries)];
  kernels.profile_sorted(table, scratch, keys, counts, places);
  const sorted = { keys: arena.u8(keys, 8 * entries).slice(), counts: [...arena.u32(counts, entries)], places: arena.u32(places, entries).slice() };
  arena.release(mark);
  return sorted;
}
