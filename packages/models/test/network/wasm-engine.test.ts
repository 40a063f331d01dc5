import { v1 } from "@crossbill/messages";
import { RandomStream } from "@crossbill/numerics";
import test from "ava";
import fc from "fast-check";
import { activationTwin, type DenseEngine, initialDense, initialRunning, type TowerBatch, type TowerNumbers, towerTwin, wasmEngine } from "../../dist/index.js";
import { DEEP, planOf } from "./example.js";

const plan = planOf(DEEP, {}, 2);
const [tower] = plan.towers;
const engine: DenseEngine = wasmEngine();

function numbersOf(seed: number): TowerNumbers {
  return { dense: initialDense(plan, seed), running: initialRunning(plan) };
}

function batchOf(seed: number, rows: number): TowerBatch {
  const random = new RandomStream(seed, 1);
  const normals = (n: number): Float32Array => Float32Array.from({ length: n }, () => random.normal());
  return {
    rows,
    inputs: normals(rows * tower!.width),
    weights: Float64Array.from({ length: rows }, () => 1 + random.below(3)),
    masks: tower!.layers.map(({ dropout, outputs }) => (dropout > 0 ? Float32Array.from({ length: rows * outputs }, () => 2 * random.below(2)) : null)),
    slopes: [],
  };
}

const rowsOf = (values: Float32Array, width: number): Float32Array[] =>
  Array.from({ length: values.length / width }, (_, r) => values.slice(r * width, (r + 1) * width));

test("a row's prediction has the same bits alone, in a block, and wherever it stands in it", (t) => {
  fc.assert(
    fc.property(fc.nat(1000), fc.integer({ min: 1, max: 150 }), (seed, rows) => {
      const [numbers, { inputs }] = [numbersOf(seed), batchOf(seed, rows)];
      const together = engine.predict(tower!, numbers, inputs, rows);
      const alone = rowsOf(inputs, tower!.width).flatMap((row) => Array.from(engine.predict(tower!, numbers, row, 1)));
      t.deepEqual(Array.from(together), alone);
      const reversed = Float32Array.from(
        rowsOf(inputs, tower!.width)
          .toReversed()
          .flatMap((row) => Array.from(row)),
      );
      t.deepEqual(rowsOf(engine.predict(tower!, numbers, reversed, rows), 2).toReversed(), rowsOf(together, 2));
    }),
    { numRuns: 20 },
  );
});

test("a block has the same bits whatever the engine did before, and nothing that is given changes", (t) => {
  const [numbers, batch] = [numbersOf(3), batchOf(3, 77)];
  const before = structuredClone({ numbers, batch });
  const derivative = (outputs: Float32Array): Float32Array => outputs.map((o) => o - 1);
  const first = engine.train(tower!, numbers, batch, derivative);
  engine.train(tower!, numbersOf(4), batchOf(4, 2000), derivative);
  t.deepEqual(engine.train(tower!, numbers, batch, derivative), first);
  t.deepEqual(wasmEngine().train(tower!, numbers, batch, derivative), first);
  t.deepEqual({ numbers, batch }, before);
});

test("batch norm: a row of weight k is k rows of weight 1, in statistics and in derivatives", (t) => {
  fc.assert(
    fc.property(fc.nat(1000), fc.integer({ min: 2, max: 40 }), (seed, rows) => {
      const [numbers, batch] = [numbersOf(seed), batchOf(seed, rows)];
      const copies = Array.from(batch.weights!, (w, r) => new Array<number>(w).fill(r)).flat();
      const copied = (values: Float32Array, width: number): Float32Array =>
        Float32Array.from(copies.flatMap((r) => Array.from(values.slice(r * width, (r + 1) * width))));
      const one = engine.train(tower!, numbers, batch, (outputs) => outputs.map((o, i) => o * batch.weights![i >> 1]!));
      const apart: TowerBatch = {
        rows: copies.length,
        inputs: copied(batch.inputs, tower!.width),
        weights: null,
        masks: batch.masks.map((mask, l) => (mask === null ? null : copied(mask, tower!.layers[l]!.outputs))),
        slopes: [],
      };
      const many = engine.train(tower!, numbers, apart, (outputs) => outputs);
      const near = (a: Float32Array, b: Float32Array): boolean => {
        const most = a.reduce((m, x) => Math.max(m, Math.abs(x)), 1e-3);
        return a.every((x, i) => Math.abs(x - b[i]!) <= 2e-5 * most);
      };
      t.true(near(one.running, many.running));
      t.true(near(copied(one.outputs, 2), many.outputs));
      t.true(near(one.dense, many.dense));
    }),
    { numRuns: 30 },
  );
});

test("training agrees with the twin in float64, prediction with the twin's prediction", (t) => {
  const [numbers, batch] = [numbersOf(8), batchOf(8, 130)];
  const inputs = rowsOf(batch.inputs, tower!.width).map((row) => Array.from(row));
  const pass = engine.train(tower!, numbers, batch, (outputs) => outputs);
  const twin = towerTwin(tower!, numbers, inputs, batch);
  for (const [i, o] of twin.outputs.flat().entries()) t.true(Math.abs(pass.outputs[i]! - o) <= 1e-5);
  for (const [i, x] of twin.running.entries()) t.true(Math.abs(pass.running[i]! - x) <= 1e-5);
  const after = { dense: numbers.dense, running: pass.running };
  const predicted = engine.predict(tower!, after, batch.inputs, 130);
  for (const [i, o] of towerTwin(tower!, after, inputs, null).outputs.flat().entries()) t.true(Math.abs(predicted[i]! - o) <= 1e-5);
});

test("the twin's activations at points that are known", (t) => {
  const { Kind } = v1.ActivationSpec;
  const at = (kind: v1.ActivationSpec.Kind, z: number, a = 0, slope = 0): number => activationTwin({ kind, a, b: 0 }, z, slope);
  t.deepEqual([at(Kind.RELU, -1), at(Kind.RELU, 2), at(Kind.RELU_N, 9, 6), at(Kind.LEAKY_RELU, -2, 0, 0.25)], [0, 2, 6, -0.5]);
  t.is(at(Kind.TANH, 0.5), Math.tanh(0.5));
  t.is(at(Kind.TANH, -0.5), -Math.tanh(0.5));
  t.true(Math.abs(at(Kind.ELU, -1, 2) - 2 * (Math.exp(-1) - 1)) < 1e-15);
  t.true(Math.abs(at(Kind.SOFTPLUS, 0) - Math.log(2)) < 1e-15);
  t.true(Math.abs(at(Kind.GELU, 1) - 0.5 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * 1.044715))) < 1e-15);
  t.true(Math.abs(at(Kind.SILU, 1) - 1 / (1 + Math.exp(-1))) < 1e-15);
});
