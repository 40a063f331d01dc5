import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { type ConfigInput, exact, ftrl, linear, loadModel, numeric, product, runCommand } from "crossbill";
import { cli, scratch } from "./kit.js";

/** 3,000 rows of width, height, income; a few incomes are wild, some missing; the label depends on the area. */
function rowsOf(n: number): Record<string, string>[] {
  return Array.from({ length: n }, (_, i) => {
    const [width, height] = [((i * 37) % 100) / 10 - 5, ((i * 61) % 90) / 10 - 4];
    const income = i % 97 === 13 ? 1e7 + i : i % 50 === 7 ? "" : 1000 + ((i * 131) % 4000);
    return { width: `${width}`, height: `${height}`, income: `${income}`, label: width * height + ((i * 17) % 7) - 3 > 0 ? "1" : "0" };
  });
}

const config: ConfigInput = {
  data: { train: "rows.csv", label: "label", split: { by: "index", every: 5, test: [0], validation: [1] } },
  columns: {
    width: numeric("width", { scale: ["standardize", "clip"], clip: [-2, 2] }),
    area: product(["width", "height"], { robust: true }),
    income: numeric("income", { scale: "log1p", outliers: "null", missing: "indicator", bounds: { iqr: 3 } }),
    capped: numeric("income", { scale: ["clip", "minmax"], clip: [0, 5000], outliers: "clip", bounds: { quantiles: [0.01, 0.95] } }),
    plain: numeric("income", { scale: "standardize", outliers: "reject-row", bounds: [null, 1e6] }),
  },
  train: { optimizer: ftrl({ alpha: 0.5 }), epochs: 10, batchSize: 64 },
  gate: { maxBias: 10 },
};

function write(directory: string): void {
  const rows = rowsOf(3000);
  const text = (columns: readonly string[]): string => `${[columns.join(","), ...rows.map((row) => columns.map((name) => row[name]).join(","))].join("\n")}\n`;
  fs.writeFileSync(path.join(directory, "rows.csv"), text(["width", "height", "income", "label"]));
  fs.writeFileSync(path.join(directory, "new.csv"), text(["width", "height", "income"]));
  fs.writeFileSync(path.join(directory, "crossbill.config.json"), JSON.stringify({ ...config, data: { ...config.data, maxRejected: 0.02 } }));
}

test("outliers are counted by column and part, their training rows rejected, and no row to be predicted is lost", async (t) => {
  const directory = scratch(t);
  write(directory);
  const wild = rowsOf(3000).flatMap(({ income }, i) => (Number(income) > 1e6 ? [i % 5] : []));
  const [train, validation, tested] = [wild.filter((r) => r > 1).length, wild.filter((r) => r === 1).length, wild.filter((r) => r === 0).length];
  const ended = await cli(["retrain", "--json"], { cwd: directory });
  t.is(ended.code, 0, ended.stderr);
  t.deepEqual(ended.json.outliers.income, { train, validation, test: tested });
  t.deepEqual(ended.json.outliers.plain, { train, validation, test: tested });
  t.deepEqual(ended.json.rejects, { E_OUTLIER: train });
  t.deepEqual(ended.json.rows, { read: 3000, rejected: train, train: 1800 - train, validation: 600, test: 600 });
  const predicted = await cli(["predict", "--input", "new.csv", "--output", "out.csv", "--json"], { cwd: directory });
  t.deepEqual(predicted.json.rows, { read: 3000, written: 3000, rejected: 0 });
  const model = await loadModel(ended.json.model.path);
  const lines = fs.readFileSync(path.join(directory, "out.csv"), "utf8").trim().split("\n").slice(1);
  rowsOf(3000).forEach((row, i) => t.is(Number(lines[i]), model.predict(row)));
  const again = await cli(["retrain", "--json"], { cwd: directory });
  t.deepEqual(again.json.outliers, {}, "a run that ingests nothing counts nothing");
  const inspected = await cli(["inspect", ".crossbill", "--json"], { cwd: directory });
  t.deepEqual(inspected.json.outliers.plain, { train, validation, test: tested });
  t.deepEqual(inspected.json.split, { by: "index", rows: { train: 1800 - train, validation: 600, test: 600 }, cut: null });
  t.deepEqual(inspected.json.partitions[0].outliers, inspected.json.outliers);
  const people = await cli(["inspect", ".crossbill"], { cwd: directory });
  t.regex(people.stdout, new RegExp(`outliers of +train +validation +test\n(?:.*\n)*plain +${train} +${validation} +${tested}\n`));
  const shown = await cli(["ingest", "--fresh"], { cwd: directory });
  t.regex(shown.stdout, new RegExp(`outliers of plain, train / validation / test +${train} / ${validation} / ${tested}`));
});

test("chains, products and bounds give the same model on one thread and on two", async (t) => {
  const directory = scratch(t);
  write(directory);
  const run = (workers: number) => runCommand("retrain", { cwd: directory, workdir: path.join(directory, `work${workers}`), workers });
  const [one, two] = [await run(1), await run(2)];
  t.is(one.model!.sha256, two.model!.sha256);
  t.true(one.test!.accuracy > 0.8, `${one.test!.accuracy}`);
});

for (const optimizer of [ftrl({ alpha: 0.5 }), exact()]) {
  test(`${optimizer.kind}: an outlier that counts as missing is told by the indicator, in training as in prediction`, async (t) => {
    const directory = scratch(t);
    // Wild values of either sign are the positive ones: as numbers no line tells them from the rest.
    const rows = Array.from({ length: 2000 }, (_, i) => ({ x: i % 7 === 3 ? (i % 2 === 0 ? 1e6 + i : -1e6 - i) : (i * 31) % 100, label: i % 7 === 3 ? 1 : 0 }));
    fs.writeFileSync(path.join(directory, "rows.csv"), `x,label\n${rows.map(({ x, label }) => `${x},${label}`).join("\n")}\n`);
    const options = { cwd: directory, workers: 1, executor: "inline" } as const;
    const accuracy = async (column: Parameters<typeof numeric>[1]): Promise<number> => {
      const made: ConfigInput = { ...config, data: { ...config.data, maxRejected: 0 }, columns: { x: numeric("x", column) }, model: linear({ l2: 1e-4 }) };
      fs.writeFileSync(path.join(directory, "crossbill.config.json"), JSON.stringify({ ...made, train: { ...config.train, optimizer } }));
      const { test: measured, model } = await runCommand("retrain", options);
      const loaded = await loadModel(model!.path);
      t.is(loaded.predict({ x: 5e6 }), loaded.predict({ x: column?.outliers === "null" ? null : 5e6 }));
      return measured!.accuracy;
    };
    t.is(await accuracy({ outliers: "null", bounds: { iqr: 3 }, missing: "indicator" }), 1);
    t.true((await accuracy({ missing: "indicator" })) < 0.95);
  });
}
