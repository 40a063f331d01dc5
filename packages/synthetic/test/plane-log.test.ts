import { createHash } from "node:crypto";
import { PLANE_SHAPES, type PlaneShape, planeLog, planePoints } from "@crossbill/synthetic";
import test from "ava";
import { turn } from "../dist/turn.js";

const HASHES: Record<PlaneShape, string> = {
  xor: "daa5901d2d97b502727384da3402c43747160d5dff455404156a21da754c7acd",
  circles: "adedcae6d18d1b181cedee2479a0fa01d06e9326617e4651a42284516f2bdfa9",
  spiral: "2abf3b9a8fb961310e21578cda4b91eefe921cf63b399d0ec3b655b25c9555e9",
  gaussians: "a7af76f109ffd4a12c5654c83c19c1d310aa1a430b17b6b9e3eb5e52fda56089",
};

test("the points have these bytes on every machine; a longer log begins with a shorter one", (t) => {
  for (const shape of PLANE_SHAPES) {
    const hash = createHash("sha256");
    for (const chunk of planeLog(shape, { rows: 500, noise: 0.1 })) hash.update(chunk);
    t.is(hash.digest("hex"), HASHES[shape], shape);
    t.deepEqual([...planePoints(shape, { rows: 20 })], [...planePoints(shape, { rows: 30 })].slice(0, 20));
    t.notDeepEqual([...planePoints(shape, { rows: 20, seed: 2 })], [...planePoints(shape, { rows: 20 })]);
  }
  for (const bad of [{ rows: -1 }, { rows: 0.5 }, { noise: -1 }, { noise: NaN }]) t.throws(() => [...planePoints("xor", bad)], { instanceOf: RangeError });
  t.throws(() => [...planePoints("cube" as PlaneShape)], { instanceOf: RangeError });
});

test("without noise every label is what the shape says of the point; half of them are 1", (t) => {
  for (const shape of PLANE_SHAPES) {
    const points = [...planePoints(shape, { rows: 2000 })];
    const positive = points.filter(({ label }) => label === 1).length;
    t.true(Math.abs(positive - 1000) < 100, `${shape}: ${positive}`);
  }
  const wrong = (shape: PlaneShape, isRight: (x: number, y: number, label: number) => boolean): unknown[] =>
    [...planePoints(shape, { rows: 500 })].filter(({ x, y, label }) => !isRight(x, y, label));
  const inSquare = (x: number): boolean => Math.abs(x) >= 0.3 && Math.abs(x) <= 5;
  t.deepEqual(
    wrong("xor", (x, y, label) => label === (x * y > 0 ? 1 : 0) && inSquare(x) && inSquare(y)),
    [],
  );
  t.deepEqual(
    wrong("circles", (x, y, label) => (label === 1 ? Math.hypot(x, y) < 2.501 : Math.hypot(x, y) > 3.499 && Math.hypot(x, y) < 5.001)),
    [],
  );
  const isOnArm = (x: number, y: number, label: number): boolean => {
    const turns = Math.atan2(y, x) / (2 * Math.PI) - (1.75 * Math.hypot(x, y)) / 5 - label / 2;
    return Math.abs(turns - Math.round(turns)) < 1e-3;
  };
  t.deepEqual(wrong("spiral", isOnArm), []);
});

test("a turn is cosine and sine", (t) => {
  const errors = Array.from({ length: 2001 }, (_, i) => {
    const [cosine, sine] = turn((i - 1000) / 1000);
    const angle = (2 * Math.PI * (i - 1000)) / 1000;
    return Math.max(Math.abs(cosine - Math.cos(angle)), Math.abs(sine - Math.sin(angle)));
  });
  t.true(Math.max(...errors) < 1.5e-15, `${Math.max(...errors)}`);
  t.deepEqual([0, 0.25, 0.5, 0.75].map(turn), [
    [1, 0],
    [-0, 1],
    [-1, -0],
    [0, -1],
  ]);
});
