import fs from "node:fs";
import path from "node:path";
import { CrossbillError, v1 } from "@crossbill/messages";
import { type Executor, inlineExecutor, runInOrder, threadsExecutor } from "@crossbill/tasks";
import test from "ava";
import fc from "fast-check";
import { filesUnder, HANDLERS, scratch, task } from "./helpers.js";

const texts = ["delta", "alpha", "echo", "bravo", "charlie", "alpha", "golf", "foxtrot"];

test("Threads and inline give the same results and files, by index, whatever finishes first; equal tasks run once", async (t) => {
  const seen: (readonly [v1.Result[], Record<string, string>])[] = [];
  for (const make of [inlineExecutor, threadsExecutor]) {
    const root = scratch(t);
    const executor = make({ handlers: [HANDLERS], root, workers: 3 });
    t.teardown(() => executor.close());
    const order: number[] = [];
    const results = await runInOrder(
      executor,
      texts.map((text) => task("shout", text)),
      { onDone: ({ index, done, total }) => t.true(order.push(index) === done && total === texts.length) },
    );
    t.deepEqual(
      results.map((result) => Buffer.from(result.summary).toString()),
      texts,
    );
    t.deepEqual(
      [...order].sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7],
    );
    seen.push([results, filesUnder(root)]);
  }
  t.deepEqual(seen[0], seen[1]);
  t.is(Object.keys(seen[0]?.[1] ?? {}).length, 7);
});

test("Inputs are found under the root or by absolute path, and never outside the root", async (t) => {
  const root = scratch(t);
  fs.writeFileSync(path.join(root, "in"), "x");
  const executor = inlineExecutor({ handlers: [HANDLERS], root });
  const run = (uri: string): Promise<v1.Result[]> => runInOrder(executor, [task("shout", "a", [{ uri, offset: 0, length: 1, sha256: "0".repeat(64) }])]);
  t.is((await run("in"))[0]?.outputs[0]?.length, 2);
  t.is((await run(path.join(root, "in")))[0]?.outputs[0]?.length, 2);
  await t.throwsAsync(run("../in"), { code: "E_PATH" });
});

test("An error keeps its code, exit code and details on the way out of a thread", async (t) => {
  const executor = threadsExecutor({ handlers: [HANDLERS], root: scratch(t), workers: 2 });
  t.teardown(() => executor.close());
  const error = await t.throwsAsync(runInOrder(executor, [task("shout", "a"), task("trouble", "fail")]), { instanceOf: CrossbillError });
  t.deepEqual([error.code, error.message, error.exitCode, error.details], ["E_ROW", "row 7 is bad", 2, { row: 7, fields: ["a", "b"] }]);
  await t.throwsAsync(runInOrder(executor, [task("nobody", "")]), { code: "E_TASK_STEP" });
  t.is((await runInOrder(executor, [task("trouble", "")])).length, 1, "the executor goes on after a failure");
});

test("A thread that exits: its task runs again; twice: E_WORKER_EXITED, and other tasks are not touched", async (t) => {
  const root = scratch(t);
  const executor = threadsExecutor({ handlers: [HANDLERS], root, workers: 2 });
  t.teardown(() => executor.close());
  const results = await runInOrder(executor, [task("shout", "a"), task("trouble", `once ${path.join(root, "marker")}`), task("shout", "b")]);
  t.deepEqual(
    results.map((result) => Buffer.from(result.summary).toString()),
    ["a", "fine", "b"],
  );
  const codes = new Map<string, string>();
  for await (const result of executor.run([task("trouble", "exit"), task("shout", "c")])) codes.set(result.key, result.error?.code ?? "");
  t.deepEqual([...codes.values()].sort(), ["", "E_WORKER_EXITED"]);
});

for (const kind of ["loop", "wasm"]) {
  test(`A hung task (${kind}) is named after the timeout, and the executor goes on`, async (t) => {
    const executor = threadsExecutor({ handlers: [HANDLERS], root: scratch(t), workers: 1, timeoutMs: 1500 });
    t.teardown(() => executor.close());
    const hung = task("trouble", kind);
    const error = await t.throwsAsync(runInOrder(executor, [hung]), { code: "E_WORKER_HUNG" });
    t.true(error instanceof CrossbillError && error.details.key === hung.key && error.details.step === "trouble");
    t.is((await runInOrder(executor, [task("shout", "a")])).length, 1);
  });
}

test("A long task that gives signs of life is not hung", async (t) => {
  const executor = threadsExecutor({ handlers: [HANDLERS], root: scratch(t), workers: 1, timeoutMs: 2500 });
  t.teardown(() => executor.close());
  await t.notThrowsAsync(runInOrder(executor, [task("trouble", "beat")]));
});

test("Stopping by signal, leaving the loop early and closing all end running tasks", async (t) => {
  const executor = threadsExecutor({ handlers: [HANDLERS], root: scratch(t), workers: 2 });
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 300);
  await t.throwsAsync(runInOrder(executor, [task("trouble", "loop"), task("shout", "a")], { signal: stop.signal }), { code: "E_ABORTED" });
  for await (const result of executor.run([task("shout", "a"), task("trouble", "wasm")])) {
    t.falsy(result.error);
    break;
  }
  const waiting = runInOrder(executor, [task("trouble", "loop")]);
  setTimeout(() => void executor.close(), 300);
  await t.throwsAsync(waiting, { code: "E_ABORTED" });
  await t.throwsAsync(runInOrder(executor, [task("shout", "a")]), { code: "E_EXECUTOR_CLOSED" });
});

test("A module without handlers, or two handlers of a step, is an error of every task", async (t) => {
  const root = scratch(t);
  const executor = threadsExecutor({ handlers: [new URL("./helpers.js", import.meta.url)], root, workers: 1 });
  t.teardown(() => executor.close());
  await t.throwsAsync(runInOrder(executor, [task("shout", "a")]), { code: "E_HANDLER_MODULE" });
  await t.throwsAsync(runInOrder(inlineExecutor({ handlers: [HANDLERS, HANDLERS], root }), [task("shout", "a")]), {
    code: "E_HANDLER_MODULE",
    message: /two handlers/,
  });
});

test("No consumer depends on completion order: any order of results gives the same results, or the error of the lowest failing task", async (t) => {
  const tasks = Array.from({ length: 7 }, (_, i) => task("any", String(i)));
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 }), fc.uniqueArray(fc.nat(6), { maxLength: 3 }), async (order, failing) => {
      const executor: Executor = {
        workers: 1,
        close: async () => undefined,
        async *run(all) {
          for (const i of order)
            yield v1.Result.create({
              key: all[i]!.key,
              ...(failing.includes(i) ? { error: v1.TaskError.create({ code: `E_${i}` }) } : { summary: new Uint8Array([i]) }),
            });
        },
      };
      const outcome = await runInOrder(executor, tasks).then(
        (results) => results.map((r) => r.summary[0]).join(),
        (thrown: CrossbillError) => thrown.code,
      );
      return outcome === (failing.length > 0 ? `E_${Math.min(...failing)}` : "0,1,2,3,4,5,6");
    }),
  );
  t.pass();
});

test("A rest ends threads that do nothing and leaves working ones alone; the next run starts others", async (t) => {
  const executor = threadsExecutor({ handlers: [HANDLERS], root: scratch(t), workers: 2 });
  t.teardown(() => executor.close());
  const shout = async (text: string): Promise<string> => Buffer.from((await runInOrder(executor, [task("shout", text)]))[0]!.summary).toString();
  const running = shout("a");
  await executor.rest?.();
  t.is(await running, "a");
  for (const text of ["b", "c"]) {
    await executor.rest?.();
    t.is(await shout(text), text);
  }
});
