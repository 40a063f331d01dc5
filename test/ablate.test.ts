import fs from "node:fs";
import path from "node:path";
import type { AblateSummary } from "@crossbill/pipeline";
import test from "ava";
import { cli, clicks, csv, inline, retrain, scratch, threads } from "./kit.js";

const config = {
  data: { train: "clicks.csv", label: "clicked", key: "id", split: { by: "hash", column: "id", validation: 0.3, test: 0.1 } },
  columns: {
    price: { kind: "numeric", column: "price" },
    country: { kind: "vocabulary", column: "country" },
    site: { kind: "vocabulary", column: "site" },
    countryDevice: { kind: "crossed", columns: ["country", "device"], buckets: 256 },
    noise: { kind: "hashed", column: "user", buckets: 16 },
  },
  model: { kind: "linear", l2: 1e-5 },
  train: { optimizer: { kind: "ftrl", alpha: 0.1 }, epochs: 2, batchSize: 128 },
  gate: { maxBias: 10 },
};

async function ablate(base: readonly string[], ...args: string[]): Promise<AblateSummary> {
  const { code, json, stderr } = await cli(["ablate", ...base, "--json", ...args]);
  if (code !== 0) throw new Error(stderr);
  return json as AblateSummary;
}

test.serial("each column is left out once, ranked by what it brings; the differences are those of models trained without it", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(clicks(6000, 8)));
  const base = inline(directory, config);
  const one = await ablate(base);
  const names = Object.keys(config.columns);
  t.deepEqual(one.columns.map(({ column }) => column).sort(), [...names].sort());
  t.deepEqual(
    one.columns.map(({ difference }) => difference),
    one.columns.map(({ difference }) => difference).sort((a, b) => b - a),
  );
  t.deepEqual([one.part, one.head, one.trainings], ["validation", "logistic", { done: names.length + 1, known: 0 }]);
  const of = (name: string): AblateSummary["columns"][number] => one.columns.find(({ column }) => column === name)!;
  t.is(of("countryDevice").said, "helps", "the truth is in the cross");
  t.not(of("noise").said, "helps");
  for (const { difference, low, high, auc, without } of one.columns) {
    t.true(low <= difference && difference <= high && auc!.low <= auc!.difference && auc!.difference <= auc!.high);
    t.true(Math.abs(without!.loss - one.whole.loss - difference) < 1e-12 && Math.abs(without!.auc - one.whole.auc - auc!.difference) < 1e-12);
  }
  const { file, trainings, seconds, ...kept } = one;
  t.true(file === path.join(directory, "work", "ablate.json") && trainings.done > 0 && seconds.total > 0);
  t.deepEqual(JSON.parse(fs.readFileSync(file, "utf8")), kept);
  const again = await ablate(threads(base, 2), "--parallel", "2");
  t.deepEqual({ ...again, trainings: null, seconds: null }, { ...one, trainings: null, seconds: null });
  t.deepEqual(again.trainings, { done: 0, known: names.length + 1 });
  const fresh = await ablate(threads(base, 2), "--fresh", "--columns", "site,noise", "--parallel", "3");
  t.deepEqual(
    fresh.columns,
    one.columns.filter(({ column }) => ["site", "noise"].includes(column)),
  );
  const plain = await cli(["ablate", ...base, "--columns", "site"]);
  t.regex(plain.stdout, /without +loss rises by[\s\S]*site/);
  const other = path.join(directory, "other");
  fs.mkdirSync(other);
  fs.copyFileSync(path.join(directory, "clicks.csv"), path.join(other, "clicks.csv"));
  const without = { ...config, model: { ...config.model, columns: names.filter((name) => name !== "site") } };
  const { train } = await retrain(inline(other, without));
  t.true(Math.abs(train!.validationLoss - of("site").without!.loss) < 1e-6, `${train!.validationLoss} and ${of("site").without!.loss}`);
});

test.serial("a stopped ablation goes on; columns that the model has not are refused", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "clicks.csv"), csv(clicks(3000, 8)));
  const base = inline(directory, config);
  const trials = path.join(directory, "work", "ablate", "trials");
  const done = (): number => (fs.existsSync(trials) ? fs.readdirSync(trials).filter((name) => fs.existsSync(path.join(trials, name, "trial.pb"))).length : 0);
  const killed = await cli(["ablate", ...base, "--quiet"], { killAfter: () => done() >= 3 });
  t.is(killed.signal, "SIGKILL");
  const known = done();
  const found = await ablate(base);
  t.true(found.trainings.known >= 3 && found.trainings.known === known, `${found.trainings.known} and ${known}`);
  t.is(found.trainings.known + found.trainings.done, found.columns.length + 1);
  const calm = scratch(t);
  fs.copyFileSync(path.join(directory, "clicks.csv"), path.join(calm, "clicks.csv"));
  t.deepEqual((await ablate(inline(calm, config))).columns, found.columns);
  const wrong = await cli(["ablate", ...base, "--json", "--columns", "colour"]);
  t.deepEqual([wrong.code, wrong.json.error.code], [2, "E_CONFIG"]);
});
