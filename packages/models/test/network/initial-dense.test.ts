import { v1 } from "@crossbill/messages";
import test from "ava";
import { initialDense, initialRunning } from "../../dist/index.js";
import { DEEP, FACTORIZED, layer, planOf } from "./example.js";

const Initial = v1.InitializerSpec.Kind;
const Activation = v1.ActivationSpec.Kind;

function moments(values: Float32Array): { mean: number; deviation: number; most: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
  return { mean, deviation, most: values.reduce((most, x) => Math.max(most, Math.abs(x)), 0) };
}

/** The first layer's weights: 26 inputs, 500 units. */
function weights(initializer: v1.IInitializerSpec | undefined, kind: v1.ActivationSpec.Kind, seed = 7): Float32Array {
  const plan = planOf({ ...DEEP, tower: { ...DEEP.tower, hidden: [layer(500, kind, initializer === undefined ? {} : { initializer })] } });
  return initialDense(plan, seed).subarray(0, 26 * 500);
}

test("weights have the deviation and the bounds of their initialiser", (t) => {
  const near = (x: number, wanted: number): boolean => t.true(Math.abs(x / wanted - 1) < 0.03, `${x}, not about ${wanted}`);
  const bound = Math.sqrt(6 / 526);
  for (const kind of [Activation.RELU, Activation.GELU]) near(moments(weights(undefined, kind)).deviation, Math.sqrt(2 / 26));
  for (const kind of [Activation.TANH, Activation.SOFTPLUS]) {
    const { deviation, most } = moments(weights(undefined, kind));
    near(deviation, bound / Math.sqrt(3));
    t.true(most <= Math.fround(bound) && most > 0.99 * bound);
  }
  const cut = moments(weights({ kind: Initial.TRUNCATED_NORMAL, scale: 0.5 }, Activation.RELU));
  near(cut.deviation, 0.5 * 0.8796);
  t.true(cut.most <= 1 && cut.most > 0.98);
  near(moments(weights({ kind: Initial.NORMAL, scale: 0.5 }, Activation.RELU)).deviation, 0.5);
  near(moments(weights({ kind: Initial.UNIFORM, scale: 0.5 }, Activation.RELU)).deviation, 0.5 / Math.sqrt(3));
  t.true(weights({ kind: Initial.ZEROS }, Activation.RELU).every((w) => w === 0));
  t.true(Math.abs(moments(weights(undefined, Activation.RELU)).mean) < 0.01);
});

test("the seed alone decides, and a layer's weights do not depend on other layers' widths", (t) => {
  t.deepEqual(weights(undefined, Activation.RELU, 7), weights(undefined, Activation.RELU, 7));
  t.notDeepEqual(weights(undefined, Activation.RELU, 7), weights(undefined, Activation.RELU, 8));
  const last = (units: number): Float32Array => {
    const plan = planOf({ ...DEEP, tower: { ...DEEP.tower, hidden: [layer(units), layer(3)] } });
    const { weights: at } = plan.towers[0]!.layers[2]!;
    return initialDense(plan, 5).subarray(at, at + 3);
  };
  t.deepEqual(last(4), last(9));
});

test("biases of hidden layers are within 1 / sqrt(inputs), beta 0, gamma 1, slopes as asked for, running variances 1", (t) => {
  const plan = planOf(DEEP);
  const dense = initialDense(plan, 3);
  const [first, second] = plan.towers[0]!.layers;
  const biases = [...dense.subarray(first!.bias, first!.bias + 4)];
  t.true(biases.every((b) => b !== 0 && Math.abs(b) <= 1 / Math.sqrt(first!.inputs)) && new Set(biases).size === 4, biases.join(" "));
  t.deepEqual([...dense.subarray(first!.slopes, first!.slopes + 4)], [0.25, 0.25, 0.25, 0.25]);
  t.deepEqual([...dense.subarray(second!.gamma, second!.gamma + 6)], [1, 1, 1, 0, 0, 0]);
  t.deepEqual([...initialRunning(plan)], [0, 0, 0, 1, 1, 1]);
});

test("vectors of numbers are small and not 0", (t) => {
  const dense = initialDense(planOf(FACTORIZED), 3);
  t.is(dense.length, 6);
  t.true(dense.every((x) => x !== 0 && Math.abs(x) < 0.5));
});
