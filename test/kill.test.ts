import fs from "node:fs";
import path from "node:path";
import test from "ava";
import type { RunSummary } from "crossbill";
import { cli, clickConfig, clicks, configured, csv, retrain, scratch } from "./kit.js";

const KILLS = 4;
const rows = clicks(6000, 11);
const config = clickConfig("clicks.csv", { train: { epochs: 12 } });

function folder(t: { teardown: (f: () => void) => void }): { base: string[]; directory: string } {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(rows));
  return { base: configured(directory, config), directory };
}

/** What a run that nothing disturbed ends in, for all tests, and how long it took. */
let whole: RunSummary;
let milliseconds = 0;
const shared = scratch({ teardown: (remove) => test.after.always(() => remove()) });

test.before(async () => {
  fs.writeFileSync(path.join(shared, "clicks.csv"), csv(rows));
  const started = performance.now();
  whole = await retrain(configured(shared, config));
  milliseconds = performance.now() - started;
});

test.serial("a run killed at any moment is finished by the same command: the same model, a sound registry", async (t) => {
  for (let k = 1; k <= KILLS; k++) {
    const { base } = folder(t);
    const killed = await cli(["retrain", ...base, "--json"], { killAfter: (milliseconds * k) / (KILLS + 1) });
    const fsck = await cli(["models", "fsck", ...base]);
    t.is(fsck.code, 0, `fsck after kill ${k} (${killed.signal}): ${fsck.stderr}`);
    t.is((await retrain(base)).model!.sha256, whole.model!.sha256, `kill ${k}`);
    t.deepEqual(temporaries(path.join(path.dirname(base[1]!), "work")), [], "leftovers of the killed run are swept");
  }
});

test.serial("killed at about 80% of training, the second run processes at most 30% of the rows and ends in the same model", async (t) => {
  const steps = whole.train!.steps;
  const { base } = folder(t);
  const killed = await cli(["retrain", ...base, "--json"], { env: { CROSSBILL_FAULT: `trainer:block:kill:${Math.floor(steps * 0.8)}` } });
  t.is(killed.signal, "SIGKILL");
  const resumed = await retrain(base);
  t.is(resumed.model!.sha256, whole.model!.sha256);
  t.true(resumed.train!.rowsProcessed <= 0.3 * whole.train!.rowsProcessed, `${resumed.train!.rowsProcessed} of ${whole.train!.rowsProcessed} rows`);
});

test.serial("SIGTERM in mid-training ends the run with 143, and the same command goes on", async (t) => {
  const { base, directory } = folder(t);
  const training = (): boolean => fs.existsSync(path.join(directory, "work/ingest/manifest.pb"));
  const stopped = await cli(["retrain", ...base, "--json"], { env: { CROSSBILL_FAULT: "gang:*:sleep" }, killAfter: training, signal: "SIGTERM" });
  t.is(stopped.code, 143, stopped.stderr);
  t.is((await retrain(base)).model!.sha256, whole.model!.sha256);
});

for (const kind of ["throw", "exit", "hang"]) {
  test.serial(`a worker that meets ${kind} in mid-training never leaves the run waiting, and the model is the same`, async (t) => {
    const { base } = folder(t);
    const run = await cli(["retrain", ...base, "--json"], {
      env: { CROSSBILL_FAULT: `trainer:block:${kind}:40`, CROSSBILL_HANG_TIMEOUT_MS: "1500" },
    });
    t.not(run.signal, "SIGKILL", "it waited forever");
    if (run.code === 0) t.is(run.json.model.sha256, whole.model!.sha256);
    else t.regex(run.stderr, /E_[A-Z_]+: .*(worker|member)/);
    t.is((await retrain(base)).model!.sha256, whole.model!.sha256);
  });
}

function temporaries(directory: string): string[] {
  return fs
    .readdirSync(directory, { recursive: true })
    .map(String)
    .filter((name) => path.basename(name).startsWith(".tmp-"));
}
