import fs from "node:fs";
import { fileURLToPath } from "node:url";
import type { CrossbillError } from "@crossbill/messages";
import test from "ava";
import { CHILD_LIMITS, ChildWatch, readUsage } from "../dist/tables/child-limits.js";
import { runTableChild } from "../dist/tables/run-child.js";
import { folder, write } from "./support.js";
import { clicks, parquetFile } from "./table-files.js";

// Each file is read in a process of its own, which takes long to start on a machine that has other things to do.
test.beforeEach((t) => t.timeout(600_000));

const entry = fileURLToPath(new URL("./bad-child.js", import.meta.url));
const linux = fs.existsSync("/proc/self/statm");

/** What comes of a child that misbehaves in that way. */
async function failing(how: string, limits = CHILD_LIMITS): Promise<{ error: CrossbillError; seconds: number }> {
  const begin = performance.now();
  const error = await runTableChild({ kind: "describe", format: "parquet", path: how }, { entry, limits }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { error: error as CrossbillError, seconds: (performance.now() - begin) / 1000 };
}

test("a child in an endless loop is killed after the processor time that it may take without progress", async (t) => {
  const { error } = await failing("hang", { ...CHILD_LIMITS, busySeconds: 1, idleSeconds: 30 });
  t.is(error.code, "E_TABLE_LIMIT");
  t.regex(error.message, /^hang: reading it made no progress for (1|30) seconds/);
});

test("a child that sleeps is killed, too", async (t) => {
  const { error } = await failing("sleep", { ...CHILD_LIMITS, idleSeconds: 1 });
  t.is(error.code, "E_TABLE_LIMIT");
});

(linux ? test : test.skip)("a child that fills memory outside of JavaScript's heap is killed", async (t) => {
  const { error } = await failing("fill", { ...CHILD_LIMITS, memory: 2 ** 28 });
  t.is(error.code, "E_TABLE_LIMIT");
  t.regex(error.message, /^fill: reading it took \d+ MiB of memory, 256 MiB are allowed/);
});

test("a child that fills JavaScript's heap, or is killed by it, is an error with the file's name", async (t) => {
  t.is((await failing("heap")).error.code, "E_TABLE_LIMIT");
});

test("a child that dies, or ends without a word, is an error with the file's name", async (t) => {
  const { error } = await failing("abort");
  t.is(error.code, "E_CORRUPT");
  t.regex(error.message, /^abort: damaged: the process that read it died of SIGABRT/);
  t.is((await failing("silent")).error.code, "E_CORRUPT");
});

test("a run that is stopped kills its child and leaves no temporary file", async (t) => {
  const dir = folder(t);
  const path = write(dir, "a.parquet", parquetFile(clicks(2000).table));
  const controller = new AbortController();
  const running = runTableChild(
    { kind: "convert", format: "parquet", path, from: 0, to: 1, fields: ["site"], prefix: `${dir}/out/t-`, tableBytes: 2 ** 20 },
    { signal: controller.signal, onBeat: () => controller.abort() },
  );
  await t.throwsAsync(running, { code: "E_ABORTED" });
  t.deepEqual(fs.existsSync(`${dir}/out`) ? fs.readdirSync(`${dir}/out`).filter((name) => name.startsWith(".tmp-")) : [], []);
});

test("time counts from the last sign of life: processor time where it is known, else time on the wall", (t) => {
  let now = 0;
  const limits = { memory: 100, busySeconds: 5, idleSeconds: 90 };
  const watch = new ChildWatch(limits, () => now);
  t.is(watch.look({ bytes: 100, seconds: 5 }), null);
  t.deepEqual(watch.look({ bytes: 101, seconds: 5 }), { what: "memory", got: 101, limit: 100 });
  t.is(watch.look({ bytes: 1, seconds: 5.1 })?.what, "time");
  watch.beat();
  t.is(watch.look({ bytes: 1, seconds: 10 }), null);
  now = 89_000;
  t.is(watch.look({ bytes: 1, seconds: 10 }), null);
  now = 91_000;
  t.is(watch.look({ bytes: 1, seconds: 10 })?.what, "time");
  const blind = new ChildWatch(limits, () => now);
  now += 59_000;
  t.is(blind.look(null), null);
  now += 2000;
  t.is(blind.look(null)?.what, "time");
});

(linux ? test : test.skip)("memory and processor time of a process are read from the system", (t) => {
  const usage = readUsage(process.pid)!;
  t.true(usage.bytes > 2 ** 24 && usage.bytes < 2 ** 34);
  t.true(usage.seconds > 0 && usage.seconds < 3600);
  t.is(readUsage(2 ** 22 + 1), null);
});
