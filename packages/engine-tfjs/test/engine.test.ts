import { type DenseEngine, wasmEngine } from "@crossbill/models";
import test, { type ExecutionContext } from "ava";
import { checkAgainstTwin, close } from "./agreement.js";
import { engineOrSkip } from "./engines.js";
import { ACTIVATIONS, example } from "./towers.js";

const ENGINES: Record<string, (t: ExecutionContext) => Promise<DenseEngine | null>> = {
  wasm: async () => wasmEngine(),
  "tfjs-wasm": (t) => engineOrSkip(t, "tfjs-wasm"),
  "tfjs-node": (t) => engineOrSkip(t, "tfjs-node"),
};

for (const [name, engineOf] of Object.entries(ENGINES)) {
  test.serial(`${name}: every activation has the value and the derivatives of its twin`, async (t) => {
    const engine = await engineOf(t);
    if (engine === null) return;
    for (const [kind, activation] of Object.entries(ACTIVATIONS)) checkAgainstTwin(t, engine, example(1, 4, [{ units: 6, activation }], 2, 9), kind);
  });

  test.serial(`${name}: dropout, batch norm with weights, and both with every activation`, async (t) => {
    const engine = await engineOf(t);
    if (engine === null) return;
    for (const [kind, activation] of Object.entries(ACTIVATIONS))
      for (const [i, extra] of [{ dropout: 0.4 }, { batchNorm: true }, { batchNorm: true, dropout: 0.3 }].entries())
        checkAgainstTwin(t, engine, example(2 + i, 3, [{ units: 5, activation, ...extra }], 1, 13, true), `${kind} ${JSON.stringify(extra)}`);
  });

  test.serial(`${name}: deep towers, one row, several panels, no hidden layer, a block without weight`, async (t) => {
    const engine = await engineOf(t);
    if (engine === null) return;
    const { relu, tanh, prelu, rrelu } = ACTIVATIONS;
    const deep = [
      { units: 7, activation: relu!, batchNorm: true, dropout: 0.2 },
      { units: 5, activation: tanh! },
      { units: 4, activation: prelu!, batchNorm: true },
      { units: 3, activation: rrelu! },
    ];
    checkAgainstTwin(t, engine, example(7, 6, deep, 3, 70, true), "four hidden layers");
    checkAgainstTwin(t, engine, example(8, 3, deep.slice(1, 2), 1, 1), "one row");
    checkAgainstTwin(t, engine, example(9, 2, [{ units: 3, activation: tanh!, batchNorm: true }], 1, 64 * 18 + 5, true), "more panels than lanes");
    checkAgainstTwin(t, engine, example(10, 4, [], 2, 5), "no hidden layer");
    const idle = example(11, 3, deep.slice(0, 2), 2, 6);
    checkAgainstTwin(t, engine, { ...idle, batch: { ...idle.batch, weights: new Float64Array(6) } }, "no weight");
  });
}

test.serial("blocks as they are trained: engines agree with the built-in one", async (t) => {
  const { relu, gelu, silu } = ACTIVATIONS;
  const hidden = [
    { units: 100, activation: relu!, dropout: 0.2 },
    { units: 50, activation: gelu!, batchNorm: true },
    { units: 20, activation: silu! },
  ];
  const { tower, numbers, batch } = example(21, 64, hidden, 3, 700, true);
  const scaled = { ...numbers, dense: numbers.dense.map((w) => w / 5) };
  const derivative = (outputs: Float32Array): Float32Array => outputs.map((o) => o / 700);
  const own = wasmEngine().train(tower, scaled, batch, derivative);
  for (const name of ["tfjs-wasm", "tfjs-node"]) {
    const engine = await ENGINES[name]!(t);
    if (engine === null) continue;
    const pass = engine.train(tower, scaled, batch, derivative);
    for (const part of ["outputs", "dense", "inputs", "running"] as const) close(t, pass[part], own[part], `${name}: ${part}`);
    close(t, engine.predict(tower, scaled, batch.inputs, 700), wasmEngine().predict(tower, scaled, batch.inputs, 700), `${name}: prediction`);
  }
});
