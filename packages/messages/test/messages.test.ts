import { CrossbillError, decodeMessage, encodeMessage, fromPlainError, plainMessage, toPlainError, v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";

test("a message survives the round trip, 64-bit numbers as plain numbers", (t) => {
  fc.assert(
    fc.property(fc.string(), fc.maxSafeNat(), fc.maxSafeNat(), (uri, offset, length) => {
      const back = decodeMessage(v1.Ref, encodeMessage(v1.Ref, { uri, offset, length, sha256: "ab" }), "test");
      t.deepEqual([back.uri, back.offset, back.length, back.sha256], [uri, offset, length, "ab"]);
    }),
  );
  t.is(decodeMessage(v1.Ref, new Uint8Array(0), "test").offset, 0, "an absent 64-bit field is the number 0");
});

test("bytes of a decoded message are a Uint8Array whose slice is a copy, whatever they were read from", (t) => {
  const encoded = Buffer.from(encodeMessage(v1.Task, { params: new Uint8Array([1, 2, 3]) }));
  const { params } = decodeMessage(v1.Task, encoded, "test");
  t.false(Buffer.isBuffer(params));
  const copy = params.slice();
  copy[0] = 9;
  t.is(params[0], 1);
});

test("truncated, random and too deeply nested bytes are E_MESSAGE_CORRUPT, never another error", (t) => {
  const whole = encodeMessage(v1.Task, { step: "s", key: "k", params: new Uint8Array(100), inputs: [{ uri: "u", offset: 2 ** 40 }] });
  const codes = new Set<string>();
  const attempt = (bytes: Uint8Array): void => {
    try {
      decodeMessage(v1.Task, bytes, "test");
    } catch (thrown) {
      codes.add(thrown instanceof CrossbillError ? thrown.code : String(thrown));
    }
  };
  for (let n = 0; n < whole.length; n++) attempt(whole.subarray(0, n));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => attempt(bytes)));
  // unknown group fields inside one another: start group of field 15, 100,000 times
  attempt(new Uint8Array(100_000).fill((15 << 3) | 3));
  t.deepEqual([...codes], ["E_MESSAGE_CORRUPT"]);
  const large = t.throws(() => decodeMessage(v1.Task, whole, "test", 10), { instanceOf: CrossbillError });
  t.is(large.code, "E_MESSAGE_TOO_LARGE");
});

test("hostile names in bytes do not touch Object.prototype", (t) => {
  const before = Object.getOwnPropertyNames(Object.prototype).join();
  for (const name of ["__proto__", "constructor", "toString"]) t.is(decodeMessage(v1.Ref, encodeMessage(v1.Ref, { uri: name }), "test").uri, name);
  t.is(Object.getOwnPropertyNames(Object.prototype).join(), before);
});

test("an error keeps code, exit code and details across a border; anything else becomes E_INTERNAL", (t) => {
  const error = new CrossbillError("E_LABEL_RANGE", "label 7 in a.csv line 3; allowed are 0 and 1", { exitCode: 2, details: { line: 3 } });
  const back = fromPlainError(structuredClone(toPlainError(error)));
  t.deepEqual([back.code, back.message, back.exitCode, back.details], [error.code, error.message, error.exitCode, error.details]);
  t.is(toPlainError(new TypeError("x")).code, "E_INTERNAL");
  t.is(toPlainError("text").message, "text");
});

test("a plain message has what is set, nested too: no defaults, no empty lists, bytes as they are", (t) => {
  const task = decodeMessage(v1.Task, encodeMessage(v1.Task, { step: "s", params: new Uint8Array([1]), inputs: [{ uri: "u", offset: 2 ** 40 }, {}] }), "test");
  t.deepEqual(plainMessage(task), { step: "s", params: new Uint8Array([1]), inputs: [{ uri: "u", offset: 2 ** 40 }, {}] });
  t.deepEqual(plainMessage(v1.Task.create({ inputs: [] })), {});
});
