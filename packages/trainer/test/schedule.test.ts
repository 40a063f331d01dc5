import test from "ava";
import fc from "fast-check";
import { rateAt, type Schedule } from "../dist/optimizers/schedule.js";

interface Numbers {
  readonly steps: number;
  readonly decay: number;
  readonly end: number;
  readonly power: number;
}
/** The formulas as they are usually written, with Math.pow. */
const NAIVE: Record<Schedule["kind"], (t: number, rate: number, s: Numbers) => number> = {
  constant: (_, rate) => rate,
  inverseTime: (t, rate, s) => rate / (1 + s.decay * (t / s.steps)),
  inverseSquareRoot: (t, rate, s) => rate * (1 + t / s.steps) ** -0.5,
  exponential: (t, rate, s) => rate * s.decay ** (t / s.steps),
  step: (t, rate, s) => rate * s.decay ** Math.floor(t / s.steps),
  polynomial: (t, rate, s) => (t >= s.steps ? s.end : s.end + (rate - s.end) * (1 - t / s.steps) ** s.power),
};

for (const kind of Object.keys(NAIVE) as Schedule["kind"][]) {
  test(`${kind}: the formula's rate, after a straight warm-up, never above the learning rate`, (t) => {
    const numbers = fc.record({
      steps: fc.integer({ min: 1, max: 2000 }),
      decay: fc.integer({ min: 1, max: 100 }).map((n) => n / 100),
      end: fc.integer({ min: 0, max: 10 }).map((n) => n / 1000),
      power: fc.constantFrom(0.5, 1, 2, 3.7),
    });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 5000 }), (s, warmUp, step) => {
        const rate = { learningRate: 0.01, schedule: { kind, ...s } as Schedule, warmUp };
        const got = rateAt(rate, step);
        const wanted = step < warmUp ? (0.01 * (step + 1)) / warmUp : NAIVE[kind](step - warmUp, 0.01, s);
        t.true(Math.abs(got - wanted) <= 1e-12 * wanted + 1e-300, `${got} for ${wanted}`);
        t.true(got >= 0 && got <= 0.01);
        if (step >= warmUp) t.true(rateAt(rate, step + 1) <= got);
      }),
    );
  });
}

test("the first step after a warm-up and the last of it have the whole rate", (t) => {
  const rate = { learningRate: 0.5, schedule: { kind: "inverseTime", steps: 10 }, warmUp: 4 } as const;
  t.deepEqual(
    [0, 1, 3, 4, 14].map((step) => rateAt(rate, step)),
    [0.125, 0.25, 0.5, 0.5, 0.25],
  );
  t.is(rateAt({ learningRate: 0.3 }, 1e9), 0.3);
  t.is(rateAt({ learningRate: 0.01, schedule: { kind: "polynomial", steps: 9, end: 0.001 } }, 0), 0.01);
});
