import { CrossbillError } from "@crossbill/messages";
import { runGang } from "@crossbill/tasks";
import test, { type ExecutionContext } from "ava";
import type { Trouble } from "./workers/gang-trouble.js";

const REDUCE = new URL("./workers/gang-reduce.js", import.meta.url);
const TROUBLE = new URL("./workers/gang-trouble.js", import.meta.url);

async function reduced(workers: number, spin?: number): Promise<string> {
  const values = new SharedArrayBuffer(8 * 64 * 16);
  const view = new Float64Array(values);
  let seed = 12345;
  for (let i = 0; i < view.length; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    view[i] = (seed - 2 ** 31) / 997;
  }
  const data = { values, partial: new SharedArrayBuffer(8 * 64), blocks: 64, rounds: 5 };
  const results = await runGang<number>({ module: REDUCE, workers, data, ...(spin === undefined ? {} : { spin }) });
  const bits = Buffer.from(values).toString("hex").slice(0, 400);
  for (const result of results) if (result !== results[0]) throw new Error("members disagree");
  return `${results[0]} ${bits}`;
}

/** Endless loops are given 1.5 s; what fails by itself has time, since a busy machine may stand still for a while. */
async function failing(
  t: ExecutionContext,
  data: Trouble,
  workers = 3,
  hangTimeoutMs = ["loop", "wasm"].includes(data.kind) ? 1500 : 20_000,
): Promise<CrossbillError> {
  return t.throwsAsync(runGang({ module: TROUBLE, workers, data, hangTimeoutMs }), { instanceOf: CrossbillError });
}

test.serial("A reduction has the same bits for 1, 2, 3, 4 and 8 members, spinning or sleeping, also with sleeps before every barrier", async (t) => {
  const expected = await reduced(1);
  for (const workers of [2, 3, 4, 8]) t.is(await reduced(workers), expected);
  t.is(await reduced(4, 0), expected);
  t.is(await reduced(2, 1_000_000), expected);
  process.env.CROSSBILL_FAULT = "gang:*:sleep";
  try {
    for (const workers of [1, 2, 3, 4, 8]) t.is(await reduced(workers), expected);
  } finally {
    delete process.env.CROSSBILL_FAULT;
  }
});

test("Results come by member index, and data and results are cloned", async (t) => {
  const data = { kind: "echo", who: 0 };
  t.deepEqual(
    await runGang({ module: TROUBLE, workers: 3, data }),
    [0, 1, 2].map((index) => ({ index, data })),
  );
});

test("A member that throws ends the gang with its own error and code", async (t) => {
  const error = await failing(t, { kind: "crossbill", who: 1 });
  t.is(error.code, "E_DIVERGED");
  t.is(error.message, "loss is NaN at step 7");
  t.is(error.exitCode, 3);
  t.deepEqual(error.details, { step: 7, member: 1 });
  const other = await failing(t, { kind: "throw", who: 2 });
  t.is(other.code, "E_INTERNAL");
  t.is(other.message, "no such weight");
  t.is((await failing(t, { kind: "reject", who: 0 })).message, "rejected");
});

test("A member whose thread exits is noticed", async (t) => {
  const error = await failing(t, { kind: "exit", who: 2 });
  t.is(error.code, "E_WORKER_EXITED");
  t.is(error.details.member, 2);
  t.regex(error.message, /member 2 of 3.*stage 1/);
});

test("A result that cannot be cloned is an error, not a wait", async (t) => {
  t.is((await failing(t, { kind: "uncloneable", who: 0 }, 1)).code, "E_WORKER_EXITED");
});

for (const kind of ["loop", "wasm"] as const) {
  test(`A member in an endless loop (${kind}) is named after the timeout, with the stage the others wait at`, async (t) => {
    const error = await failing(t, { kind, who: 1 });
    t.is(error.code, "E_WORKER_HUNG");
    t.deepEqual(error.details, { members: [1], stage: 2 });
    t.regex(error.message, /1500 ms from member 1 \(after the barrier of stage 1\); the others wait at the barrier of stage 2/);
  });
}

test("A gang of one in an endless loop is noticed too", async (t) => {
  t.is((await failing(t, { kind: "wasm", who: 0 }, 1)).code, "E_WORKER_HUNG");
});

test("A member that ends while others wait at a barrier is noticed", async (t) => {
  t.is((await failing(t, { kind: "early", who: 0 }, 2)).code, "E_GANG_MISMATCH");
});

test("Long work between barriers is a hang, unless it gives signs of life", async (t) => {
  t.is((await failing(t, { kind: "slow", who: 0 }, 2, 600)).code, "E_WORKER_HUNG");
  await t.notThrowsAsync(runGang({ module: TROUBLE, workers: 2, data: { kind: "beating", who: 0 }, hangTimeoutMs: 2500 }));
});

test.serial("Injected faults strike every member, or one member at one barrier", async (t) => {
  const data = { kind: "echo", who: 0 };
  for (const [fault, code] of [
    ["gang:stage2:throw", "E_FAULT"],
    ["gang-1:stage2:error", "E_IO"],
    ["gang-2:*:exit:2", "E_WORKER_EXITED"],
    ["gang-0:stage2:hang", "E_WORKER_HUNG"],
  ] as const) {
    process.env.CROSSBILL_FAULT = fault;
    try {
      await t.throwsAsync(runGang({ module: TROUBLE, workers: 3, data, hangTimeoutMs: code === "E_WORKER_HUNG" ? 1000 : 20_000 }), { code });
    } finally {
      delete process.env.CROSSBILL_FAULT;
    }
  }
});

test("Stopping by signal ends a gang at once, also one in an endless loop", async (t) => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 300);
  await t.throwsAsync(runGang({ module: TROUBLE, workers: 2, data: { kind: "loop", who: 0 }, signal: stop.signal }), { code: "E_ABORTED" });
  await t.throwsAsync(runGang({ module: TROUBLE, workers: 2, data: { kind: "echo", who: 0 }, signal: stop.signal }), { code: "E_ABORTED" });
});

test("The coordinator sees progress and can ask the members to stop in order", async (t) => {
  let polls = 0;
  const onPoll = (control: { ints: Int32Array }): void => {
    if (++polls === 2) Atomics.store(control.ints, 0, 1);
  };
  t.deepEqual(await runGang({ module: TROUBLE, workers: 2, data: { kind: "stop", who: 0 }, onPoll, pollMs: 20 }), ["stopped", "stopped"]);
  let seen = 0;
  const data = { values: new SharedArrayBuffer(8 * 64), partial: new SharedArrayBuffer(8 * 8), blocks: 8, rounds: 7 };
  await runGang({ module: REDUCE, workers: 2, data, onPoll: (control) => (seen = control.floats[0] ?? 0) });
  t.is(seen, 7);
});

test("A module that is not there or has no default function is an error", async (t) => {
  await t.throwsAsync(runGang({ module: new URL("./workers/nowhere.js", import.meta.url), workers: 2, data: null }), {
    code: "E_INTERNAL",
    message: /nowhere\.js/,
  });
  await t.throwsAsync(runGang({ module: new URL("./workers/handlers.js", import.meta.url), workers: 1, data: null }), { code: "E_GANG_MODULE" });
});
