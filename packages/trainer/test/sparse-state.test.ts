import { CrossbillError } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { initialWords, type OptimizerOptions } from "../dist/optimizers/optimizer-options.js";
import { packOptimizerState, packState, unpackOptimizerState, unpackState } from "../dist/optimizers/sparse-state.js";

const OPTIONS: OptimizerOptions[] = [
  { kind: "sgd", learningRate: 1 },
  { kind: "adagrad", learningRate: 1, initialAccumulator: 0.1 },
  { kind: "adam", learningRate: 1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 },
];

for (const options of OPTIONS) {
  const initial = initialWords(options);
  const words = initial.length;
  test(`a state of ${words} words a feature packed and unpacked is the same, few or many features changed`, (t) => {
    const feature = fc.record({ numbers: fc.array(fc.nat(), { minLength: words, maxLength: words }), step: fc.nat() });
    fc.assert(
      fc.property(fc.array(fc.option(feature, { nil: null }), { maxLength: 40 }), fc.boolean(), (features, withSteps) => {
        const state = Uint32Array.from(features.flatMap((f) => f?.numbers ?? [...initial]));
        const touched = withSteps ? Uint32Array.from(features, (f) => f?.step ?? 0) : null;
        const packed = packState(state, initial, touched);
        const back = Uint32Array.from(features.flatMap(() => [...initial]));
        const steps = withSteps ? new Uint32Array(features.length) : null;
        unpackState(packed, back, words, steps, "x");
        t.deepEqual(back, state);
        // The step of a feature that is as at the start says nothing: its weight is zero.
        const isInitial = (i: number): boolean => initial.every((word, j) => state[words * i + j] === word);
        t.true(steps === null || features.every((f, i) => f === null || steps[i] === f.step || isInitial(i)));
      }),
    );
  });
}

test("a state of another model is refused", (t) => {
  const packed = packState(Uint32Array.of(1, 2, 3, 4), initialWords(OPTIONS[1]!), null);
  t.throws(() => unpackState(packed, new Uint32Array(6), 2, null, "x"), { instanceOf: CrossbillError });
  t.throws(() => unpackState(packed, new Uint32Array(8), 4, null, "x"), { instanceOf: CrossbillError });
});

test("what an optimiser is kept by is as small as what it has seen, and comes back to the byte", (t) => {
  const optimizer = { adagrad: { learningRate: 0.1, initialAccumulator: 0.1 } };
  const start = Math.fround(0.1);
  const state = new Float32Array(2 * 5000).map((_, i) => (i % 2) * start);
  state.set([0.5, 2], 2 * 4321);
  const bytes = new Uint8Array(state.buffer);
  const packed = packOptimizerState(bytes, optimizer);
  t.is(packed.features.length + packed.values.length, 12);
  t.deepEqual(unpackOptimizerState(packed, optimizer, 5000), bytes);
  t.throws(() => unpackOptimizerState(packed, optimizer, 4000), { message: /the kept state of the optimiser/ });
});
