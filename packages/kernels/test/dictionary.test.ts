import test from "ava";
import fc from "fast-check";
import { Arena, createKernelMemory, DICTIONARY as D, instantiateKernels, MISSING_TEXT, TextCounts } from "../dist/index.js";

const text = fc.oneof(
  fc.constantFrom("", " ", "__proto__", "constructor", "a", "a\0", "aaaaaaaa", "aaaaaaaab", "aaaaaaaa\0"),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 24 }),
  fc.string({ unit: fc.constantFrom("a", "\0"), maxLength: 9 }),
  fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 }).map((end) => `https://${end}`),
);

interface Table {
  arena: Arena;
  kernels: ReturnType<typeof instantiateKernels>;
  header: number;
}

/** A dictionary with room for `entries` entries, `bytes` bytes and `slots` slots. */
function table(entries: number, bytes: number, slots: number): Table {
  const memory = createKernelMemory(2 ** 20, 2 ** 26);
  const arena = new Arena(memory);
  const header = arena.take(D.headerBytes);
  const at = arena.take(slots * D.slotBytes);
  arena.u8(at, slots * D.slotBytes).fill(0);
  const fields = arena.u32(header, 8);
  fields.set([at, slots - 1, arena.take(entries * D.entryBytes), 0, entries, arena.take(bytes), 0, bytes]);
  return { arena, kernels: instantiateKernels(memory), header };
}

function place({ arena, kernels }: Table, texts: readonly (string | null)[]): { starts: number; lengths: number; fingerprints: number; keep: number } {
  const n = texts.length;
  const [starts, lengths, fingerprints, keep] = [arena.take(n * 4), arena.take(n * 4), arena.take(n * 8), arena.take(n)];
  texts.forEach((value, i) => {
    const bytes = Buffer.from(value ?? "");
    const at = arena.take(bytes.length);
    arena.u8(at, bytes.length).set(bytes);
    arena.u32(starts, n)[i] = at;
    arena.u32(lengths, n)[i] = value === null ? MISSING_TEXT : bytes.length;
  });
  arena.u8(keep, n).fill(1);
  kernels.texts_fingerprint_u64(fingerprints, starts, lengths, n);
  return { starts, lengths, fingerprints, keep };
}

test("counting, finding and sorting agree with a Map, missing texts left out", (t) => {
  fc.assert(
    fc.property(fc.array(fc.option(text), { minLength: 1, maxLength: 200 }), fc.array(text, { minLength: 1, maxLength: 20 }), (texts, asked) => {
      const dictionary = table(256, 65536, 512);
      const { arena, kernels, header } = dictionary;
      const { starts, lengths, fingerprints, keep } = place(dictionary, texts);
      const twin = new TextCounts();
      const skipped = texts.length > 2 ? 1 : -1;
      if (skipped >= 0) arena.u8(keep, texts.length)[skipped] = 0;
      texts.forEach((value, i) => {
        if (value !== null && i !== skipped) twin.count(value);
      });
      t.is(kernels.dictionary_count(header, fingerprints, starts, lengths, keep, 0, texts.length), texts.length);

      const query = place(dictionary, [...asked, null]);
      const found = arena.take((asked.length + 1) * 4);
      kernels.dictionary_find_u32(found, header, query.fingerprints, query.starts, query.lengths, asked.length + 1);
      t.deepEqual([...arena.u32(found, asked.length + 1)], [...asked.map((value) => (twin.find(value) < 0 ? 0xfffffffe : twin.find(value))), 0xffffffff]);

      const n = arena.u32(header, 8)[D.count]!;
      const used = arena.u32(header, 8)[D.bytesUsed]!;
      const [order, scratch, keys, bytes, sizes, counts] = [n * 4, n * 4, n * 8, used, n * 4, n * 8].map((size) => arena.take(size)) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      kernels.dictionary_order_u32(order, scratch, keys, arena.take(1024), header);
      kernels.dictionary_gather(bytes, sizes, counts, header, order);
      let at = bytes;
      const sorted = Array.from(arena.u32(sizes, n), (size, i) => {
        at += size;
        return { text: Buffer.from(arena.memory.buffer, at - size, size).toString(), count: arena.f64(counts, n)[i] };
      });
      t.deepEqual(sorted, twin.sorted());
    }),
    { numRuns: 100 },
  );
});

test("a text that is counted many times at once counts as often", (t) => {
  const twice = table(8, 64, 32);
  const { arena, kernels, header } = twice;
  const { starts, lengths, fingerprints } = place(twice, ["a", "b", null, "c", "a"]);
  const times = arena.take(20);
  arena.u32(times, 5).set([3, 0, 7, 1, 2]);
  t.is(kernels.dictionary_count_times(header, fingerprints, starts, lengths, times, 0, 5), 5);
  const entries = arena.u32(header, 8)[D.entries]!;
  t.is(arena.u32(header, 8)[D.count], 2, "what comes no time is not there");
  t.deepEqual([arena.f64(entries + 8, 1)[0], arena.f64(entries + 24, 1)[0]], [5, 1]);
  const full = table(1, 64, 32);
  t.is(full.kernels.dictionary_count_times(full.header, ...placed(full, ["a", "b"]), 0, 2), 1, "it stops where room is lacking");
});

/** Texts, each to be counted once. */
function placed(of: Table, texts: readonly string[]): [number, number, number, number] {
  const { starts, lengths, fingerprints } = place(of, texts);
  const times = of.arena.take(4 * texts.length);
  of.arena.u32(times, texts.length).fill(1);
  return [fingerprints, starts, lengths, times];
}

test("counting stops where room is lacking and goes on where it stopped", (t) => {
  const dictionary = table(3, 64, 16);
  const { arena, kernels, header } = dictionary;
  const { starts, lengths, fingerprints, keep } = place(dictionary, ["a", "b", "a", "c", "b", "d", "e"]);
  t.is(kernels.dictionary_count(header, fingerprints, starts, lengths, keep, 0, 7), 5);
  arena.u32(header, 8)[D.entries] = arena.take(8 * D.entryBytes);
  arena.u32(header, 8)[D.entryRoom] = 8;
  t.is(kernels.dictionary_count(header, fingerprints, starts, lengths, keep, 5, 7), 7);
});

test("moving to more slots loses nothing", (t) => {
  const texts = Array.from({ length: 100 }, (_, i) => `value ${i}`);
  const dictionary = table(128, 4096, 256);
  const { arena, kernels, header } = dictionary;
  const { starts, lengths, fingerprints, keep } = place(dictionary, texts);
  kernels.dictionary_count(header, fingerprints, starts, lengths, keep, 0, 100);
  const [old, slots] = [arena.u32(header, 8)[D.slots]!, 1024];
  arena.u32(header, 8)[D.slots] = arena.take(slots * D.slotBytes);
  arena.u32(header, 8)[D.mask] = slots - 1;
  kernels.dictionary_rehash(header, old, 256);
  const found = arena.take(400);
  kernels.dictionary_find_u32(found, header, fingerprints, starts, lengths, 100);
  t.deepEqual(
    [...arena.u32(found, 100)],
    texts.map((_, i) => i),
  );
});

test("a loaded dictionary finds every string by its index, and vocabulary ids follow", (t) => {
  const values = ["", "a", "b", "__proto__", "a much longer value than eight bytes"];
  const encoded = values.map((value) => Buffer.from(value));
  const dictionary = table(8, 128, 16);
  const { arena, kernels, header } = dictionary;
  const joined = Buffer.concat(encoded);
  arena.u8(arena.u32(header, 8)[D.bytes]!, joined.length).set(joined);
  const sizes = arena.take(20);
  arena.u32(sizes, 5).set(encoded.map(({ length }) => length));
  kernels.dictionary_load(header, sizes, 5);
  const asked = [...values, "unknown", "dropped", null];
  const { starts, lengths, fingerprints } = place(dictionary, asked);
  const [out, ids, dropped] = [arena.take(32), arena.take(20), arena.take(8)];
  kernels.dictionary_find_u32(out, header, fingerprints, starts, lengths, 8);
  kernels.vocabulary_ids_u32(out, fingerprints, 8, 0, 2, 1, 0, 0, 0, 0);
  t.deepEqual([...arena.u32(out, 8)], [2, 3, 4, 5, 6, 1, 1, 0]);
  arena.u32(ids, 5).set([2, 3, 5, 9, 11]);
  new BigUint64Array(arena.memory.buffer, dropped, 1)[0] = new BigUint64Array(arena.memory.buffer, fingerprints, 8)[6]!;
  kernels.dictionary_find_u32(out, header, fingerprints, starts, lengths, 8);
  kernels.vocabulary_ids_u32(out, fingerprints, 8, ids, 2, 1, dropped, 1, 0, 4);
  t.deepEqual([...arena.u32(out, 8)], [2, 3, 5, 9, 11, 1, 4, 0]);
  new BigUint64Array(arena.memory.buffer, dropped, 1)[0]! >>= 24n;
  kernels.dictionary_find_u32(out, header, fingerprints, starts, lengths, 8);
  kernels.vocabulary_ids_u32(out, fingerprints, 8, ids, 2, 1, dropped, 1, 24, 4);
  t.deepEqual([...arena.u32(out, 8)], [2, 3, 5, 9, 11, 1, 4, 0]);
});

test("a lookup finds what a Map finds, however full it is and however few bits of the fingerprint it keeps", (t) => {
  fc.assert(
    fc.property(
      fc.uniqueArray(text, { maxLength: 120 }),
      fc.array(text, { maxLength: 40 }),
      fc.nat(3),
      fc.constantFrom(0, 12, 24),
      (held, asked, spare, more) => {
        const dictionary = table(1, 8, 2);
        const { arena, kernels } = dictionary;
        const twin = new TextCounts();
        for (const value of held) twin.count(value);
        const texts = held.map((value) => Buffer.from(value));
        const n = texts.length;
        const [bytes, offsets] = [arena.take(texts.reduce((sum, { length }) => sum + length, 8)), arena.take(4 * (n + 1))];
        let at = 0;
        for (const [i, value] of texts.entries()) {
          arena.u8(bytes + at, value.length).set(value);
          arena.u32(offsets, n + 1)[i + 1] = at += value.length;
        }
        const size = 2 ** (Math.ceil(Math.log2(n + 1)) + spare);
        const bits = Math.max(1, Math.ceil(Math.log2(n + 1))) + more;
        const slots = arena.take(4 * size);
        kernels.lookup_fill(slots, size - 1, bits, offsets, bytes, n);
        const query = place(dictionary, [...held, ...asked, null]);
        const count = n + asked.length + 1;
        const found = arena.take(4 * count);
        kernels.lookup_find_u32(found, slots, size - 1, bits, offsets, bytes, query.fingerprints, query.starts, query.lengths, count);
        t.deepEqual([...arena.u32(found, count)], [...[...held, ...asked].map((value) => (twin.find(value) < 0 ? 0xfffffffe : twin.find(value))), 0xffffffff]);
      },
    ),
    { numRuns: 200 },
  );
});
