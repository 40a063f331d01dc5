import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "ava";
import { armFaults, openScratch } from "../dist/index.js";

test.serial("a scratch file holds what was written, and is gone after an abort or a failure", async (t) => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-scratch-"));
  t.teardown(() => fs.rmSync(dir, { recursive: true, force: true }));
  const out = await openScratch(path.join(dir, "deep", "a"));
  await out.write(Buffer.from("one "));
  await out.write(Buffer.from("two"));
  t.is(out.length, 7);
  await out.close();
  await out.close();
  t.is(fs.readFileSync(out.path, "utf8"), "one two");
  t.is(fs.statSync(out.path).mode & 0o777, 0o600);
  const dropped = await openScratch(path.join(dir, "b"));
  armFaults("storage:scratch:error");
  await t.throwsAsync(dropped.write(Buffer.from("x")), { code: "E_IO" });
  armFaults("");
  await dropped.abort();
  t.false(fs.existsSync(dropped.path));
});

test.serial("a full disk is said to be full", async (t) => {
  if (!fs.existsSync("/dev/full")) return t.pass();
  const out = await openScratch("/dev/full");
  await t.throwsAsync(out.write(Buffer.from("x")), { code: "E_NO_SPACE" });
  await out.close();
});
