import fs from "node:fs";
import path from "node:path";
import test, { type ExecutionContext } from "ava";
import { bucketized, type ConfigInput, crossed, exact, linear, numeric, runCommand, vocabulary } from "crossbill";
import { scratch } from "./kit.js";

/*
 * What buckets and a cross bring on real data: house values of 20,640 Californian districts (1990 census). The file is not part of the project; CROSSBILL_DATA names
 * the folder that holds california-housing/housing.csv.
 */
const FILE = "california-housing/housing.csv";
const folder = process.env["CROSSBILL_DATA"] ?? "";
const there = folder !== "" && fs.existsSync(path.join(folder, FILE));

const numbers = ["longitude", "latitude", "housing_median_age", "total_rooms", "total_bedrooms", "population", "households", "median_income"];
const plain: NonNullable<ConfigInput["columns"]> = {
  ...Object.fromEntries(numbers.map((field) => [field, numeric(field, { missing: "indicator" })])),
  proximity: vocabulary("ocean_proximity"),
};
const place: NonNullable<ConfigInput["columns"]> = {
  x: bucketized("longitude", { quantiles: 80 }),
  y: bucketized("latitude", { quantiles: 80 }),
  place: crossed(["x", "y"]),
};

/** RMSE, in dollars, on every fifth district, of the optimum on the others. */
async function rmseOf(t: ExecutionContext, columns: NonNullable<ConfigInput["columns"]>, l2: number): Promise<number> {
  const directory = scratch(t);
  const config: ConfigInput = {
    data: { train: `\${CROSSBILL_DATA}/${FILE}`, label: "median_house_value", split: { by: "index", every: 5, test: [0] } },
    columns,
    model: linear({ head: "squared", l2 }),
    train: { optimizer: exact({ tolerance: 1e-8 }) },
  };
  fs.writeFileSync(path.join(directory, "crossbill.config.json"), JSON.stringify(config));
  const options = { cwd: directory, workdir: path.join(directory, "work"), workers: 1, executor: "inline" } as const;
  const { rows } = await runCommand("ingest", options);
  t.deepEqual(rows, { read: 20_640, rejected: 0, train: 16_512, validation: 0, test: 4_128 });
  await runCommand("train", options);
  return (await runCommand("evaluate", options)).test!.rmse;
}

const onHousing = there ? test : test.skip;
if (!there) console.log(`skipped: california-housing (CROSSBILL_DATA does not name a folder with ${FILE})`);

onHousing("california-housing: crossed buckets of the coordinates bring a linear model from 67,458 to 50,000 dollars", async (t) => {
  const without = await rmseOf(t, plain, 1e-5);
  t.true(Math.abs(without - 67_458) < 100, `all columns, no cross: ${without}`);
  const crossedOnly = await rmseOf(t, { ...plain, ...place }, 6e-5);
  t.true(crossedOnly <= 50_000, `with the cross: ${crossedOnly}`);
  const withIncome = await rmseOf(t, { ...plain, ...place, income: bucketized("median_income", { quantiles: 60 }) }, 6e-5);
  t.true(withIncome <= 48_500, `and buckets of income: ${withIncome}`);
});
