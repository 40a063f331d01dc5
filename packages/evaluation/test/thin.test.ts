import test from "ava";
import fc from "fast-check";
import { thinned } from "../dist/thin.js";

const curve = fc.array(fc.tuple(fc.nat(10), fc.nat(10)), { minLength: 1, maxLength: 400 }).map((steps) => {
  let [x, y] = [0, 0];
  const points = steps.map(([dx, dy]) => {
    x += dx;
    y += dy;
    return [x, y] as const;
  });
  return { x: points.map((p) => p[0]), y: points.map((p) => p[1]) };
});

test("a thinned curve keeps its ends, its order and the limit", (t) => {
  fc.assert(
    fc.property(curve, fc.integer({ min: 2, max: 100 }), ({ x, y }, most) => {
      const kept = thinned(x, y, most);
      return kept.length <= Math.max(most, 1) && kept[0] === 0 && kept.at(-1) === x.length - 1 && kept.every((index, i) => i === 0 || index > kept[i - 1]!);
    }),
  );
  t.pass();
});

test("no part of the way between two kept points is longer than two steps", (t) => {
  const n = 10_000;
  const x = Float64Array.from({ length: n }, (_, i) => i / (n - 1));
  const y = Float64Array.from(x, (v) => Math.sqrt(v));
  const kept = thinned(x, y, 100);
  for (let k = 1; k < kept.length; k++) t.true(x[kept[k]!]! - x[kept[k - 1]!]! + y[kept[k]!]! - y[kept[k - 1]!]! <= 4 / 99 + 0.02);
});
