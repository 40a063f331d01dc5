import fs from "node:fs";
import path from "node:path";
import test, { type ExecutionContext } from "ava";
import { bucketized, type ConfigInput, crossed, ftrl, identity, linear, numeric, product, runCommand } from "crossbill";
import { scratch } from "./kit.js";

/*
 * The playground of the lecture: points of a plane whose class no line separates. A linear model of the coordinates stays near chance; of a product, of squares or of
 * crossed buckets it succeeds.
 */
interface Point {
  x: number;
  y: number;
  label: number;
}
type Draw = (uniform: () => number) => Point;

/** Coordinates in [-5, 5), in hundredths. */
const coordinate = (uniform: () => number): number => Math.floor(uniform() * 1000 - 500) / 100;
const plane =
  (isPositive: (x: number, y: number) => boolean): Draw =>
  (uniform) => {
    const [x, y] = [coordinate(uniform), coordinate(uniform)];
    return { x, y, label: isPositive(x, y) ? 1 : 0 };
  };
const quadrants = plane((x, y) => x * y > 0);
/** Half of the square's area lies within. */
const circles = plane((x, y) => x * x + y * y < 50 / Math.PI);
const xor: Draw = (uniform) => {
  const [x, y] = [uniform() < 0.5 ? 1 : 0, uniform() < 0.5 ? 1 : 0];
  return { x, y, label: x ^ y };
};

/** Trains on 3,200 seeded points, a tenth of them set aside to stop by; the accuracy on 800 others. */
async function accuracyOf(t: ExecutionContext, draw: Draw, columns: NonNullable<ConfigInput["columns"]>): Promise<number> {
  const directory = scratch(t);
  let s = 7;
  const uniform = (): number => {
    s = (s + 0x6d2b79f5) >>> 0; // mulberry32
    let z = Math.imul(s ^ (s >>> 15), s | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
  const lines = Array.from({ length: 4000 }, () => {
    const { x, y, label } = draw(uniform);
    return `${x},${y},${label}`;
  });
  fs.writeFileSync(path.join(directory, "points.csv"), `x,y,label\n${lines.join("\n")}\n`);
  const config: ConfigInput = {
    data: { train: "points.csv", label: "label", split: { by: "index", every: 10, test: [0, 5], validation: [1] } },
    columns,
    model: linear(),
    train: { optimizer: ftrl({ alpha: 0.5 }), epochs: 30, batchSize: 64 },
  };
  fs.writeFileSync(path.join(directory, "crossbill.config.json"), JSON.stringify(config));
  const options = { cwd: directory, workdir: path.join(directory, "work"), workers: 1, executor: "inline" } as const;
  await runCommand("ingest", options);
  await runCommand("train", options);
  const { test: measured } = await runCommand("evaluate", options);
  t.is(measured!.rows, 800);
  return measured!.accuracy;
}

const coordinates = { x: numeric("x"), y: numeric("y") };
const NEAR_CHANCE = 0.6;

test("XOR: a line fails; the product of the two, or their cross, is exact", async (t) => {
  const plain = await accuracyOf(t, xor, coordinates);
  t.true(plain < 0.8, `${plain}: a line has at best three of the four corners`);
  t.is(await accuracyOf(t, xor, { ...coordinates, xy: product(["x", "y"]) }), 1);
  const bits = { a: identity("x", { size: 2 }), b: identity("y", { size: 2 }) };
  t.true((await accuracyOf(t, xor, bits)) < 0.8);
  t.is(await accuracyOf(t, xor, { ...bits, ab: crossed(["a", "b"]) }), 1);
});

test("quadrants: a line is near chance; the product, or crossed buckets, tell them apart", async (t) => {
  const plain = await accuracyOf(t, quadrants, coordinates);
  t.true(plain < NEAR_CHANCE, `${plain}`);
  const multiplied = await accuracyOf(t, quadrants, { ...coordinates, xy: product(["x", "y"]) });
  t.true(multiplied > 0.98, `${multiplied}`);
  const buckets = { bx: bucketized("x", { quantiles: 10 }), by: bucketized("y", { quantiles: 10 }) };
  const uncrossed = await accuracyOf(t, quadrants, buckets);
  t.true(uncrossed < NEAR_CHANCE, `${uncrossed}: buckets alone do not help`);
  const combined = await accuracyOf(t, quadrants, { ...buckets, xy: crossed(["bx", "by"]) });
  t.true(combined > 0.96, `${combined}`);
});

test("circles: a line is near chance; the squares tell inside from outside", async (t) => {
  const plain = await accuracyOf(t, circles, coordinates);
  t.true(plain < NEAR_CHANCE, `${plain}`);
  const squared = await accuracyOf(t, circles, { ...coordinates, xx: product(["x", "x"]), yy: product(["y", "y"]) });
  t.true(squared > 0.98, `${squared}`);
});
