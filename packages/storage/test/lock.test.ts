import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { CrossbillError } from "@crossbill/messages";
import { acquireLock } from "@crossbill/storage";
import test, { type ExecutionContext } from "ava";
import { scratch, tree } from "./helpers.js";

const program = (name: string): string => fileURLToPath(new URL(`./programs/${name}.js`, import.meta.url));
const NONCE = `${"0".repeat(8)}-0000-0000-0000-000000000000`;

async function holder(t: ExecutionContext, root: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program("holder"), root, "two\nlines"], { stdio: ["ignore", "pipe", "inherit"] });
  t.teardown(() => child.kill("SIGKILL"));
  await once(child.stdout as NodeJS.EventEmitter, "data");
  return child;
}

test("The second of two is refused and told who holds the lock, since when; a freed lock can be taken", async (t) => {
  const root = scratch(t);
  const before = Date.now();
  const lock = await acquireLock(path.join(root, "deep"), "run");
  const error = await t.throwsAsync(acquireLock(path.join(root, "deep"), "run"), { instanceOf: CrossbillError, code: "E_LOCKED" });
  t.is(error.details.pid, process.pid);
  t.regex(error.message, new RegExp(`process ${process.pid} .* since \\d{4}-\\d\\d-\\d\\dT`));
  t.true(Math.abs(Date.parse(String(error.details.since)) - before) < 10_000);
  await (await acquireLock(path.join(root, "deep"), "another")).release();
  await lock.release();
  await lock.release();
  await (await acquireLock(path.join(root, "deep"), "run")).release();
  t.deepEqual(tree(root), ["deep"]);
  await t.throwsAsync(acquireLock(root, "../run"), { code: "E_PATH" });
});

test("Another process's lock is respected while it runs and taken over when it was killed", async (t) => {
  const root = scratch(t);
  const child = await holder(t, root);
  const error = await t.throwsAsync(acquireLock(root, "run"), { instanceOf: CrossbillError, code: "E_LOCKED" });
  t.is(error.details.pid, child.pid);
  t.regex(String(error.details.command), /holder\.js .* two lines$/);
  child.kill("SIGKILL");
  await once(child, "exit");
  const lock = await acquireLock(root, "run");
  await t.throwsAsync(acquireLock(root, "run"), { code: "E_LOCKED", message: new RegExp(`process ${process.pid}`) });
  await lock.release();
  t.deepEqual(tree(root), []);
});

test("A reused pid with another start time is no owner; an unknown start time is believed", async (t) => {
  const root = scratch(t);
  const write = (...lines: (string | number)[]): void => fs.writeFileSync(path.join(root, "run.lock"), `${lines.join("\n")}\n`);
  if (fs.existsSync("/proc/self/stat")) {
    write(NONCE, process.pid, "1", os.hostname(), "node");
    await (await acquireLock(root, "run")).release();
  }
  write(NONCE, process.pid, "", os.hostname(), "node");
  await t.throwsAsync(acquireLock(root, "run"), { code: "E_LOCKED" });
  write(NONCE, 2 ** 30, "1", "another-host", "node");
  await t.throwsAsync(acquireLock(root, "run"), { code: "E_LOCKED", message: /on host another-host.*delete/ });
  write("garbage");
  await t.throwsAsync(acquireLock(root, "run"), { code: "E_LOCKED", message: /not a readable lock file/ });
});

test("Processes that fight for one lock, and die with it, are never inside together", async (t) => {
  const root = scratch(t);
  const children = Array.from({ length: 5 }, (_, i) =>
    spawn(process.execPath, [program("locker"), root, String(8 + 6 * i)], { stdio: ["ignore", "pipe", "inherit"] }),
  );
  let printed = "";
  for (const child of children) child.stdout?.on("data", (data: Buffer) => (printed += data.toString()));
  const ends = await Promise.all(children.map((child) => once(child, "exit")));
  t.deepEqual(
    ends.map(([, signal]) => signal as unknown),
    ["SIGKILL", "SIGKILL", "SIGKILL", "SIGKILL", "SIGKILL"],
  );
  t.is(printed, "");
  await (await acquireLock(root, "run")).release();
  t.deepEqual(
    tree(root).filter((name) => name === "run.lock"),
    [],
  );
});
