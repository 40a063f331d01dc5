import test from "ava";
import fc from "fast-check";
import { Arena, createKernelMemory, crossedId, fingerprint64, fingerprintCat64, hashedId, instantiateKernels, MISSING_TEXT } from "../dist/index.js";

/** Fingerprint64 of the first n of the bytes (i * 37 + 11) mod 256, computed with Google's farmhash.cc. */
const KNOWN: readonly (readonly [number, bigint])[] = [
  [0, 11160318154034397263n],
  [1, 4787810249829893994n],
  [3, 3979540680440595841n],
  [4, 14708324829907283305n],
  [7, 10810953559526984053n],
  [8, 9029840561075318013n],
  [16, 15579719139305551062n],
  [17, 6692022265393568454n],
  [32, 11543571239247179175n],
  [33, 9480451918888261270n],
  [64, 4226431515964725n],
  [65, 18101669290602532278n],
  [127, 15496381160035339524n],
  [128, 3742283891066476345n],
  [129, 14054188206783653085n],
  [192, 16318747815340858659n],
  [256, 1157472962730208475n],
  [300, 8075393831970212021n],
];

function place(texts: readonly (Uint8Array | null)[]): {
  arena: Arena;
  kernels: ReturnType<typeof instantiateKernels>;
  starts: number;
  lengths: number;
  out: number;
} {
  const memory = createKernelMemory(2 ** 20, 2 ** 24);
  const arena = new Arena(memory);
  const n = texts.length;
  const [starts, lengths, out] = [arena.take(n * 4), arena.take(n * 4), arena.take(n * 8)];
  texts.forEach((text, i) => {
    const at = arena.take((text?.length ?? 0) + 3) + (i % 4); // any alignment
    if (text !== null) arena.u8(at, text.length).set(text);
    arena.u32(starts, n)[i] = at;
    arena.u32(lengths, n)[i] = text === null ? MISSING_TEXT : text.length;
  });
  return { arena, kernels: instantiateKernels(memory), starts, lengths, out };
}

test("fingerprints are those of FarmHash at every length class", (t) => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => i * 37 + 11);
  const texts = KNOWN.map(([n]) => bytes.subarray(0, n));
  const { arena, kernels, starts, lengths, out } = place(texts);
  kernels.texts_fingerprint_u64(out, starts, lengths, texts.length);
  t.deepEqual(
    [...new BigUint64Array(arena.memory.buffer, out, texts.length)],
    KNOWN.map(([, hash]) => hash),
  );
  for (const [i, [, hash]] of KNOWN.entries()) t.is(fingerprint64(texts[i]!), hash);
});

test("the kernel and its twin agree on any bytes, and a missing text has fingerprint 0", (t) => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.uint8Array({ maxLength: 300 })), { minLength: 1, maxLength: 20 }), (texts) => {
      const { arena, kernels, starts, lengths, out } = place(texts);
      kernels.texts_fingerprint_u64(out, starts, lengths, texts.length);
      t.deepEqual(
        [...new BigUint64Array(arena.memory.buffer, out, texts.length)],
        texts.map((text) => (text === null ? 0n : fingerprint64(text))),
      );
    }),
    { numRuns: 100 },
  );
});

test("hash buckets are those of TensorFlow's to_hash_bucket_fast", (t) => {
  t.deepEqual(
    ["Hello", "TensorFlow", "2.x"].map((text) => hashedId(fingerprint64(Buffer.from(text)), 3, 0) - 1),
    [0, 2, 2],
  );
});

test("hashed ids and crosses agree with their twins", (t) => {
  const bits = fc.bigInt(0n, 2n ** 64n - 1n);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(bits, fc.nat()), { minLength: 1, maxLength: 9 }),
      fc.oneof(
        fc.integer({ min: 1, max: 2 ** 32 - 2 }),
        fc.nat(31).map((bits) => 2 ** bits),
      ),
      fc.nat(),
      (rows, buckets, salt) => {
        const n = rows.length;
        const { arena, kernels, lengths, out } = place(rows.map(() => new Uint8Array(1)));
        const [fingerprints, ids, state, present] = [arena.take(n * 8), arena.take(n * 4), arena.take(n * 8), arena.take(n)];
        new BigUint64Array(arena.memory.buffer, fingerprints, n).set(rows.map(([f]) => f));
        arena.u32(ids, n).set(rows.map(([, id]) => id));
        kernels.hashed_ids_u32(out, fingerprints, lengths, n, buckets, salt);
        t.deepEqual(
          [...arena.u32(out, n)],
          rows.map(([f]) => hashedId(f, buckets, salt)),
        );
        kernels.cross_begin_u64(state, present, n, salt);
        kernels.cross_texts_u64(state, present, fingerprints, n);
        kernels.cross_ids_u64(state, present, ids, n);
        kernels.cross_end_u32(out, state, present, n, buckets);
        t.deepEqual(
          [...arena.u32(out, n)],
          rows.map(([f, id]) => crossedId([f, BigInt(id)], buckets, salt)),
        );
      },
    ),
    { numRuns: 100 },
  );
});

test("joining fingerprints is not commutative", (t) => {
  t.not(fingerprintCat64(1n, 2n), fingerprintCat64(2n, 1n));
});
