import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { encodeMessage, v1 } from "@crossbill/messages";
import { writeSealed } from "@crossbill/storage";
import { type Executor, inlineExecutor, outputPath, resultPath, runCached, threadsExecutor } from "@crossbill/tasks";
import test from "ava";
import { filesUnder, HANDLERS, scratch, task } from "./helpers.js";

const tasks = ["a", "b", "c", "d"].map((text) => task("shout", text));

test("Done tasks are not run again; a missing or cut output, or a damaged result file, runs its task again", async (t) => {
  const root = scratch(t);
  const executor = inlineExecutor({ handlers: [HANDLERS], root });
  const first = await runCached(executor, tasks.slice(0, 2), { root });
  t.deepEqual(first.reused, [false, false]);
  const clean = await runCached(executor, tasks, { root });
  t.deepEqual(clean.reused, [true, true, false, false]);
  const files = filesUnder(root);

  const events: number[] = [];
  const again = await runCached(executor, [...tasks, tasks[0]!], { root, onDone: ({ done, total }) => events.push(done / total) });
  t.deepEqual(again.reused, [true, true, true, true, true]);
  t.deepEqual(events, [0.2, 0.4, 0.6, 0.8, 1]);
  t.deepEqual(again.results.slice(0, 4), clean.results);

  fs.rmSync(outputPath(root, tasks[0]!.key, "shout.txt"));
  fs.truncateSync(outputPath(root, tasks[1]!.key, "shout.txt"), 0);
  const damaged = resultPath(root, tasks[2]!.key);
  const bytes = fs.readFileSync(damaged);
  bytes[bytes.length >> 1]! ^= 4;
  fs.writeFileSync(damaged, bytes);
  const repaired = await runCached(executor, tasks, { root });
  t.deepEqual(repaired.reused, [false, false, false, true]);
  t.deepEqual(repaired.damaged, [damaged]);
  t.deepEqual(filesUnder(root), files);
});

test("A failed task keeps nothing, and what was done before it is kept", async (t) => {
  const root = scratch(t);
  const executor = threadsExecutor({ handlers: [HANDLERS], root, workers: 1 });
  t.teardown(() => executor.close());
  await t.throwsAsync(runCached(executor, [tasks[0]!, task("trouble", "fail"), tasks[1]!], { root }), { code: "E_ROW" });
  t.true(fs.existsSync(resultPath(root, tasks[0]!.key)));
  t.false(fs.existsSync(resultPath(root, task("trouble", "fail").key)));
  await t.throwsAsync(runCached(executor, [task("trouble", "lie")], { root }), { code: "E_TASK_OUTPUT" });
  t.false(fs.existsSync(resultPath(root, task("trouble", "lie").key)));
});

test("A result file under another task's name is not believed", async (t) => {
  const root = scratch(t);
  const executor = inlineExecutor({ handlers: [HANDLERS], root });
  await runCached(executor, tasks.slice(0, 1), { root });
  fs.mkdirSync(path.dirname(resultPath(root, tasks[1]!.key)), { recursive: true });
  fs.copyFileSync(resultPath(root, tasks[0]!.key), resultPath(root, tasks[1]!.key));
  t.deepEqual((await runCached(executor, tasks.slice(0, 2), { root })).reused, [true, false]);
});

test("A result, kept or fresh, whose output is said to lie outside the store is not believed", async (t) => {
  const root = scratch(t);
  const outside = path.join(scratch(t), "secret");
  fs.writeFileSync(outside, "x");
  const executor = inlineExecutor({ handlers: [HANDLERS], root });
  const one = tasks[0]!;
  const clean = await runCached(executor, [one], { root });
  const up = `../${path.basename(path.dirname(outside))}/secret`;
  for (const uri of [outside, up, `objects/../${up}`, "a\0b", "..\\secret", `${"x".repeat(300)}`, ""]) {
    const lying = v1.Result.create({ key: one.key, outputs: [v1.Ref.create({ uri, length: 1 })] });
    await writeSealed(resultPath(root, one.key), "TaskResult", 1, encodeMessage(v1.Result, lying));
    const again = await runCached(executor, [one], { root });
    t.deepEqual([again.reused, again.results], [[false], clean.results], uri);
    const liar: Executor = {
      workers: 1,
      close: async () => undefined,
      async *run() {
        yield lying;
      },
    };
    fs.rmSync(resultPath(root, one.key));
    await t.throwsAsync(runCached(liar, [one], { root }), { code: "E_PATH" }, uri);
    t.false(fs.existsSync(resultPath(root, one.key)));
  }
  t.is(fs.readFileSync(outside, "utf8"), "x");
});

test("Killed at any point a run is continued by the same command, to the same files", (t) => {
  const run = (root: string, fault: string): number | NodeJS.Signals | null => {
    const child = spawnSync(process.execPath, [fileURLToPath(new URL("./workers/cached-run.js", import.meta.url)), root], {
      env: { ...process.env, CROSSBILL_FAULT: fault },
      encoding: "utf8",
      timeout: 300_000,
    });
    return child.signal ?? child.status;
  };
  const clean = scratch(t);
  t.is(run(clean, ""), 0);
  for (const fault of [
    "storage:write:kill:1",
    "storage:sync:kill:2",
    "storage:before-rename:kill:4",
    "storage:after-rename:kill:3",
    "tasks:before-keep:kill:2",
    "tasks:after-keep:kill:3",
  ]) {
    const root = scratch(t);
    t.is(run(root, fault), "SIGKILL", fault);
    t.is(run(root, ""), 0);
    t.deepEqual(filesUnder(root), filesUnder(clean), fault);
  }
});
