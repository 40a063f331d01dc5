import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { cli, clicks, csv, inline, retrain, scratch, threads } from "./kit.js";

type Slice = Record<string, string | null>;
const config = (slices: unknown[], more: { l2?: number; head?: string } = {}): object => ({
  data: { train: "train.csv", test: "test.csv", label: "clicked", validation: "validation.csv" },
  columns: {
    country: { kind: "vocabulary", column: "country" },
    price: { kind: "bucketized", column: "price", quantiles: 4 },
    age: { kind: "numeric", column: "age" },
  },
  model: { kind: "linear", l2: more.l2 ?? 1e-3, ...(more.head === undefined ? {} : { head: more.head }) },
  train: { optimizer: { kind: "exact" } },
  evaluate: { slices, findSlices: false },
  gate: { maxLogLossIncrease: 1, maxBias: 10, minSliceRows: 50 },
});
const QUARTERS = { column: "age", quantiles: 4, name: "quarter of age" };
const SETS = [
  { column: "price", boundaries: [10, 20, 1000] },
  "country",
  QUARTERS,
  ["country", { column: "price", boundaries: [10, 20, 1000] }],
  ["country", QUARTERS],
];

test.serial("slices by ranges of a number: evaluation, comparison, gate, report and --json have the same", async (t) => {
  const directory = scratch(t);
  const tested = clicks(4000, 3);
  for (const [name, rows] of [
    ["train", clicks(3000, 1)],
    ["validation", clicks(500, 2)],
    ["test", tested],
  ] as const)
    fs.writeFileSync(path.join(directory, `${name}.csv`), csv(rows));
  const base = inline(directory, config(SETS));
  const one = await retrain(base);
  const slices = one.slices as { slice: Slice; rows: number; logLoss: number | null; auc: number | null; bias: { meanLabel: number | null } }[];

  // The plain way: sorted ages, numbers compared.
  const ages = tested.filter(({ age }) => age !== "").map(({ age }) => Number(age));
  const sorted = ages.sort((a, b) => a - b);
  const priceRange = (x: number): string => (x < 10 ? "(-inf, 10)" : x < 20 ? "[10, 20)" : x < 1000 ? "[20, 1000)" : "[1000, inf)");
  const byPrice = slices.slice(0, 4);
  t.deepEqual(
    byPrice.map(({ slice }) => slice),
    ["(-inf, 10)", "[10, 20)", "[20, 1000)", "[1000, inf)"].map((price) => ({ price })),
  );
  for (const { slice, rows, bias } of byPrice.slice(0, 3)) {
    const own = tested.filter(({ price }) => priceRange(Number(price)) === slice["price"]);
    t.is(rows, own.length);
    t.true(Math.abs(bias.meanLabel! - own.filter(({ clicked }) => clicked === "1").length / own.length) < 1e-12);
  }
  const { rows, logLoss, auc, bias } = byPrice[3]!;
  t.deepEqual([rows, logLoss, auc, bias.meanLabel], [0, null, null, null]);
  const quarters = slices.filter(({ slice }) => Object.keys(slice).join() === "quarter of age");
  t.is(quarters.length, 5);
  t.is(quarters.at(-1)!.slice["quarter of age"], null);
  const boundaries = quarters.slice(0, 3).map(({ slice }) => Number(/, (.*)\)$/.exec(slice["quarter of age"]!)![1]));
  for (const [k, b] of boundaries.entries()) {
    const below = sorted.filter((age) => age < b).length / sorted.length;
    const upTo = sorted.filter((age) => age <= b).length / sorted.length;
    t.true(below <= (k + 1) / 4 + 1e-9 && (k + 1) / 4 <= upTo + 1e-9, `${b}: ${below} to ${upTo}`);
  }
  t.is(
    quarters.reduce((sum, one) => sum + one.rows, 0),
    tested.length,
  );
  const crossed = slices.filter(({ slice }) => Object.keys(slice).join() === "country,price");
  t.is(crossed.length, new Set(tested.map(({ country, price }) => `${country} ${priceRange(Number(price))}`)).size);

  // Another model against it, on other workers: the same boundaries in both, and from a second process.
  const two = await retrain(threads(inline(directory, config(SETS, { l2: 0.1 })), 2));
  t.deepEqual(
    two.slices.map(({ slice, rows: n }) => [slice, n]),
    slices.map(({ slice, rows: n }) => [slice, n]),
  );
  const compared = two.comparison!;
  t.deepEqual(
    compared.slices.map(({ slice, rows: n }) => [slice, n]),
    slices.filter(({ rows: n }) => n >= 50).map(({ slice, rows: n }) => [slice, n]),
  );
  const report = JSON.parse(fs.readFileSync(two.report!.replace(/html$/, "json"), "utf8")) as {
    slices: { slice: Slice; rows: number }[];
    gate: { limits: { name: string }[] };
  };
  t.deepEqual(
    report.slices.map(({ slice, rows: n }) => JSON.stringify([slice, n])).sort(),
    slices.map(({ slice, rows: n }) => JSON.stringify([slice, n])).sort(),
  );
  const limits = JSON.stringify(report.gate);
  t.true(limits.includes("log-loss of price=[10, 20), relative increase") && limits.includes("bias of country=DE, price=[10, 20)"), limits);
  t.true(fs.readFileSync(two.report!, "utf8").includes("[10, 20)"));
  const shown = await cli(["evaluate", ...base]);
  t.regex(shown.stdout, /price=\[10, 20\)|quarter of age=\[/);
});

test.serial("wrong ranges are refused, each with its path", async (t) => {
  const directory = scratch(t);
  const refused = async (slices: unknown[]): Promise<string> => {
    const { code, stderr } = await cli(["evaluate", ...inline(directory, config(slices))]);
    t.is(code, 2, stderr);
    return stderr;
  };
  const stderr = await refused([
    { column: "price", boundaries: [20, 10] },
    { column: "price" },
    { column: "price", boundaries: [1], quantiles: 4 },
    ["country", { column: "price", quantiles: 1 }],
    { column: "price", boundaries: [] },
    { column: "price", steps: 3 },
  ]);
  for (let s = 0; s < 6; s++) t.true(stderr.includes(`evaluate.slices.${s}`), stderr);
  t.regex(stderr, /slices\.0\.boundaries: allowed are rising numbers/);
  t.regex(stderr, /slices\.1: give either boundaries or quantiles/);
  t.regex(stderr, /slices\.3\.1\.quantiles: /);
  const twice = await refused(["price", { column: "price", quantiles: 4 }, ["country", "country"]]);
  t.regex(twice, /evaluate\.slices\.1: .*both named "price"; give ranges a name/);
  t.regex(twice, /evaluate\.slices\.2: names "country" twice/);
});
