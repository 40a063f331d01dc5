import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { armFaults, atomicWrite, atomicWriteStream, ioError, readWhole } from "@crossbill/storage";
import test from "ava";
import { scratch, tree, utf8 } from "./helpers.js";

const WRITER = fileURLToPath(new URL("./programs/writer.js", import.meta.url));

test.serial("A file appears whole, with its length and hash, in folders that are made", async (t) => {
  const root = scratch(t);
  const file = path.join(root, "a/b/c.bin");
  const written = await atomicWrite(file, utf8("hello"));
  t.deepEqual(written, { length: 5, sha256: createHash("sha256").update("hello").digest("hex") });
  t.is(fs.readFileSync(file, "utf8"), "hello");
  t.deepEqual(tree(root), ["a", "a/b", "a/b/c.bin"]);
  t.is(fs.statSync(file).mode & 0o077, 0);
  t.is(fs.statSync(path.dirname(file)).mode & 0o077, 0);
  t.is((await readWhole(file)).byteOffset, 0);
});

test.serial("Pieces written one after another are one file, and nothing is seen before the commit", async (t) => {
  const root = scratch(t);
  const file = path.join(root, "x");
  await atomicWrite(file, "old");
  const writer = await atomicWriteStream(file);
  for (const piece of ["one ", "", "two ", "three"]) await writer.write(utf8(piece));
  t.is(writer.length, 13);
  t.is(fs.readFileSync(file, "utf8"), "old");
  t.deepEqual(await writer.commit(), { length: 13, sha256: createHash("sha256").update("one two three").digest("hex") });
  t.is(fs.readFileSync(file, "utf8"), "one two three");
  await t.throwsAsync(writer.write(utf8("x")), { code: "E_WRITER_CLOSED" });
  await t.throwsAsync(writer.commit(), { code: "E_WRITER_CLOSED" });
  await writer.abort();
  t.deepEqual(tree(root), ["x"]);
});

test.serial("A file whose hash nobody wants has none", async (t) => {
  const file = path.join(scratch(t), "x");
  const writer = await atomicWriteStream(file, false);
  await writer.write(utf8("one"));
  t.deepEqual(await writer.commit(), { length: 3, sha256: "" });
  t.is(fs.readFileSync(file, "utf8"), "one");
});

test.serial("What fails or is aborted leaves the old file and nothing else", async (t) => {
  const root = scratch(t);
  const file = path.join(root, "x");
  await atomicWrite(file, "old");
  await t.throwsAsync(
    atomicWrite(file, async (writer) => {
      await writer.write(utf8("new"));
      throw new Error("changed my mind");
    }),
    { message: "changed my mind" },
  );
  const writer = await atomicWriteStream(file);
  await writer.write(utf8("new"));
  await writer.abort();
  for (const point of ["write", "sync", "before-rename"]) {
    armFaults(`storage:${point}:error`);
    await t.throwsAsync(atomicWrite(file, "new"), { code: "E_IO", message: /injected/ }, point);
  }
  armFaults("");
  t.is(fs.readFileSync(file, "utf8"), "old");
  t.deepEqual(tree(root), ["x"]);
});

test.serial("Errors name the file and say what is wrong with it", async (t) => {
  const root = scratch(t);
  fs.writeFileSync(path.join(root, "file"), "");
  await t.throwsAsync(atomicWrite(path.join(root, "file/x"), "y"), { code: "E_IO", message: /file/ });
  await t.throwsAsync(readWhole(path.join(root, "none")), { code: "E_NOT_FOUND", message: /none/ });
  for (const [errno, code, text] of [
    ["ENOSPC", "E_NO_SPACE", /no space left/],
    ["EDQUOT", "E_NO_SPACE", /no space left/],
    ["EIO", "E_IO", /EIO/],
    ["EROFS", "E_PERMISSION", /read-only/],
  ] as const) {
    const error = ioError(Object.assign(new Error(`${errno}: bad`), { code: errno }), "write", "/d/model.pb");
    t.is(error.code, code);
    t.regex(error.message, text);
    t.regex(error.message, /^cannot write \/d\/model\.pb/);
  }
});

test.serial("Killed at any point, a reader finds the old file or the new one, whole", (t) => {
  for (const [point, content] of [
    ["write", "old"],
    ["sync", "old"],
    ["before-rename", "old"],
    ["after-rename", "new"],
  ] as const) {
    const root = scratch(t);
    fs.writeFileSync(path.join(root, "x"), "old");
    const child = spawnSync(process.execPath, [WRITER, path.join(root, "x"), "new"], {
      env: { ...process.env, CROSSBILL_FAULT: `storage:${point}:kill` },
      timeout: 300_000,
    });
    t.is(child.signal, "SIGKILL");
    t.is(fs.readFileSync(path.join(root, "x"), "utf8"), content, point);
  }
});

test.serial("The file is on the disk before its name, and its name before the end", (t) => {
  const root = scratch(t);
  const trace = path.join(root, "trace");
  const strace = spawnSync(
    "strace",
    ["-f", "-e", "trace=fsync,fdatasync,rename,renameat,renameat2", "-o", trace, process.execPath, WRITER, path.join(root, "x"), "new"],
    { timeout: 300_000 },
  );
  if (strace.error !== undefined || strace.status !== 0) {
    t.log("skipped: strace does not run here");
    return t.pass();
  }
  const calls = fs
    .readFileSync(trace, "utf8")
    .split("\n")
    .flatMap((line) => /\b(fsync|fdatasync|rename)/.exec(line)?.[1] ?? []);
  t.deepEqual(
    calls.filter((call, i) => call !== calls[i - 1]),
    ["fsync", "rename", "fsync"],
  );
});
