import test from "ava";
import type { TrainOutcome } from "../dist/train-options.js";
import { deepSpec, factorizedSpec, layer, placementOf, twoTowerSpec } from "./network-support.js";
import { OPTIMIZERS, scheduled, specOf } from "./optimizer-cases.js";
import { bits, problem, trainOn } from "./support.js";

const data = problem([900, 500, 65], [300], 1, true);
const placement = placementOf(data);
const SMOOTH = { dropout: 0.2, batchNorm: true };

const LINEAR = { ftrl: { alpha: 0.1, beta: 1, l1: 0.1, l2: 0.01 } };
const adam = specOf(OPTIMIZERS.find(({ name }) => name === "Adam")!.options);

function allBits(outcome: TrainOutcome): string {
  const { dense, running, tables } = outcome.network!;
  const hex = (x: Float32Array | Uint32Array): string => Buffer.from(x.buffer, x.byteOffset, x.byteLength).toString("hex");
  return [bits(outcome), hex(dense), hex(running), ...tables.flatMap(({ ids, vectors }) => [hex(ids), hex(vectors)])].join();
}

test.serial("networks of every kind learn", async (t) => {
  for (const network of [
    deepSpec([layer(16), layer(8)]),
    deepSpec([layer(16, 0, SMOOTH), layer(8)]),
    factorizedSpec(false, 3),
    factorizedSpec(true, 2),
    twoTowerSpec([layer(8)], 5),
  ]) {
    const outcome = await trainOn(data, { train: { optimizer: adam, epochs: 4 }, model: { network }, options: { placement } });
    const { curve } = outcome.metrics;
    t.true(
      curve.at(-1)!.observedLoss! < curve[0]!.observedLoss!,
      JSON.stringify(curve.map(({ observedLoss, validationLoss }) => [observedLoss, validationLoss])),
    );
  }
});

for (const { name, options } of OPTIMIZERS) {
  if (options.kind === "ftrl") continue;
  test.serial(`${name}: one model for 1, 2 and 4 workers, with dropout and batch norm`, async (t) => {
    const optimizer = specOf(scheduled(options, { kind: "exponential", decay: 0.7, steps: 10 }, 2, 0.01));
    const network = deepSpec([layer(9, 6, SMOOTH), layer(6, 7, { batchNorm: true })], { linear: ["c0", "x0"] });
    const run = { train: { optimizer, linearOptimizer: LINEAR, epochs: 1 }, model: { network } };
    const one = allBits(await trainOn(data, { ...run, options: { placement } }));
    for (const workers of [2, 4]) t.is(allBits(await trainOn(data, { ...run, options: { placement, workers } })), one, `${workers} workers`);
  });
}

test.serial("every kind of network is one model for 1 and 3 workers", async (t) => {
  for (const network of [factorizedSpec(true, 2), factorizedSpec(false, 3), twoTowerSpec([layer(6, 4, SMOOTH)], 4)]) {
    const run = { train: { optimizer: adam, epochs: 1 }, model: { network } };
    t.is(allBits(await trainOn(data, { ...run, options: { placement, workers: 3 } })), allBits(await trainOn(data, { ...run, options: { placement } })));
  }
});
