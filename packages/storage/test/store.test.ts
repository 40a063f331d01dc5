import fs from "node:fs";
import path from "node:path";
import { checkName, fileStore, readRange, readRangeSync, resolveInside, sha256File, sha256FileSync, sha256Hex, temporaryPath } from "@crossbill/storage";
import test from "ava";
import { scratch, utf8 } from "./helpers.js";

test("Objects are put, read by range, listed in byte order, looked at and deleted", async (t) => {
  const root = path.join(scratch(t), "store");
  const store = fileStore(root);
  t.deepEqual(await store.list(""), []);
  for (const [name, text] of [
    ["b/two", "2"],
    ["a", "alpha"],
    ["b/one", "11"],
    ["b-c", "x"],
    ["ä", ""],
  ] as const)
    await store.put(name, utf8(text));
  await store.put("a", utf8("ALPHA"));
  fs.writeFileSync(temporaryPath(root), "unfinished");
  t.deepEqual(await store.list(""), [
    { name: "a", length: 5 },
    { name: "b-c", length: 1 },
    { name: "b/one", length: 2 },
    { name: "b/two", length: 1 },
    { name: "ä", length: 0 },
  ]);
  t.deepEqual(
    (await store.list("b/")).map((head) => head.name),
    ["b/one", "b/two"],
  );
  t.deepEqual(
    (await store.list("b/o")).map((head) => head.name),
    ["b/one"],
  );
  t.deepEqual(
    (await store.list("b")).map((head) => head.name),
    ["b-c", "b/one", "b/two"],
  );
  t.deepEqual(await store.list("none/"), []);
  t.is(Buffer.from(await store.getRange("a", 1, 3)).toString(), "LPH");
  t.is((await store.getRange("a", 5, 0)).length, 0);
  t.deepEqual(await store.head("a"), { name: "a", length: 5 });
  t.is(await store.head("b"), undefined);
  t.is(await store.head("a/x"), undefined);
  await store.delete("a");
  await store.delete("a");
  t.is(await store.head("a"), undefined);
  await t.throwsAsync(store.getRange("a", 0, 1), { code: "E_NOT_FOUND" });
  await t.throwsAsync(store.getRange("b/one", 1, 2), { code: "E_CORRUPT", message: /ends at byte 2/ });
});

const HOSTILE = [
  "",
  "/etc/passwd",
  "..",
  "../x",
  "a/../x",
  "a/..",
  "./a",
  "a/.",
  "a//b",
  "a/",
  "/a",
  "..\\x",
  "a\\b",
  "C:x",
  "c:/x",
  "a\0b",
  "a\nb",
  "\x7f",
  "x".repeat(256),
  "ä".repeat(128),
  `${"a/".repeat(600)}a`,
  ". ",
  ".. ",
  "a/.. /b",
  "...",
  "\ud800",
];

test("Names that could leave the store are refused by every method", async (t) => {
  const root = scratch(t);
  const store = fileStore(path.join(root, "store"));
  for (const name of HOSTILE) {
    t.throws(() => checkName(name), { code: "E_PATH" }, JSON.stringify(name));
    for (const use of [() => store.put(name, utf8("x")), () => store.getRange(name, 0, 1), () => store.head(name), () => store.delete(name)])
      await t.throwsAsync(use, { code: "E_PATH" });
  }
  await t.throwsAsync(store.list("../"), { code: "E_PATH" });
  t.deepEqual(fs.readdirSync(root), []);
  t.is(resolveInside("/r", "a/b..c/%2e%2e"), "/r/a/b..c/%2e%2e");
});

test("Hashes of files are those of their bytes, by range too", async (t) => {
  const file = path.join(scratch(t), "x");
  const bytes = Uint8Array.from({ length: 2.5 * 2 ** 20 }, (_, i) => (i * i) >> 3);
  fs.writeFileSync(file, bytes);
  t.is(await sha256File(file), sha256Hex(bytes));
  t.is(await sha256File(file, 7, 2 ** 20 + 3), sha256Hex(bytes.subarray(7, 2 ** 20 + 10)));
  t.is(await sha256File(file, bytes.length - 5), sha256Hex(bytes.subarray(-5)));
  t.is(await sha256File(file, 3, 0), sha256Hex(new Uint8Array()));
  t.is(Buffer.compare(await readRange(file, 9, 2 ** 20), bytes.subarray(9, 9 + 2 ** 20)), 0);
  await t.throwsAsync(sha256File(file, 0, bytes.length + 1), { code: "E_CORRUPT" });
  await t.throwsAsync(readRange(file, bytes.length, 1), { code: "E_CORRUPT" });
  t.is(sha256FileSync(file), sha256Hex(bytes));
  const shared = new Uint8Array(new SharedArrayBuffer(2 ** 20));
  for (const room of [undefined, shared, shared.subarray(5)]) {
    const read = readRangeSync(file, 9, 2 ** 20, room);
    t.is(Buffer.compare(read, bytes.subarray(9, 9 + 2 ** 20)), 0);
    t.is(read.buffer === shared.buffer, room === shared, "in the room only where it suffices");
  }
  t.throws(() => readRangeSync(file, bytes.length, 1), { code: "E_CORRUPT" });
  for (const read of [sha256FileSync, (missing: string) => readRangeSync(missing, 0, 1)]) t.throws(() => read(`${file}.none`), { code: "E_NOT_FOUND" });
});
