import test from "ava";
import { chiSquareUpper } from "../dist/index.js";

test("upper tails of chi-square are those of tables and of the integral", (t) => {
  for (const [x, k, p] of [
    [3.841458820694124, 1, 0.05],
    [5.991464547107979, 2, 0.05],
    [11.070497693516351, 5, 0.05],
    [23.209251158954356, 10, 0.01],
    [124.34211340400407, 100, 0.05],
  ] as const)
    t.true(Math.abs(chiSquareUpper(x, k) - p) < 1e-10, `${x} ${k}`);
  t.is(chiSquareUpper(0, 3), 1);
  t.true(chiSquareUpper(1300, 5) < 1e-200);
  const density = (x: number): number => (x * Math.exp(-x / 2)) / 4; // k = 4
  let integral = 0;
  for (let i = 0; i < 200_000; i++) integral += density(7 + (i + 0.5) * 0.0005) * 0.0005;
  t.true(Math.abs(chiSquareUpper(7, 4) - integral) < 1e-8);
  t.true(Math.abs(chiSquareUpper(1500, 1450) - chiSquareUpper(1399.9, 1350 + (1399.9 - 1400) / 1)) < 0.02);
});
