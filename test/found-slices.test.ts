import fs from "node:fs";
import path from "node:path";
import { dayFile, dayFileName } from "@crossbill/synthetic";
import test from "ava";
import { cli, inline, retrain, scratch } from "./kit.js";

/** The generated log with its planted slice, a desktop in India; no column of the model can know it. */
const config = (evaluate: object, columns: object = {}): object => ({
  data: { train: "*.csv", label: "clicked", key: "id", split: { by: "hash", column: "id", validation: 0.05, test: 0.6 } },
  columns: {
    hour: { kind: "identity", column: "hour", size: 24 },
    price: { kind: "bucketized", column: "price", quantiles: 10 },
    device: { kind: "vocabulary", column: "device" },
    country: { kind: "vocabulary", column: "country" },
    position: { kind: "vocabulary", column: "position" },
    site: { kind: "vocabulary", column: "site", minCount: 2 },
    user: { kind: "hashed", column: "user", buckets: 4096 },
    ...columns,
  },
  model: { kind: "linear", l2: 1e-4 },
  train: { optimizer: { kind: "exact" } },
  evaluate,
  gate: { maxLogLossIncrease: 1, maxBias: 1 },
});

const isPlanted = ({ slice }: { slice: Record<string, string | null> }): boolean => slice.country === "IN" && slice.device === "desktop";

test.serial("the planted slice of the generated log is found though nobody named it, and told by --json, for people and in the report", async (t) => {
  const directory = scratch(t);
  const options = { rows: 60_000, days: 2, seed: 3 };
  for (let day = 0; day < 2; day++) fs.writeFileSync(path.join(directory, dayFileName(options, day)), Buffer.concat([...dayFile(options, day)]));

  const base = inline(directory, config({ fairness: ["browser", "device"], threshold: 0.08 }));
  const run = await retrain(base);
  const { bias, logLoss } = run.found;
  t.true(bias!.tested > 200 && logLoss!.tested === bias!.tested);
  const at = bias!.slices.findIndex(isPlanted);
  t.is(at, 0, JSON.stringify(bias!.slices.map(({ slice }) => slice)));
  const planted = bias!.slices[at]!;
  t.true(planted.effect < -0.02 && planted.high < 0 && planted.adjustedPValue < 0.001 && planted.rows > 100);
  t.true(bias!.slices.length <= 12);
  const report = JSON.parse(fs.readFileSync(run.report!.replace(/html$/, "json"), "utf8")) as {
    foundSlices: { bias: object };
    fairness: { field: string; groups: { slice: object; rows: number }[]; differences: { name: string; value: number; low: number; high: number }[] }[];
  };
  t.true(JSON.stringify(report.foundSlices.bias).includes('"IN"'));
  const { fairness } = report;
  t.deepEqual(
    fairness.map(({ field }) => field),
    ["browser", "device"],
  );
  for (const { groups, differences } of fairness) {
    t.is(
      groups.reduce((sum, { rows }) => sum + rows, 0),
      run.test!.rows,
    );
    t.deepEqual(
      differences.map(({ name }) => name),
      ["demographicParity", "equalOpportunity", "equalizedOdds"],
    );
    for (const { value, low, high } of differences) t.true(value >= 0 && low <= value && value <= high && high <= 1);
  }
  for (const [f, { field, groups, differences }] of run.fairness.entries()) {
    t.is(field, fairness[f]!.field);
    t.deepEqual(
      groups.map(({ group, rows }) => ({ slice: { [field]: group }, rows })),
      fairness[f]!.groups.map(({ slice, rows }) => ({ slice, rows })),
    );
    t.deepEqual(
      differences.map(({ name, value, low, high }) => ({ name, value, low, high })),
      fairness[f]!.differences.map(({ name, value, low, high }) => ({ name, value, low, high })),
    );
    t.true(groups.some(({ group }) => group === differences[0]!.most) && differences[0]!.most !== differences[0]!.least);
  }
  const shown = await cli(["evaluate", ...base]);
  t.regex(shown.stdout, /found slice.*\n[^\n]*\n?[^\n]*device=desktop, country=IN/);

  // Fields that are no columns: their values are kept in the packs.
  const named = await retrain(inline(directory, config({ findSlices: { columns: ["browser", "country", "device"], metrics: ["bias"], minRows: 50 } })), [
    "--fresh",
  ]);
  t.is(named.found.logLoss, undefined);
  t.true(named.found.bias!.slices.some(isPlanted));

  const off = await retrain(inline(directory, config({ findSlices: false })));
  t.deepEqual([off.found, off.fairness], [{}, []]);
  t.is(off.test!.logLoss, run.test!.logLoss);
});

test.serial("wrong settings of the search are refused together", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "a.csv"), "id,clicked\n1,0\n");
  const { code, stderr } = await cli(["evaluate", ...inline(directory, config({ findSlices: { depth: 4, metrics: [], falseDiscoveryRate: 2 } }))]);
  t.is(code, 2);
  for (const name of ["depth", "metrics", "falseDiscoveryRate"]) t.true(stderr.includes(`evaluate.findSlices.${name}`), stderr);
});
