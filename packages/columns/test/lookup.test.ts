import { v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { findTexts } from "../dist/lookup.js";
import { packTexts, readTexts, withOffsets } from "../dist/texts.js";
import { runtime as own, reset } from "./support.js";

const texts = fc.uniqueArray(
  fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.string({ unit: fc.constantFrom("a", "\0"), maxLength: 10 }),
    fc.nat(999).map((i) => `https://${i}`),
  ),
  { maxLength: 150 },
);

test("the small table of many texts finds what the fast one of few finds", (t) => {
  fc.assert(
    fc.property(texts, texts, (held, others) => {
      reset();
      const { arena, kernels } = own;
      const list = readTexts(packTexts(held));
      const [fast, small] = [findTexts(own, list), findTexts(own, list, -1)];
      const asked = [...held, ...others];
      const n = asked.length + 1;
      const [starts, lengths, fingerprints, found] = [arena.take(4 * n), arena.take(4 * n), arena.take(8 * n), arena.take(8 * n)];
      for (const [i, text] of asked.entries()) {
        const bytes = Buffer.from(text);
        const at = arena.take(bytes.length);
        arena.u8(at, bytes.length).set(bytes);
        arena.u32(starts, n)[i] = at;
        arena.u32(lengths, n)[i] = bytes.length;
      }
      arena.u32(lengths, n)[n - 1] = 0xffffffff;
      kernels.texts_fingerprint_u64(fingerprints, starts, lengths, n);
      fast(found, fingerprints, starts, lengths, n);
      small(found + 4 * n, fingerprints, starts, lengths, n);
      const both = arena.u32(found, 2 * n);
      t.deepEqual([...both.subarray(n)], [...both.subarray(0, n)]);
      t.deepEqual(
        [...both.subarray(0, held.length)],
        held.map((_, i) => i),
      );
    }),
    { numRuns: 60 },
  );
});

test("texts with packed offsets are the same texts, wherever the bytes lie; damaged ones are refused", (t) => {
  fc.assert(
    fc.property(texts, fc.nat(3), (held, shift) => {
      const plain = packTexts(held);
      const packed = withOffsets(plain);
      const moved = new Uint8Array(packed.offsets.length + shift).subarray(shift);
      moved.set(packed.offsets);
      const [a, b] = [readTexts(plain), readTexts({ bytes: packed.bytes, offsets: moved })];
      t.deepEqual([b.count, [...b.offsets], [...b.bytes]], [a.count, [...a.offsets], [...a.bytes]]);
    }),
  );
  const offsets = (...of: number[]): Uint8Array => new Uint8Array(Uint32Array.from(of).buffer);
  for (const damaged of [offsets(0, 2, 1, 3), offsets(1, 3), offsets(0, 4), offsets(0, 2), new Uint8Array(6)])
    t.throws(() => readTexts(v1.Texts.create({ bytes: new Uint8Array(3), offsets: damaged })), { instanceOf: RangeError });
});
