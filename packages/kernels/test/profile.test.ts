import test from "ava";
import fc from "fast-check";
import {
  Arena,
  createKernelMemory,
  fingerprint64,
  fromOrderedBits,
  instantiateKernels,
  MISSING_TEXT,
  numberCells,
  orderedBits,
  PROFILE as P,
  textSample,
} from "../dist/index.js";

const memory = createKernelMemory(2 ** 20, 2 ** 26);
const arena = new Arena(memory);
const kernels = instantiateKernels(memory);
const bottom = arena.mark();

function newTable(bytes: number): number {
  const table = arena.take(bytes);
  arena.u8(table, bytes).fill(0);
  arena.f64(table, 5).set([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], 3);
  return table;
}

/** What a table holds: counts by key, in order of the keys, and places by key. */
function readTable(table: number) {
  const [entries, level, rows, missing, integers] = arena.u32(table, 5) as unknown as [number, number, number, number, number];
  const scratch = arena.take(P.scratchBytes);
  const [keys, counts, places] = [arena.take(8 * entries), arena.take(4 * entries), arena.take(4 * entries)];
  kernels.profile_sorted(table, scratch, keys, counts, places);
  const sorted = [...new BigUint64Array(memory.buffer, keys, entries)];
  const [times, at] = [arena.u32(counts, entries), arena.u32(places, entries)];
  const cells = sorted.map((key, i): [bigint, number] => [key, times[i]!]);
  return { entries, level, rows, missing, integers, cells, places: new Map(sorted.map((key, i) => [key, at[i]!])) };
}

/** Counts numbers in several calls; every third row is left out. */
function countNumbers(x: readonly number[]) {
  arena.release(bottom);
  const table = newTable(P.numberTableBytes);
  const scratch = arena.take(P.scratchBytes);
  const [at, keep] = [arena.take(8 * 1000), arena.take(1000)];
  for (let from = 0; from < x.length; from += 997) {
    const part = x.slice(from, from + 997);
    arena.f64(at, part.length).set(part);
    arena.u8(keep, part.length).set(part.map((_, i) => ((from + i) % 3 === 2 ? 0 : 1)));
    kernels.profile_numbers(table, scratch, at, keep, part.length);
    // Reading in between changes nothing.
    if (from % 2 === 0) kernels.profile_whole(table, scratch);
  }
  kernels.profile_whole(table, scratch);
  const [minimum, maximum] = arena.f64(table, 5).slice(3);
  return { ...readTable(table), minimum, maximum };
}

const bySize = (map: Map<bigint, number>): [bigint, number][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

test("numbers fall into the cells of the twin, whatever their order and spread", (t) => {
  const few = fc.array(fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, 5e-324, Number.NaN, 1e308, 1023, 1024, 0.5)), { maxLength: 300 });
  const many = fc
    .tuple(fc.integer({ min: 1000, max: 5000 }), fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.constantFrom(0, 1, 1e-3, 1e6), fc.integer({ min: 1 }))
    .map(([n, middle, width, seed]) => Array.from({ length: n }, (_, i) => middle + width * (((i * 7919 + seed) % 10007) / 10007 - 0.5)));
  const far = fc
    .integer({ min: 1100, max: 3000 })
    .map((n) => Array.from({ length: 2 * n }, (_, i) => (i % 3 === 0 ? -1.5e308 * (1 - (i % 97) * 2 ** -40) : 3000 + i)));
  fc.assert(
    fc.property(fc.oneof(few, many, far), (x) => {
      const got = countNumbers(x);
      const kept = x.filter((_, i) => i % 3 !== 2);
      const numbers = kept.filter((value) => !Number.isNaN(value) && Number.isFinite(value));
      fc.pre(numbers.length === kept.filter((value) => !Number.isNaN(value)).length);
      const { level, cells } = numberCells(numbers);
      t.deepEqual(got.cells, bySize(cells));
      t.is(got.level, level);
      t.is(got.entries, cells.size);
      t.is(got.rows, kept.length);
      t.is(got.missing, kept.length - numbers.length);
      t.is(got.integers, numbers.filter(Number.isInteger).length);
      t.is(got.minimum, Math.min(...numbers.map((value) => value + 0)));
      t.is(got.maximum, Math.max(...numbers.map((value) => value + 0)));
    }),
    { numRuns: 60 },
  );
});

test("ordered bits rise with the number and lead back to it", (t) => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
      t.is(fromOrderedBits(orderedBits(a)), a + 0);
      t.is(orderedBits(a) < orderedBits(b), a < b);
    }),
  );
});

/** @param once each text of a call is given once, and how often it comes */
function countTexts(texts: readonly (string | null)[], once: boolean) {
  arena.release(bottom);
  const table = newTable(P.textTableBytes);
  const scratch = arena.take(P.scratchBytes);
  const n = 500;
  const [starts, lengths, fingerprints, keep, times] = [arena.take(4 * n), arena.take(4 * n), arena.take(8 * n), arena.take(n), arena.take(4 * n)];
  arena.u8(keep, n).fill(1);
  const mark = arena.mark();
  for (let from = 0; from < texts.length; from += n) {
    const given = texts.slice(from, from + n);
    const different = once ? [...new Set(given)].filter((text, i) => text !== null || i % 2 === 0) : given;
    const part = different.map((text) => (text === null ? null : Buffer.from(text)));
    arena.release(mark);
    part.forEach((bytes, i) => {
      const at = arena.take(bytes?.length ?? 0);
      if (bytes !== null) arena.u8(at, bytes.length).set(bytes);
      arena.u32(starts, n)[i] = at;
      arena.u32(lengths, n)[i] = bytes?.length ?? MISSING_TEXT;
    });
    kernels.texts_fingerprint_u64(fingerprints, starts, lengths, part.length);
    if (!once) kernels.profile_texts(table, scratch, fingerprints, starts, lengths, keep, part.length);
    else {
      arena.u32(times, part.length).set(different.map((text) => given.filter((other) => other === text).length));
      const without = different.includes(null) ? 0 : given.filter((text) => text === null).length;
      kernels.profile_texts_times(table, scratch, fingerprints, starts, lengths, times, part.length, without);
    }
  }
  const buckets = [...arena.u32(table + P.headerBytes, P.buckets)];
  const read = readTable(table);
  const shown = new Map(
    [...read.places].map(([key, place]) => {
      const at = table + P.textsAt + 64 * place;
      return [key, Buffer.from(memory.buffer, at + 16, Math.min(P.textBytes, arena.u32(at, 1)[0]!)).toString("latin1")];
    }),
  );
  return { ...read, buckets, shown };
}

test("texts are sampled and counted as the twin does, and their first bytes are kept", (t) => {
  const short = fc.array(fc.option(fc.oneof(fc.constantFrom("", "a", "__proto__"), fc.string({ maxLength: 80 }))), { maxLength: 300 });
  const many = fc
    .integer({ min: 900, max: 9000 })
    .map((n) => Array.from({ length: 2 * n }, (_, i) => `key number ${(i * i) % n} with a tail that goes past 48 bytes`));
  fc.assert(
    fc.property(fc.oneof(short, many), fc.boolean(), (texts, once) => {
      const got = countTexts(texts, once);
      const there = (texts as (string | null)[]).filter((text) => text !== null);
      const textOf = new Map(there.map((text) => [fingerprint64(Buffer.from(text)), text]));
      const want = textSample(there.map((text) => fingerprint64(Buffer.from(text))));
      t.deepEqual(got.cells, bySize(want.sample));
      t.is(got.level, want.level);
      t.is(got.entries, want.sample.size);
      if (want.level > 0) t.deepEqual(got.buckets, want.buckets);
      t.is(got.rows, texts.length);
      t.is(got.missing, texts.length - there.length);
      for (const [key, text] of got.shown) t.is(text, Buffer.from(textOf.get(key)!).subarray(0, P.textBytes).toString("latin1"));
    }),
    { numRuns: 40 },
  );
});
