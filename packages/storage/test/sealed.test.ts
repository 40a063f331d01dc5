import fs from "node:fs";
import path from "node:path";
import { CrossbillError } from "@crossbill/messages";
import { crc32c, openSealed, readSealed, sealMessage, writeSealed } from "@crossbill/storage";
import test from "ava";
import fc from "fast-check";
import { scratch, utf8 } from "./helpers.js";

/** The slow twin: one bit at a time. */
function slowCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

function codeOf(open: () => unknown): string {
  try {
    open();
  } catch (thrown) {
    if (thrown instanceof CrossbillError) return thrown.code;
    throw thrown;
  }
  return "none";
}

test("crc32c has the published check values and equals its slow twin on any range", (t) => {
  t.is(crc32c(utf8("123456789")), 0xe3069283);
  t.is(crc32c(new Uint8Array(32)), 0x8a9136aa);
  t.is(crc32c(new Uint8Array(32).fill(255)), 0x62a8ab43);
  t.is(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
  t.is(crc32c(new Uint8Array()), 0);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(3), fc.nat(200), fc.nat(200), (all, skipped, a, b) => {
      const bytes = all.subarray(skipped); // not aligned
      const [start, end] = [Math.min(a, b, bytes.length), Math.min(Math.max(a, b), bytes.length)];
      return crc32c(bytes, start, end) === slowCrc32c(bytes.subarray(start, end));
    }),
  );
});

test("What was sealed comes out, of any length and at any place in memory", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), fc.integer({ min: 1, max: 0xffffffff }), fc.nat(3), (payload, version, shift) => {
      const sealed = sealMessage("Thing", version, payload);
      const moved = new Uint8Array(sealed.length + shift).subarray(shift);
      moved.set(sealed);
      const opened = openSealed("Thing", moved, "x", version);
      return opened.version === version && Buffer.compare(opened.payload, payload) === 0;
    }),
  );
  for (const length of [2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 2.5 * 2 ** 20]) {
    const payload = new Uint8Array(length).map((_, i) => i * 31);
    t.is(Buffer.compare(openSealed("Thing", sealMessage("Thing", 1, payload), "x").payload, payload), 0);
  }
});

test("Every flipped bit, every cut and every added byte is E_CORRUPT and names the file", (t) => {
  for (const payload of [utf8("some payload of a message"), new Uint8Array()]) {
    const sealed = sealMessage("Thing", 1, payload);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const bytes = sealed.slice();
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      if (codeOf(() => openSealed("Thing", bytes, "x")) !== "E_CORRUPT") t.fail(`bit ${bit}`);
    }
    for (let length = 0; length < sealed.length; length++)
      if (codeOf(() => openSealed("Thing", sealed.subarray(0, length), "x")) !== "E_CORRUPT") t.fail(`cut to ${length}`);
    for (const extra of [[0], [88, 66, 73, 76], [...sealed]])
      t.is(
        codeOf(() => openSealed("Thing", Uint8Array.from([...sealed, ...extra]), "x")),
        "E_CORRUPT",
      );
  }
  t.throws(() => openSealed("Thing", utf8("not one of ours, but long enough to have a head and all the rest of it....."), "dir/file.pb"), {
    code: "E_CORRUPT",
    message: /dir\/file\.pb/,
  });
});

test("Bits flipped in a payload of several blocks are found, and the damaged bytes are named", (t) => {
  const sealed = sealMessage("Thing", 1, new Uint8Array(2 ** 20 + 100));
  for (const at of [500, 2 ** 20 + 40, sealed.length - 40, sealed.length - 1]) {
    const bytes = sealed.slice();
    bytes[at]! ^= 128;
    t.is(
      codeOf(() => openSealed("Thing", bytes, "x")),
      "E_CORRUPT",
    );
  }
});

test("Another kind and a newer version are said to be just that", (t) => {
  t.throws(() => openSealed("Thing", sealMessage("Other", 1, utf8("x")), "f"), { code: "E_WRONG_KIND", message: "f: holds a Other, not a Thing" });
  t.throws(() => openSealed("Thing", sealMessage("Thing", 3, utf8("x")), "f", 2), { code: "E_NEWER_VERSION", message: /^f: written by a newer version/ });
  t.is(openSealed("Thing", sealMessage("Thing", 1, utf8("x")), "f", 2).version, 1);
  const container = sealMessage("Thing", 1, utf8("x"));
  container[4] = 2;
  new DataView(container.buffer).setUint32(25, crc32c(container, 0, 25), true);
  t.throws(() => openSealed("Thing", container, "f"), { code: "E_NEWER_VERSION" });
  for (const [kind, version] of [
    ["", 1],
    ["a b", 1],
    ["x".repeat(65), 1],
    ["x", 0],
    ["x", 1.5],
  ] as const)
    t.throws(() => sealMessage(kind, version, utf8("")), { code: "E_SEAL" });
});

test("Sealed bytes are what they were: files of earlier versions must stay readable", (t) => {
  const hex = Buffer.from(sealMessage("Thing", 1, utf8("payload"))).toString("hex");
  t.is(hex, "5842494c010005000100000007000000000000005468696e6755d2d0617061796c6f61647069e3f44a129e28cf0b205a547f2fa0f943ddca67cf4105e816258e8bd70adb4393bd64");
});

test("Sealed files are written and read whole", async (t) => {
  const file = path.join(scratch(t), "a", "thing");
  await writeSealed(file, "Thing", 2, utf8("payload"));
  t.deepEqual(Buffer.from((await readSealed(file, "Thing", 2)).payload).toString(), "payload");
  fs.truncateSync(file, 20);
  await t.throwsAsync(readSealed(file, "Thing", 2), { code: "E_CORRUPT", message: new RegExp(file) });
  await t.throwsAsync(readSealed(`${file}x`, "Thing"), { code: "E_NOT_FOUND" });
});
