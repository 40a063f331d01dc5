import test from "ava";
import { ADAM, LINEAR_FTRL, networkBits, trainedBy } from "./network-run.js";
import { deepSpec, factorizedSpec, layer, placementOf, table, twoTowerSpec } from "./network-support.js";
import { OPTIMIZERS, scheduled } from "./optimizer-cases.js";
import { problem, trainOn } from "./support.js";

const data = problem([900, 500, 65], [300], 1, true);
const placement = placementOf(data);
const SMOOTH = { dropout: 0.2, batchNorm: true };

test.serial("networks of every kind learn", async (t) => {
  for (const network of [
    deepSpec([layer(16), layer(8)]),
    deepSpec([layer(16, 0, SMOOTH), layer(8)]),
    factorizedSpec(false, 3),
    factorizedSpec(true, 2),
    twoTowerSpec([layer(8)], 5),
  ]) {
    const outcome = await trainOn(data, { train: { optimizer: ADAM, epochs: 4 }, model: { network }, options: { placement } });
    const { curve } = outcome.metrics;
    t.true(
      curve.at(-1)!.observedLoss! < curve[0]!.observedLoss!,
      JSON.stringify(curve.map(({ observedLoss, validationLoss }) => [observedLoss, validationLoss])),
    );
  }
});

for (const { name, options } of OPTIMIZERS) {
  test.serial(`${name}: one model for 1, 2 and 4 workers, with dropout and batch norm`, async (t) => {
    const optimizer = trainedBy(scheduled(options, { kind: "exponential", decay: 0.7, steps: 10 }, 2, 0.01));
    const network = deepSpec([layer(9, 6, SMOOTH), layer(6, 7, { batchNorm: true })], {
      linear: ["c0", "x0"],
      tables: [table("c1", 5, { l2: 1e-3 }), table("c3", 3), table("m", 4, { maxNorm: 0.3 })],
    });
    const run = { train: { ...optimizer, linearOptimizer: LINEAR_FTRL, epochs: 1 }, model: { network } };
    const one = networkBits(await trainOn(data, { ...run, options: { placement } }));
    for (const workers of [2, 4]) t.is(networkBits(await trainOn(data, { ...run, options: { placement, workers } })), one, `${workers} workers`);
  });
}

test.serial("every kind of network is one model for 1 and 3 workers", async (t) => {
  for (const network of [factorizedSpec(true, 2), factorizedSpec(false, 3), twoTowerSpec([layer(6, 4, SMOOTH)], 4)]) {
    const run = { train: { optimizer: ADAM, epochs: 1 }, model: { network } };
    t.is(
      networkBits(await trainOn(data, { ...run, options: { placement, workers: 3 } })),
      networkBits(await trainOn(data, { ...run, options: { placement } })),
    );
  }
});
