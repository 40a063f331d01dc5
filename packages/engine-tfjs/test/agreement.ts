import { type DenseEngine, type TwinNumbers, towerTwin } from "@crossbill/models";
import { RandomStream } from "@crossbill/numerics";
import type { ExecutionContext } from "ava";
import type { Example } from "./towers.js";

/** Half the step of central differences in float64: their error is near 1e-9. */
const STEP = 1e-5;

/** Of more inputs every second, third, ... is looked at. */
const MOST_INPUTS = 100;

type Numbers = ArrayLike<number>;

/** The engine's outputs, in training and prediction, running statistics and derivatives against the twin in float64 and its central differences. */
export function checkAgainstTwin(t: ExecutionContext, engine: DenseEngine, { tower, numbers, batch }: Example, name: string): void {
  const random = new RandomStream(5, 5);
  const factors = Float32Array.from({ length: batch.rows * tower.outputs }, () => random.normal());
  /** sum of c (o + o^2 / 2) */
  const objective = (given: TwinNumbers, inputs: Numbers): number => {
    const { outputs } = towerTwin(tower, given, rowsOf(inputs, tower.width), batch);
    return outputs.flat().reduce((sum, o, i) => sum + factors[i]! * (o + (o * o) / 2), 0);
  };
  const pass = engine.train(tower, numbers, batch, (outputs) => outputs.map((o, i) => factors[i]! * (1 + o)));

  const twin = towerTwin(tower, numbers, rowsOf(batch.inputs, tower.width), batch);
  close(t, pass.outputs, twin.outputs.flat(), `${name}: outputs in training`);
  close(t, pass.running, twin.running, `${name}: running statistics`);
  const predicted = engine.predict(tower, numbers, batch.inputs, batch.rows);
  close(t, predicted, towerTwin(tower, numbers, rowsOf(batch.inputs, tower.width), null).outputs.flat(), `${name}: outputs in prediction`);

  const dense = Array.from(numbers.dense);
  const inputs = Array.from(batch.inputs);
  const every = Math.ceil(inputs.length / MOST_INPUTS);
  const byInputs = differences(inputs, () => objective(numbers, inputs), every);
  close(
    t,
    pass.inputs.filter((_, i) => i % every === 0),
    byInputs,
    `${name}: derivatives by inputs`,
  );
  const byDense = differences(dense, () => objective({ dense, running: numbers.running }, inputs), 1);
  for (const [l, layer] of tower.layers.entries())
    for (const part of ["weights", "bias", "gamma", "beta", "slopes"] as const) {
      if (layer[part] < 0) continue;
      const range = [layer[part], layer[part] + layer.outputs * (part === "weights" ? layer.inputs : 1)] as const;
      close(t, pass.dense.slice(...range), byDense.slice(...range), `${name}: derivatives by ${part} of layer ${l + 1}`);
    }
  t.true(
    pass.dense.subarray(0, tower.layers[0]!.weights).every((x) => x === 0),
    `${name}: what is not the tower's has no derivative`,
  );
}

/** Within 1e-5 of the largest (or of 1, where all are small). */
export function close(t: ExecutionContext, got: Numbers, want: Numbers, what: string): void {
  t.is(got.length, want.length, what);
  const scale = Array.from(want).reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  for (let i = 0; i < want.length; i++) {
    const error = Math.abs(got[i]! - want[i]!);
    if (!(error <= 1e-5 * scale)) t.fail(`${what}, [${i}]: ${got[i]} instead of ${want[i]}, off by ${error / scale} of ${scale}`);
  }
}

/** By x[0], x[every], ... */
function differences(x: number[], f: () => number, every: number): number[] {
  const at = (i: number, value: number): number => {
    const kept = x[i]!;
    x[i] = value;
    const found = f();
    x[i] = kept;
    return found;
  };
  return Array.from(
    { length: Math.ceil(x.length / every) },
    (_, k) => (at(k * every, x[k * every]! + STEP) - at(k * every, x[k * every]! - STEP)) / (2 * STEP),
  );
}

function rowsOf(values: Numbers, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, r) => Array.from({ length: width }, (_, i) => values[r * width + i]!));
}
