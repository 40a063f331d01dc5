import { createHash } from "node:crypto";
import { choiceFloor, choiceLog, choiceRows } from "@crossbill/synthetic";
import test from "ava";

test("the choice log has these bytes on every machine, and its rows are what it says", (t) => {
  const hash = createHash("sha256");
  for (const chunk of choiceLog({ rows: 2000, items: 200 })) hash.update(chunk);
  t.is(hash.digest("hex"), "a691ab0f8d05ead09bcf7f9eb44e6fbd1678321c74dc65b1bd9dbcfcf0f5ef39");
  t.deepEqual([...choiceRows({ rows: 50, items: 200 })], [...choiceRows({ rows: 60, items: 200 })].slice(0, 50));
  t.notDeepEqual([...choiceRows({ rows: 50, items: 200, seed: 2 })], [...choiceRows({ rows: 50, items: 200 })]);
  for (const bad of [{ rows: -1 }, { items: 30 }, { items: 0 }]) t.throws(() => [...choiceRows(bad)], { instanceOf: RangeError });
});

test("the stated probabilities are those of the choices: an item's inverse probability where it is chosen is 1 in the mean", (t) => {
  const rows = [...choiceRows({ rows: 40_000, items: 200 })];
  for (const item of ["m0", "m1", "m2", "m7", "m40", "m41"]) {
    const terms = rows.map(({ fields, probability }) => (fields[3] === item ? 1 / probability : 0));
    const mean = terms.reduce((sum, x) => sum + x, 0) / terms.length;
    const error = Math.sqrt(terms.reduce((sum, x) => sum + (x - mean) ** 2, 0)) / terms.length;
    t.true(error < 0.2 && Math.abs(mean - 1) < 4 * error, `${item}: ${mean} +- ${error}`);
  }
});

test("the floor is the mean surprise of the true probabilities", (t) => {
  const options = { rows: 500, items: 80, seed: 3 };
  const rows = [...choiceRows(options)];
  const mean = rows.reduce((sum, { probability }) => sum - Math.log(probability), 0) / rows.length;
  t.true(Math.abs(choiceFloor(options) - mean) < 1e-12);
  const even = rows.filter((_, i) => i % 2 === 0);
  t.true(Math.abs(choiceFloor(options, (row) => row % 2 === 0) - even.reduce((sum, { probability }) => sum - Math.log(probability), 0) / even.length) < 1e-12);
});
