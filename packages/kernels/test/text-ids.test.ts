import test from "ava";
import fc from "fast-check";
import { fingerprint64, hashedId, hashedTextIds, textFingerprint, textFingerprintPrefix } from "../dist/index.js";

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.integer({ min: 0, max: 40 }).chain((n) => fc.string({ minLength: n, maxLength: n })),
);

test("a text's fingerprint by halves is the one of its bytes", (t) => {
  fc.assert(
    fc.property(text, fc.integer({ min: 33, max: 53 }), (one, bits) => {
      t.is(textFingerprint(one), fingerprint64(Buffer.from(one)));
      t.is(textFingerprintPrefix(one, bits), Number(fingerprint64(Buffer.from(one)) >> BigInt(64 - bits)));
    }),
    { numRuns: 3000 },
  );
  for (let n = 0; n <= 40; n++)
    for (const letter of ["a", "~", "\0", "\x7f"])
      t.is(textFingerprint(letter.repeat(n)), fingerprint64(Buffer.from(letter.repeat(n))), `${n} times ${letter}`);
});

test("hashed ids by halves are those of the twin, for any number of buckets and any salt", (t) => {
  const buckets = fc.oneof(
    fc.integer({ min: 1, max: 2 ** 32 - 2 }),
    fc.integer({ min: 0, max: 31 }).map((bits) => 2 ** bits),
    fc.integer({ min: 1, max: 100 }),
  );
  const salt = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
  fc.assert(
    fc.property(text, buckets, salt, (one, n, by) => t.is(hashedTextIds(n, by)(one), hashedId(fingerprint64(Buffer.from(one)), n, by))),
    { numRuns: 3000 },
  );
});
