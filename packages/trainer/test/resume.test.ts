import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { CrossbillError } from "@crossbill/messages";
import test from "ava";
import type { TrainOutcome } from "../dist/train-options.js";
import { RESUME_RUN } from "./resume-run.js";
import { ADAGRAD, bits, problem, temporaryFolder, trainOn } from "./support.js";

const data = problem(...RESUME_RUN.rows);
const run = RESUME_RUN.run;
const ROWS = 2 * 2000;
/** What nothing disturbed. */
let clean: TrainOutcome;
test.before(async () => {
  clean = await trainOn(data, run);
});

function killed(root: string, fault: string, times = 1, train: object = {}): void {
  for (let i = 0; i < times; i++) {
    const child = spawnSync(process.execPath, [fileURLToPath(new URL("./resume-child.js", import.meta.url)), root, JSON.stringify(train)], {
      env: { ...process.env, CROSSBILL_FAULT: fault },
      encoding: "utf8",
    });
    if (child.signal !== "SIGKILL") throw new Error(`the child ended with ${child.status}: ${child.stderr}`);
  }
}

test.serial("killed with SIGKILL at 80% of the steps, a run goes on to the same model and processes at most 30% of the rows again", async (t) => {
  const root = temporaryFolder();
  t.is(clean.resumedFromStep, 0);
  killed(root, `trainer:block:kill:${Math.ceil(0.8 * clean.metrics.steps)}`);
  const outcome = await trainOn(data, { ...run, root });
  t.is(bits(outcome), bits(clean));
  t.true(outcome.resumedFromStep > 0);
  t.true(outcome.rowsProcessed <= 0.3 * ROWS, `${outcome.rowsProcessed} rows`);
  const again = await trainOn(data, { ...run, root });
  t.is(bits(again), bits(clean));
  t.is(again.rowsProcessed, 0, "a finished training returns at once");
  t.is((await trainOn(data, { ...run, root, options: { workers: 1, fresh: true } })).rowsProcessed, ROWS);
});

test.serial("killed several times, anywhere, with penalties that are due, it is still the same model", async (t) => {
  const root = temporaryFolder();
  killed(root, "trainer:block:kill:9", 2);
  for (const point of ["before-rename", "after-rename", "write"]) killed(root, `storage:${point}:kill:3`);
  t.is(bits(await trainOn(data, { ...run, root, options: { workers: 3 } })), bits(clean));
});

test.serial(
  "checkpoints every so many blocks, or so often that every block has one: a killed run goes on from the last of them, to the same bits",
  async (t) => {
    for (const [train, from] of [
      [{ checkpointEverySteps: 7 }, 21],
      [{ checkpointEverySeconds: 1e-6 }, 24],
      [{ checkpointEverySteps: 10, checkpointEverySeconds: 3600 }, 20],
    ] as const) {
      const root = temporaryFolder();
      killed(root, "trainer:block:kill:25", 1, train);
      const outcome = await trainOn(data, { ...run, train: { ...run.train, ...train }, root });
      t.is(outcome.resumedFromStep, from);
      t.is(bits(outcome), bits(clean));
      t.is(outcome.key, clean.key, "when checkpoints are written is no part of the key");
    }
  },
);

test.serial("a checkpoint of another run is ignored, a damaged one too, with a warning", async (t) => {
  const root = temporaryFolder();
  t.is(bits(await trainOn(data, { ...run, root })), bits(clean));
  const other = await trainOn(data, { ...run, root, train: { ...run.train, seed: 99 } });
  t.is(other.resumedFromStep, 0);
  t.deepEqual(other.warnings, []);
  const file = path.join(root, "train", "checkpoint.pb");
  const bytes = fs.readFileSync(file);
  bytes[bytes.length >> 1]! ^= 1;
  fs.writeFileSync(file, bytes);
  const outcome = await trainOn(data, { ...run, root });
  t.is(bits(outcome), bits(clean));
  t.regex(outcome.warnings[0]!, /started over/);
});

test.serial("an abort writes a checkpoint and the same call goes on", async (t) => {
  const root = temporaryFolder();
  const abort = new AbortController();
  process.env["CROSSBILL_FAULT"] = "trainer:block:sleep";
  try {
    const stopping = trainOn(data, {
      ...run,
      root,
      options: {
        workers: 2,
        signal: abort.signal,
        onProgress(p) {
          if (p.step >= 3) abort.abort();
        },
      },
    });
    const error = await t.throwsAsync(stopping, { instanceOf: CrossbillError });
    t.is((error as CrossbillError).code, "E_ABORTED");
  } finally {
    delete process.env["CROSSBILL_FAULT"];
  }
  const outcome = await trainOn(data, { ...run, root });
  t.true(outcome.resumedFromStep >= 3);
  t.is(bits(outcome), bits(clean));
});

for (const [kind, timeout] of [
  ["throw", ""],
  ["exit", ""],
  ["hang", "2000"],
] as const) {
  test.serial(`a worker that fails by ${kind} is replaced once, the model is the same`, async (t) => {
    // Late enough that the second gang, which begins at a checkpoint, does not come so far.
    process.env["CROSSBILL_FAULT"] = `trainer:block:${kind}:${clean.metrics.steps - 2}`;
    if (timeout !== "") process.env["CROSSBILL_HANG_TIMEOUT_MS"] = timeout;
    try {
      const outcome = await trainOn(data, run);
      t.is(bits(outcome), bits(clean));
      t.is(outcome.warnings.length, 1);
    } finally {
      delete process.env["CROSSBILL_FAULT"];
      delete process.env["CROSSBILL_HANG_TIMEOUT_MS"];
    }
  });
}

test.serial("a worker that fails twice fails the training with its own error", async (t) => {
  process.env["CROSSBILL_FAULT"] = "trainer:block:throw:1";
  try {
    const error = await t.throwsAsync(trainOn(data, { ...run, train: { ...run.train, optimizer: ADAGRAD } }), { instanceOf: CrossbillError });
    t.is((error as CrossbillError).code, "E_FAULT");
  } finally {
    delete process.env["CROSSBILL_FAULT"];
  }
});

test.serial("paused behind some epochs it is as if there were no more; it goes on to the bits of a training through", async (t) => {
  const optimizer = { adagrad: { learningRate: 0.5, initialAccumulator: 0.1 } };
  for (const [more, pauses] of [
    [{}, [1, 3]],
    [{ earlyStopping: { patience: 1, minimumGain: 0.02 } }, [2]],
  ] as const) {
    const at = { ...run, train: { ...run.train, ...more, optimizer, epochs: 5 } };
    const root = temporaryFolder();
    let before = 0;
    for (const epochs of pauses) {
      const alone = await trainOn(data, { ...at, train: { ...at.train, epochs } });
      const paused = await trainOn(data, { ...at, root, options: { pauseAfterEpochs: epochs, workers: epochs } });
      t.is(bits(paused), bits(alone), `${epochs} epochs`);
      t.is(paused.rowsProcessed, (epochs - before) * 2000, "only what the last pause had left");
      before = epochs;
    }
    t.is((await trainOn(data, { ...at, root, options: { pauseAfterEpochs: before } })).rowsProcessed, 0);
    t.is(bits(await trainOn(data, { ...at, root })), bits(await trainOn(data, at)));
    const again = await trainOn(data, { ...at, root, options: { pauseAfterEpochs: 1 } });
    t.is(again.rowsProcessed, 2000, "what is further on starts over");
  }
  const refused = trainOn(data, { ...run, train: { ...run.train, keep: "last" }, options: { pauseAfterEpochs: 1 } });
  t.is(((await t.throwsAsync(refused, { instanceOf: CrossbillError })) as CrossbillError).code, "E_UNSUPPORTED");
});
