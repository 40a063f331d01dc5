import fs from "node:fs";
import path from "node:path";
import test from "ava";
import type { TuneSummary } from "crossbill";
import { cli, clickConfig, clicks, configured, csv, retrain, scratch } from "./kit.js";

const rows = clicks(2500, 33);
const exact = { train: { optimizer: { kind: "exact" } } };

function folder(t: { teardown: (f: () => void) => void }, config: object): string[] {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(rows));
  return configured(directory, config);
}

async function tune(base: readonly string[], args: readonly string[] = []): Promise<{ summary: TuneSummary; stderr: string }> {
  const ended = await cli(["tune", ...base, "--json", ...args]);
  if (ended.code !== 0) throw new Error(`tune ended with ${ended.code ?? ended.signal}: ${ended.stderr.slice(-2000)}`);
  return { summary: ended.json as TuneSummary, stderr: ended.stderr };
}

test.serial("the exact optimiser's search is its path: from no weight to many, each point the optimum at its lambda", async (t) => {
  const config = clickConfig("clicks.csv", exact) as { model: object };
  const base = folder(t, { ...config, tune: { path: { lambdas: 8, ratio: 0.05 } } });
  const { summary: s, stderr } = await tune(base, ["--workers", "2"]);
  t.regex(stderr, /no parameters are configured, so the search is path: 8 values of model\.l1, .* down to 0\.05 of it/);
  t.is(s.search, "path");
  const lambdas = s.trials.map(({ parameters }) => parameters["model.l1"] as number);
  t.is(lambdas.length, 8);
  for (const [i, l1] of lambdas.entries()) if (i > 0) t.true(Math.abs(l1 / lambdas[i - 1]! - 0.05 ** (1 / 7)) < 1e-9);
  t.is(s.trials[0]!.nonZero, 0);
  t.true(s.trials[7]!.nonZero! > 5, `${s.trials[7]!.nonZero}`);
  t.true(s.best.loss! < s.trials[0]!.loss!);
  t.true(s.oneStandardError!.nonZero! <= s.best.nonZero!);
  const constant = s.trials[0]!.objective!;
  for (const i of [2, 7]) {
    const alone = folder(t, { ...config, model: { ...config.model, l1: lambdas[i] } });
    const { train, model } = await retrain(alone);
    t.true(Math.abs(train!.objective - s.trials[i]!.objective!) < 1e-6 * constant, `${train!.objective} ${s.trials[i]!.objective}`);
    t.true(Math.abs(train!.validationLoss - s.trials[i]!.logLoss!) < 1e-3);
    t.true(Math.abs(model!.nonZero - s.trials[i]!.nonZero!) <= 3, `${model!.nonZero} ${s.trials[i]!.nonZero}`);
  }
  const page = fs.readFileSync(s.report, "utf8");
  t.true(page.includes("Validation loss against lambda") && page.includes("Non-zero weights against lambda"));
  t.deepEqual((s.best.configuration as { model: { l1: number } }).model.l1, s.best.parameters["model.l1"]);

  const { summary: again } = await tune(base);
  t.deepEqual(
    [s.trainings, again.trainings],
    [
      { done: 8, known: 0 },
      { done: 0, known: 8 },
    ],
  );
  t.deepEqual([again.trials, again.best, again.bestFirst], [s.trials, s.best, s.bestFirst]);
  const { summary: other } = await tune(folder(t, { ...config, tune: { path: { lambdas: 8, ratio: 0.05 } } }), ["--workers", "1", "--parallel", "1"]);
  t.deepEqual([other.trials, other.best], [s.trials, s.best]);
});

test.serial("paths of a squared head and of classes, too; a path of an online optimiser is refused", async (t) => {
  const own = { price: { kind: "hashed", column: "country", buckets: 8 }, priceBand: { kind: "hashed", column: "device", buckets: 8 } };
  const squared = clickConfig("clicks.csv", { ...exact, data: { label: "price" }, model: { head: "squared" }, columns: own });
  const { summary: numbers } = await tune(folder(t, squared), ["--trials", "4"]);
  t.deepEqual([numbers.trials.length, numbers.trials[0]!.nonZero, numbers.best.logLoss], [4, 0, null]);
  const classes = clickConfig("clicks.csv", {
    ...exact,
    data: { label: "device" },
    model: { head: "softmax" },
    columns: { device: { kind: "hashed", column: "country", buckets: 8 }, countryDevice: { kind: "vocabulary", column: "country" } },
    gate: {},
  });
  const { summary: several } = await tune(folder(t, classes), ["--trials", "3"]);
  t.deepEqual([several.trials[0]!.nonZero, several.head], [0, "softmax"]);
  const refused = await cli(["tune", ...folder(t, clickConfig("clicks.csv")), "--search", "path", "--json"]);
  t.is(refused.code, 2);
  t.regex(refused.stderr, /path is the exact optimiser's; train\.optimizer is ftrl/);
});
