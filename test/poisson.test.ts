import fs from "node:fs";
import path from "node:path";
import { loadModel } from "@crossbill/models";
import test from "ava";
import { cli, csv, inline, retrain, scratch, threads } from "./kit.js";

/** Visits a day by shop, weekday and temperature, Poisson with a mean that hangs on them; seeded. */
function visits(n: number, seed: number): Record<string, string>[] {
  let s = seed >>> 0;
  const uniform = (): number => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 4294967296;
  };
  return Array.from({ length: n }, (_, i) => {
    const [shop, day, celsius] = [Math.floor(uniform() * 12), Math.floor(uniform() * 7), Math.round(30 * uniform())];
    const mean = Math.exp(-0.5 + ((shop * 5) % 12) / 8 + (day > 4 ? 0.6 : 0) + celsius / 60);
    let count = -1;
    for (let product = 1; product > Math.exp(-mean); count++) product *= uniform();
    return { id: String(i), shop: `s${shop}`, day: String(day), celsius: String(celsius), visits: String(count) };
  });
}

const config = {
  data: { train: "visits-*.csv", label: "visits", key: "id", split: { by: "index", every: 5, test: [0], validation: [1] } },
  columns: {
    shop: { kind: "vocabulary", column: "shop" },
    day: { kind: "vocabulary", column: "day" },
    celsius: { kind: "numeric", column: "celsius" },
  },
  model: { kind: "linear", head: "poisson", l2: 1e-6 },
  train: { optimizer: { kind: "exact", tolerance: 1e-9 } },
  evaluate: { slices: ["day"] },
  gate: { maxBias: 0.2, minSliceRows: 50 },
};

test.serial("counts are learned exactly, measured by deviance, published, predicted and explained; the next night is compared with the first", async (t) => {
  const directory = scratch(t);
  const rows = visits(3000, 5);
  fs.writeFileSync(path.join(directory, "visits-1.csv"), csv([...rows, { id: "x", shop: "s1", day: "1", celsius: "3", visits: "-1" }]));
  const base = inline(directory, config);
  const one = await retrain(base);
  t.deepEqual(one.rejects, { E_LABEL_VALUE: 1 });
  const { certificate: c } = one.train!;
  t.true(c!.converged && Math.abs(c!.sumPredictions - c!.sumLabels) <= 1e-10 * c!.sumLabels, JSON.stringify(c));
  const measured = one.test!;
  t.true(measured.deviance! > 0.9 && measured.deviance! < 1.3, "the deviance of a right Poisson model is near 1 a row");
  t.true(measured.poissonLoss! < measured.deviance! && measured.rmse > 0 && Math.abs(measured.bias.ratio - 1) < 0.1, JSON.stringify(measured));
  t.true(one.slices.length > 1 && one.slices.every(({ rmse }) => rmse! > 0));
  const ofSlices = one.slices.reduce((sum, slice) => sum + slice.rows * slice.deviance!, 0) / measured.rows;
  t.true(Math.abs(ofSlices - measured.deviance!) < 1e-9, `${ofSlices} and ${measured.deviance}`);
  t.is(measured.logLoss, null as unknown as number);
  t.is(measured.auc, null as unknown as number);
  t.is((await retrain(threads(base, 3), ["--fresh"])).model!.sha256, one.model!.sha256);

  const model = await loadModel(one.model!.path);
  t.is(model.info().head, "poisson");
  const train = rows.filter((_, i) => i % 5 > 1);
  const sum = model.predict(train).reduce((a, b) => a + b, 0);
  t.true(Math.abs(sum - c!.sumLabels) <= 1e-10 * sum, `${sum} and ${c!.sumLabels}`);
  const { logit, intercept, contributions, prediction } = model.explain(rows[0]!);
  t.is(
    contributions.reduce((all, one) => all + one.contribution, intercept),
    logit,
  );
  t.is(prediction, model.predict(rows[0]!));
  const output = path.join(directory, "p.csv");
  const predicted = await cli(["predict", ...base, "--input", path.join(directory, "visits-1.csv"), "--output", output, "--keep", "id", "--json"]);
  t.is(predicted.code, 0, predicted.stderr);
  const lines = fs.readFileSync(output, "utf8").trim().split("\n");
  t.is(lines[0], "id,prediction");
  t.deepEqual(
    lines.slice(1, 50).map((line) => Number(line.split(",")[1])),
    model.predict(rows.slice(0, 49)),
  );
  const page = fs.readFileSync(path.join(directory, "work/report.html"), "utf8");
  t.regex(page, /deviance/);
  t.regex(page, /poisson loss/);

  fs.writeFileSync(path.join(directory, "visits-2.csv"), csv(visits(1500, 6)));
  const two = await retrain(base);
  t.true(two.gate!.accepted, two.gate!.reasons.join());
  t.is(two.test!.against!.version, one.published!);
  const text = await cli(["evaluate", ...base]);
  t.regex(text.stdout, /test poisson loss \/ deviance/);
});

test.serial("the online optimisers come near the exact optimum of counts, the same for any number of workers", async (t) => {
  const losses = new Map<string, number>();
  for (const [name, train] of Object.entries({
    exact: config.train,
    ftrl: { optimizer: { kind: "ftrl", alpha: 0.1 }, epochs: 20, batchSize: 64 },
    adagrad: { optimizer: { kind: "adagrad", learningRate: 0.1 }, epochs: 20, batchSize: 64 },
  })) {
    const directory = scratch(t);
    fs.writeFileSync(path.join(directory, "visits-1.csv"), csv(visits(3000, 5)));
    const base = inline(directory, { ...config, train });
    const one = await retrain(base);
    losses.set(name, one.test!.poissonLoss!);
    if (name === "ftrl") t.is((await retrain(threads(base, 3), ["--fresh"])).model!.sha256, one.model!.sha256);
  }
  for (const [name, loss] of losses) t.true(Math.abs(loss - losses.get("exact")!) < 0.02, `${name}: ${loss}, exact ${losses.get("exact")}`);
});
