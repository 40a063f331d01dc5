import { createHash } from "node:crypto";
import { type City, dayHourFactors, trafficLog, trafficRows } from "@crossbill/synthetic";
import test from "ava";

test("the counts have these bytes on every machine; cities are drawn apart", (t) => {
  const hash = createHash("sha256");
  for (const city of ["london", "frankfurt"] as const) for (const chunk of trafficLog(city, { rows: 500 })) hash.update(chunk);
  t.is(hash.digest("hex"), "42df79976223dd75afcda6d7764191015cab1c464c43e92021bc7f3bd57a952c");
  t.deepEqual([...trafficRows("london", { rows: 20 })], [...trafficRows("london", { rows: 30 })].slice(0, 20));
  const when = (city: City): string[] => [...trafficRows(city, { rows: 20 })].map(({ fields }) => fields.slice(0, 2).join());
  t.notDeepEqual(when("london"), when("frankfurt"));
  t.throws(() => [...trafficRows("paris" as City)], { instanceOf: RangeError });
  t.throws(() => [...trafficRows("london", { rows: -1 })], { instanceOf: RangeError });
});

test("the counts are Poisson with the rate that is told", (t) => {
  const rows = [...trafficRows("london", { rows: 20_000, seed: 3 })];
  const z = rows.map(({ vehicles, rate }) => (vehicles - rate) / Math.sqrt(rate));
  const mean = z.reduce((a, b) => a + b, 0) / z.length;
  const variance = z.reduce((a, b) => a + b * b, 0) / z.length;
  t.true(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.05, `${mean}, ${variance}`);
});

test("workdays have two rushes, and the nights before Saturday and Sunday are long", (t) => {
  for (let day = 0; day < 7; day++)
    for (let hour = 0; hour < 24; hour++)
      for (const factor of Object.values(dayHourFactors(day, hour))) t.true(factor >= 0 && factor <= 1, `${day} ${hour}: ${factor}`);
  t.is(dayHourFactors(0, 8).commute, 1);
  t.is(dayHourFactors(0, 3).commute, 0);
  t.true(dayHourFactors(5, 8).commute < 0.1);
  t.is(dayHourFactors(4, 22).night, 1);
  t.true(dayHourFactors(6, 1).night > 0.9 && dayHourFactors(2, 1).night < 0.25);
});
