import test from "ava";
import { Zipf } from "../dist/zipf.js";

test("the guide finds the rank that a walk over the probabilities finds", (t) => {
  for (const [size, exponent] of [
    [1, 1],
    [3, 0.8],
    [50, 1.2],
    [1000, 0],
  ] as const) {
    const zipf = new Zipf(size, exponent);
    const weights = Array.from({ length: size }, (_, k) => (k + 1) ** -exponent);
    const total = weights.reduce((a, b) => a + b, 0);
    let start = 0;
    for (let k = 0; k < size; k++) {
      const share = weights[k]! / total;
      t.is(zipf.draw(start + share / 2), k);
      start += share;
    }
    t.is(zipf.draw(0), 0);
    t.is(zipf.draw(1 - 2 ** -53), size - 1);
  }
});
