import { CrossbillError } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { initialWords } from "../dist/optimizer.js";
import { packState, unpackState } from "../dist/sparse-state.js";

const initial = initialWords({ kind: "adagrad", learningRate: 1, initialAccumulator: 0.1 });

test("a state packed and unpacked is the same, few or many features changed", (t) => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { nil: null }), { maxLength: 40 }), fc.boolean(), (features, withSteps) => {
      const state = Uint32Array.from(features.flatMap((f) => (f === null ? initial : [f[0], f[1]])));
      const touched = withSteps ? Uint32Array.from(features, (f) => f?.[2] ?? 0) : null;
      const packed = packState(state, initial, touched);
      const back = Uint32Array.from(features.flatMap(() => initial));
      const steps = withSteps ? new Uint32Array(features.length) : null;
      unpackState(packed, back, steps, "x");
      t.deepEqual(back, state);
      // The step of a feature that is as at the start says nothing: its weight is zero.
      const told = (i: number): boolean =>
        features[i] == null || steps?.[i] === features[i]![2] || (state[2 * i] === initial[0] && state[2 * i + 1] === initial[1]);
      t.true(steps === null || features.every((_, i) => told(i)));
    }),
  );
});

test("a state of another model is refused", (t) => {
  const packed = packState(Uint32Array.of(1, 2, 3, 4), initial, null);
  t.throws(() => unpackState(packed, new Uint32Array(6), null, "x"), { instanceOf: CrossbillError });
});
