import test from "ava";
import { ADAGRAD, bits, FTRL, problem, trainOn } from "./support.js";

const data = problem([900, 500, 65], [400, 130]);
const CASES = [
  { name: "FTRL", train: { optimizer: FTRL }, model: { l1: 1e-5, l2: 1e-4 } },
  { name: "Adagrad with penalties", train: { optimizer: ADAGRAD }, model: { l1: 1e-4, l2: 1e-4 } },
  { name: "Adagrad on squared loss, evaluated in mid-epoch", train: { optimizer: ADAGRAD, evaluateEverySteps: 3 }, model: { head: 1 } },
];

for (const { name, train, model } of CASES) {
  test.serial(`${name}: one model for 1, 2, 3, 4 and 8 workers`, async (t) => {
    const found = new Set<string>();
    for (const workers of [1, 2, 3, 4, 8]) found.add(bits(await trainOn(data, { train, model, options: { workers } })));
    t.is(found.size, 1);
  });

  test.serial(`${name}: the same model with little memory, with random sleeps before every barrier, and in one thread with a lot`, async (t) => {
    const wanted = bits(await trainOn(data, { train, model, options: { workers: 1 } }));
    t.is(bits(await trainOn(data, { train, model, options: { memoryBytes: 0 } })), wanted, "one block at a time");
    t.is(bits(await trainOn(data, { train, model, options: { memoryBytes: 500_000, workers: 3 } })), wanted, "a few blocks at a time");
    process.env["CROSSBILL_FAULT"] = "gang:*:sleep";
    try {
      t.is(bits(await trainOn(data, { train: { ...train, epochs: 1 }, model, options: { workers: 3 } })), bits(await trainOn(data, { train: { ...train, epochs: 1 }, model, options: { workers: 1 } })));
    } finally {
      delete process.env["CROSSBILL_FAULT"];
    }
  });
}

test.serial("another seed, or no shuffling, is another model; an equal one is equal", async (t) => {
  const one = bits(await trainOn(data));
  t.is(bits(await trainOn(data)), one);
  t.not(bits(await trainOn(data, { train: { seed: 8 } })), one);
  t.not(bits(await trainOn(data, { train: { shuffle: false } })), one);
});
