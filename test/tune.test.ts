import fs from "node:fs";
import path from "node:path";
import test from "ava";
import type { TuneSummary } from "crossbill";
import { type CliOptions, cli, clickConfig, clicks, configured, csv, retrain, scratch } from "./kit.js";

const rows = clicks(3000, 21);

/** A folder with the click log and a configuration with this section `tune`. */
function folder(
  t: { teardown: (f: () => void) => void },
  tuneSection: object | undefined,
  more: Parameters<typeof clickConfig>[1] = {},
): { base: string[]; work: string; config: object } {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(rows));
  const config = clickConfig("clicks.csv", more);
  return {
    base: configured(directory, { ...config, ...(tuneSection === undefined ? {} : { tune: tuneSection }) }),
    work: path.join(directory, "work"),
    config,
  };
}

async function tune(base: readonly string[], args: readonly string[] = [], options: CliOptions = {}): Promise<TuneSummary> {
  const ended = await cli(["tune", ...base, "--json", ...args], options);
  if (ended.code !== 0 || ended.json === null) throw new Error(`tune ended with ${ended.code ?? ended.signal}: ${ended.stderr.slice(-2000)}`);
  return ended.json as TuneSummary;
}

/** What does not depend on the run. */
const found = ({ trials, best, oneStandardError, bestFirst }: TuneSummary): object => ({ trials, best, oneStandardError, bestFirst });

const GRID = { parameters: { "model.l1": [0, 1e-3], "train.optimizer.alpha": [0.05, 0.4] } };

test.serial("a grid's trials are the models that their configurations train, and the best is the best of them on the validation part", async (t) => {
  const { base, work, config } = folder(t, GRID);
  const s = await tune(base, ["--workers", "2"]);
  t.deepEqual(
    s.trials.map(({ trial, parameters }) => [trial, { ...parameters }]),
    [
      [1, { "model.l1": 0, "train.optimizer.alpha": 0.05 }],
      [2, { "model.l1": 0, "train.optimizer.alpha": 0.4 }],
      [3, { "model.l1": 1e-3, "train.optimizer.alpha": 0.05 }],
      [4, { "model.l1": 1e-3, "train.optimizer.alpha": 0.4 }],
    ],
  );
  const made = config as { model: object; train: { optimizer: object } };
  const validation: number[] = [];
  for (const { parameters, modelSha256, nonZero, logLoss } of s.trials) {
    const directory = scratch(t);
    fs.writeFileSync(path.join(directory, "clicks.csv"), csv(rows));
    const alone = configured(directory, {
      ...made,
      model: { ...made.model, l1: parameters["model.l1"] },
      train: { ...made.train, optimizer: { ...made.train.optimizer, alpha: parameters["train.optimizer.alpha"] } },
    });
    const run = await retrain(alone, ["--executor", "inline"]);
    t.is(modelSha256, run.model!.sha256);
    t.is(nonZero, run.model!.nonZero);
    t.true(Math.abs(logLoss! - run.train!.validationLoss) < 1e-6, "what training itself found, with logits in float32");
    validation.push(logLoss!);
  }
  t.is(s.best.logLoss, Math.min(...validation));
  t.is(s.best.trial, validation.indexOf(Math.min(...validation)) + 1);
  t.deepEqual([s.rows.validation > 100, s.best.difference, s.metric], [true, 0, "loss"]);
  for (const trial of s.trials) {
    t.is(trial.loss, trial.logLoss);
    t.true(Math.abs(trial.difference! - (trial.loss! - s.best.loss!)) < 1e-12);
  }
  t.true(s.oneStandardError!.loss! <= s.best.loss! + s.best.lossStandardError! && s.oneStandardError!.nonZero! <= s.best.nonZero!);

  const { trials, best } = JSON.parse(fs.readFileSync(path.join(work, "tune.json"), "utf8")) as TuneSummary;
  t.deepEqual({ trials, best } as object, { trials: s.trials, best: s.best });
  t.false(fs.existsSync(path.join(work, "registry")) || fs.existsSync(path.join(work, "candidate.pb")), "nothing is published, no candidate replaced");
  const fragment = JSON.parse(fs.readFileSync(s.bestFile, "utf8")) as { model: object; train: object };
  const pasted = configured(path.dirname(work), { ...made, ...fragment, train: { ...made.train, ...fragment.train } });
  t.is((await retrain(pasted)).model!.sha256, s.best.modelSha256, "the fragment, pasted, trains the best model");
  t.true(fs.readFileSync(s.report, "utf8").includes("Best: trial"));
});

test.serial("the same search for any number of workers and trainings at a time; a second one trains nothing", async (t) => {
  const section = {
    search: "random",
    trials: 5,
    seed: 3,
    parameters: { "model.l2": { min: 1e-7, max: 1e-2, scale: "log" }, "train.batchSize": { min: 64, max: 512 } },
  };
  const one = folder(t, section);
  const first = await tune(one.base, ["--workers", "1", "--parallel", "1"]);
  t.deepEqual(first.trainings, { done: 5, known: 0 });
  const page = fs.readFileSync(first.report);
  for (const args of [
    ["--workers", "3", "--parallel", "3"],
    ["--workers", "4", "--parallel", "2", "--memory", "32m"],
  ]) {
    const { base } = folder(t, section);
    t.deepEqual(found(await tune(base, args)), found(first), args.join(" "));
  }
  const again = await tune(one.base);
  t.deepEqual(found(again), found(first));
  t.deepEqual(again.trainings, { done: 0, known: 5 });
  t.deepEqual(fs.readFileSync(again.report), page);
  const more = await tune(one.base, ["--trials", "7"]);
  t.deepEqual(
    more.trials.slice(0, 5).map(({ modelSha256 }) => modelSha256),
    first.trials.map(({ modelSha256 }) => modelSha256),
  );
  t.deepEqual(more.trainings, { done: 2, known: 5 });
  t.notDeepEqual((await tune(one.base, ["--trials", "2", "--seed", "4"])).trials[0]!.parameters, first.trials[0]!.parameters);
});

test.serial("killed in mid-search, the same command goes on where it was, to the same end", async (t) => {
  const { base, work } = folder(t, GRID, { train: { epochs: 6 } });
  const results = (): number => {
    const trials = path.join(work, "tune/trials");
    return fs.existsSync(trials) ? fs.readdirSync(trials).filter((name) => fs.existsSync(path.join(trials, name, "trial.pb"))).length : 0;
  };
  const killed = await cli(["tune", ...base, "--json", "--parallel", "1"], { killAfter: () => results() >= 2 });
  t.is(killed.signal, "SIGKILL");
  const before = results();
  t.true(before >= 2 && before < 4);
  const resumed = await tune(base);
  t.deepEqual(resumed.trainings, { done: 4 - before, known: before });
  const { base: clean } = folder(t, GRID, { train: { epochs: 6 } });
  t.deepEqual(found(resumed), found(await tune(clean)));
});

test.serial("killed in mid-training, that training goes on from its checkpoint; a damaged result is made again", async (t) => {
  const section = { parameters: { "model.l1": [1e-4] } };
  const { base, work } = folder(t, section, { train: { epochs: 12 } });
  const killed = await cli(["tune", ...base, "--json"], { env: { CROSSBILL_FAULT: "trainer:block:kill:70" } });
  t.is(killed.signal, "SIGKILL");
  const resumed = await cli(["tune", ...base, "--json"], { env: { CROSSBILL_FAULT: "trainer:block:kill:70" } });
  t.is(resumed.code, 0, "what was left had fewer blocks than that");
  const first = resumed.json as TuneSummary;
  const [trial] = fs.readdirSync(path.join(work, "tune/trials"));
  t.deepEqual(fs.readdirSync(path.join(work, "tune/trials", trial!)).sort(), ["losses.pb", "trial.pb"]);
  const file = path.join(work, "tune/trials", trial!, "trial.pb");
  const bytes = fs.readFileSync(file);
  bytes[bytes.length >> 1]! ^= 1;
  fs.writeFileSync(file, bytes);
  const again = await tune(base);
  t.deepEqual(again.trainings, { done: 1, known: 0 });
  t.deepEqual(found(again), found(first));
});

test.serial("halving trains all for a few epochs, and the better ones for more", async (t) => {
  const section = { search: "halving", trials: 6, parameters: { "train.optimizer.alpha": { min: 0.001, max: 1, scale: "log" } }, halving: { factor: 3 } };
  const { base, work } = folder(t, section, { train: { epochs: 3 } });
  const s = await tune(base);
  t.deepEqual(s.rungs, [
    { trials: 6, epochs: 1 },
    { trials: 2, epochs: 3 },
  ]);
  t.deepEqual(s.trainings, { done: 8, known: 0 });
  t.deepEqual(
    s.trials.map(({ rung }) => rung).sort((a, b) => a - b),
    [1, 1, 1, 1, 2, 2],
  );
  const first = await tune(folder(t, { ...section, search: "random" }, { train: { epochs: 1 } }).base);
  const winners = first.bestFirst.slice(0, 2).sort((a, b) => a - b);
  const all = await tune(folder(t, { ...section, search: "random" }, { train: { epochs: 3 } }).base);
  for (const { trial, rung, modelSha256, loss } of s.trials) {
    const alone = (rung === 1 ? first : all).trials[trial - 1]!;
    t.deepEqual([modelSha256, loss], [alone.modelSha256, alone.loss], "a trial that went on is one that was trained through");
  }
  t.deepEqual(
    s.trials.filter(({ rung }) => rung === 2).map(({ trial }) => trial),
    winners,
  );
  t.is(s.best.rung, 2);
  const left = fs.readdirSync(path.join(work, "tune/trials"), { recursive: true, encoding: "utf8" });
  t.is(left.filter((name) => name.endsWith(".pb")).length, 2 * 8);
  t.is(left.length, 3 * 8, "no checkpoint stays");
  t.is(s.bestFirst[0], s.best.trial);
});

test.serial("trials with other columns have packs of their own, and are measured on the same rows; a head's own loss", async (t) => {
  const { base, work } = folder(
    t,
    { parameters: { "columns.site.minCount": [2, 200], "columns.age.scale": ["standardize", "minmax"] } },
    { train: { epochs: 2 } },
  );
  const s = await tune(base, ["--workers", "2"]);
  t.is(fs.readdirSync(path.join(work, "tune/packs")).length, 3, "one is the work folder's own");
  t.is(new Set(s.trials.map(({ modelSha256 }) => modelSha256)).size, 4);
  for (const { difference, differenceStandardError, rows: measured } of s.trials) {
    t.is(measured, s.rows.validation);
    t.true(Number.isFinite(difference) && Number.isFinite(differenceStandardError));
  }
  t.true(s.trials[2]!.nonZero! < s.trials[0]!.nonZero!, "rare sites share an id");
  t.deepEqual((s.best.configuration as { columns: Record<string, { kind: string }> }).columns["site"]!.kind, "vocabulary");
  t.deepEqual((await tune(base)).trainings, { done: 0, known: 4 });
  await tune(configured(path.dirname(work), { ...clickConfig("clicks.csv", { train: { epochs: 2 } }), tune: { parameters: { "model.l1": [0] } } }));
  t.deepEqual(fs.readdirSync(path.join(work, "tune/packs")), [], "what no trial asks for is removed");

  const squared = folder(
    t,
    { parameters: { "model.l2": [1e-6, 1e-2] } },
    {
      data: { label: "price" },
      model: { head: "squared" },
      columns: { price: { kind: "hashed", column: "country", buckets: 8 }, priceBand: { kind: "hashed", column: "device", buckets: 8 } },
      train: { optimizer: { kind: "exact" } },
    },
  );
  const numbers = await tune(squared.base);
  t.is(numbers.best.logLoss, null);
  t.true(Math.abs(numbers.best.rmse! ** 2 - numbers.best.loss!) < 1e-9 * numbers.best.loss!);
  t.is(numbers.oneStandardError!.limit, numbers.best.loss! + numbers.best.lossStandardError!);
});

test.serial("a trial that diverges is recorded and the search goes on; when all do, it fails", async (t) => {
  const optimizer = { kind: "adagrad", learningRate: 0.1 };
  const more = {
    model: { head: "squared" },
    data: { label: "price" },
    columns: { price: { kind: "numeric", column: "price", scale: "none" }, priceBand: { kind: "hashed", column: "device", buckets: 8 } },
    train: { optimizer, batchSize: 32 },
  };
  const { base } = folder(t, { parameters: { "train.optimizer.learningRate": [0.1, 1e200] } }, more);
  const s = await tune(base);
  t.is(s.best.trial, 1);
  t.deepEqual([s.trials[1]!.error?.code, s.trials[1]!.loss, s.trials[1]!.nonZero], ["E_DIVERGED", null, null]);
  t.deepEqual((await tune(base)).trainings, { done: 0, known: 2 });
  const all = await cli(["tune", ...folder(t, { parameters: { "train.optimizer.learningRate": [1e200, 1e201] } }, more).base, "--json"]);
  t.is(all.code, 1);
  t.is(all.json.error.code, "E_TUNE_FAILED");
  t.regex(all.stderr, /all 2 trials failed, the first, 1, with E_DIVERGED/);
});

test.serial("without a section tune there is a default, which is told; the table names every trial", async (t) => {
  const { base } = folder(t, undefined, { train: { epochs: 1, warmStart: "current" } });
  const ended = await cli(["tune", ...base, "--trials", "3"]);
  t.is(ended.code, 0, ended.stderr);
  t.regex(ended.stderr, /every trial starts from zero.*train\.warmStart is left aside/);
  t.regex(ended.stderr, /no parameters are configured, so the search is random, 3 trials, over train\.optimizer\.alpha from 0\.01 to 1; model\.l1 of 0, /);
  t.regex(ended.stdout, /trial +train\.optimizer\.alpha +model\.l1 +loss +against the best +non-zero/);
  t.regex(ended.stdout, /no test row was read/);
  t.is(ended.stdout.match(/^ *[123] /gm)!.length, 3);
});

test.serial("wrong searches end with exit code 2 and say what is allowed", async (t) => {
  const refused = async (section: object, more: Parameters<typeof clickConfig>[1], args: string[], code: string, message: RegExp): Promise<void> => {
    const ended = await cli(["tune", ...folder(t, section, more).base, "--json", ...args]);
    t.is(ended.code, 2, ended.stderr);
    t.is(ended.json.error.code, code);
    t.regex(ended.stderr, message);
  };
  await refused({ parameters: { "model.l3": [1] } }, {}, [], "E_CONFIG", /tune\.parameters\.model\.l3: 1: model: .*l3/);
  await refused({ parameters: { "model.head": { min: 0, max: 1 } } }, {}, [], "E_CONFIG", /tune\.parameters\.model\.head: 0: model\.head/);
  await refused(GRID, { data: { split: { by: "index", every: 5, test: [0] } } }, [], "E_NO_VALIDATION", /the test part stays unseen/);
  await refused(GRID, {}, ["--search", "path"], "E_CONFIG", /leave parameters out/);
  await refused(GRID, {}, ["--search", "tree"], "E_USAGE", /grid, random, halving, path/);
  await refused(GRID, {}, ["--parallel", "0"], "E_USAGE", /from 1 to 256/);
});
