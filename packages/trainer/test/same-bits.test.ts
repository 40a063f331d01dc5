import test from "ava";
import { ADAGRAD, bits, FTRL, problem, trainOn } from "./support.js";

const data = problem([900, 500, 65], [400, 130]);
const CASES = [
  { name: "FTRL", train: { optimizer: FTRL }, model: { l1: 1e-5, l2: 1e-4 }, many: [2, 8] },
  { name: "Adagrad with penalties", train: { optimizer: ADAGRAD }, model: { l1: 1e-4, l2: 1e-4 }, many: [5] },
  { name: "Adagrad on squared loss, evaluated in mid-epoch", train: { optimizer: ADAGRAD, evaluateEverySteps: 3 }, model: { head: 1 }, many: [2] },
];

for (const { name, train, model, many } of CASES) {
  test.serial(`${name}: one model for ${many.join(", ")} workers, and with little memory`, async (t) => {
    const wanted = bits(await trainOn(data, { train, model, options: { workers: 1 } }));
    for (const workers of many) t.is(bits(await trainOn(data, { train, model, options: { workers } })), wanted, `${workers} workers`);
    t.is(bits(await trainOn(data, { train, model, options: { memoryBytes: 0 } })), wanted, "one block at a time");
    t.is(bits(await trainOn(data, { train, model, options: { memoryBytes: 500_000, workers: 3 } })), wanted, "a few blocks at a time");
  });
}

test.serial("random sleeps before every barrier change nothing", async (t) => {
  const { model, train } = CASES[1]!;
  const wanted = bits(await trainOn(data, { train, model }));
  process.env["CROSSBILL_FAULT"] = "gang:*:sleep";
  try {
    t.is(bits(await trainOn(data, { train, model, options: { workers: 3 } })), wanted);
  } finally {
    delete process.env["CROSSBILL_FAULT"];
  }
});

test.serial("another seed, or no shuffling, is another model; an equal one is equal", async (t) => {
  const one = bits(await trainOn(data));
  t.is(bits(await trainOn(data)), one);
  t.not(bits(await trainOn(data, { train: { seed: 8 } })), one);
  t.not(bits(await trainOn(data, { train: { shuffle: false } })), one);
});
