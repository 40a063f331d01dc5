import test from "ava";
import type { TfjsBackend } from "../dist/index.js";
import { checkAgainstTwin } from "./agreement.js";
import { engineOrSkip } from "./engines.js";
import { ACTIVATIONS, example } from "./towers.js";

for (const backend of ["tfjs-wasm", "tfjs-node"] satisfies TfjsBackend[]) {
  test.serial(`${backend}: every activation has the value and the derivatives of its twin`, async (t) => {
    const engine = await engineOrSkip(t, backend);
    if (engine === null) return;
    for (const [name, activation] of Object.entries(ACTIVATIONS)) checkAgainstTwin(t, engine, example(1, 4, [{ units: 6, activation }], 2, 9), name);
  });

  test.serial(`${backend}: dropout, batch norm with weights, and both after every activation`, async (t) => {
    const engine = await engineOrSkip(t, backend);
    if (engine === null) return;
    for (const [name, activation] of Object.entries(ACTIVATIONS))
      for (const [i, extra] of [{ dropout: 0.4 }, { batchNorm: true }, { batchNorm: true, dropout: 0.3 }].entries())
        checkAgainstTwin(t, engine, example(2 + i, 3, [{ units: 5, activation, ...extra }], 1, 13, true), `${name} ${JSON.stringify(extra)}`);
  });

  test.serial(`${backend}: deep towers, one row, many rows, no hidden layers`, async (t) => {
    const engine = await engineOrSkip(t, backend);
    if (engine === null) return;
    const { relu, tanh, prelu } = ACTIVATIONS;
    const deep = [
      { units: 7, activation: relu!, batchNorm: true, dropout: 0.2 },
      { units: 5, activation: tanh! },
      { units: 4, activation: prelu!, batchNorm: true },
    ];
    checkAgainstTwin(t, engine, example(7, 6, deep, 3, 70, true), "three hidden layers");
    checkAgainstTwin(t, engine, example(8, 3, deep.slice(1, 2), 1, 1), "one row");
    checkAgainstTwin(t, engine, example(9, 4, [], 2, 5), "no hidden layer");
  });
}
