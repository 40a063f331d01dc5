import { CrossbillError, v1 } from "@crossbill/messages";
import test from "ava";
import { ADAGRAD, FTRL, problem, type Run, trainOn, withClasses } from "./support.js";

const { LOGISTIC, SOFTMAX, SQUARED } = v1.Head;
const SGD = { sgd: { learningRate: 0.1 } };

async function thrown(p: ReturnType<typeof problem>, run: Run): Promise<CrossbillError> {
  try {
    await trainOn(p, run);
  } catch (error) {
    if (error instanceof CrossbillError) return error;
    throw error;
  }
  throw new Error("it did not throw");
}

test.serial("a number too large for float32 ends the run with step, epoch, pack, row, column, value and weight, for any number of workers", async (t) => {
  const p = problem([500, 300], [100]);
  for (const value of [1e308, -1e200]) {
    p.packs[1]!.numbers["x0"]![77] = value;
    for (const workers of [1, 3]) {
      const error = await thrown(p, { train: { shuffle: false, batchSize: 100 }, options: { workers, memoryBytes: workers === 1 ? 2 ** 30 : 0 } });
      t.is(error.code, "E_DIVERGED");
      t.like(error.details, { step: 6, epoch: 1, pack: "pack-1", row: 77, column: "x0", value });
      t.true(Number.isFinite(error.details["weight"]));
      t.regex(
        error.message,
        new RegExp(`step 6, epoch 1, row 77 of pack pack-1: column x0 has the value ${String(value).replace("+", "\\+")}.*, and the weight `),
      );
    }
  }
});

test.serial("the row is that of the pack where rows are left out, too", async (t) => {
  const p = problem([500, 300], [100]);
  p.packs[1]!.label[77] = 1;
  p.packs[1]!.numbers["x0"]![77] = 1e200;
  const sample = { rates: [{ class: "negative", rate: 0.5 }] };
  const error = await thrown(p, { train: { shuffle: false, batchSize: 100, sample } });
  t.like(error.details, { epoch: 1, pack: "pack-1", row: 77, column: "x0", value: 1e200 });
});

test.serial("a number that overflows where it is squared is found by its row, too, and a validation row as one", async (t) => {
  const p = problem([500], [100]);
  p.packs[1]!.numbers["x0"]![7] = 1e200;
  const error = await thrown(p, { train: { optimizer: FTRL, batchSize: 100 }, model: { head: LOGISTIC } });
  t.like(error.details, { step: 5, epoch: 1, pack: "pack-1", row: 7, column: "x0", value: 1e200 });
  t.regex(error.message, /validation loss/);
  const several = withClasses(problem([500], [], 1, true));
  several.packs[0]!.numbers["x1"]![42] = 1e300;
  several.packs[0]!.label[42] = 1;
  t.like((await thrown(several, { train: { optimizer: ADAGRAD, shuffle: false }, model: { head: SOFTMAX } })).details, {
    step: 1,
    row: 42,
    column: "x1",
    value: 1e300,
  });
});

test.serial("a learning rate that is too large ends the run with the column whose weight runs off", async (t) => {
  const p = problem([2000], []);
  for (const optimizer of [{ adagrad: { learningRate: 1e30, initialAccumulator: 0 } }, { sgd: { learningRate: 1e6 } }]) {
    const run = { train: { optimizer, epochs: 30 }, model: { head: SQUARED } };
    const atOnce = "adagrad" in optimizer;
    const error = await thrown(p, run);
    t.is(error.code, "E_DIVERGED");
    const { column, weight, value } = error.details;
    if (!atOnce) t.true(/^[cx]\d$/.test(String(column)) && !(Math.abs(Number(weight) * Number(value)) < 1e30), error.message);
    else t.like(error.details, { epoch: 1 });
    t.regex(error.message, /learning rate/);
    t.deepEqual({ ...(await thrown(p, { ...run, options: { workers: 3 } })).details, member: 0 }, { ...error.details, member: 0 });
  }
});

test.serial("a number that float32 holds and its square does not is found when its weight is gone", async (t) => {
  const p = problem([500, 300], []);
  p.packs[1]!.numbers["x0"]![77] = 1e30;
  p.packs[1]!.label[77] = 0;
  const squares = [
    ADAGRAD,
    { adam: { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } },
    { rmsprop: { learningRate: 0.01, rho: 0.9, epsilon: 1e-8 } },
  ];
  for (const [optimizer, fate] of [
    [FTRL, "the weight of column x0 is NaN"],
    ...squares.map((one) => [one, "the optimiser's state of column x0 is not finite"] as const),
  ] as const) {
    const run = { train: { optimizer, shuffle: false, batchSize: 100 } };
    const error = await thrown(p, run);
    t.like(error.details, { step: 8, epoch: 1, pack: "pack-1", row: 77, column: "x0", value: 1e30 });
    t.true(error.message.includes(`${fate}, since row 77 of pack pack-1 has the value 1e+30`), error.message);
    t.is((await thrown(p, { ...run, options: { workers: 3, memoryBytes: 0 } })).message, error.message);
  }
});

test.serial("a weight that is not finite where nothing is measured any more is named", async (t) => {
  const p = problem([100], []);
  p.packs[0]!.numbers["x0"]![3] = 1e35;
  const error = await thrown(p, { train: { optimizer: { sgd: { learningRate: 1e10 } }, epochs: 1, batchSize: 100 } });
  t.like(error.details, { step: 1, epoch: 1, column: "x0", row: 3, value: 1e35 });
  t.false(Number.isFinite(error.details["weight"]));
});

test.serial("a label that is too large, or no class, is at fault itself", async (t) => {
  const p = problem([300], []);
  p.packs[0]!.label[42] = 1e200;
  const error = await thrown(p, { train: { optimizer: SGD, shuffle: false }, model: { head: SQUARED } });
  t.like(error.details, { step: 1, row: 42, column: null });
  t.regex(error.message, /label/);
});

const EXACT = { exact: { tolerance: 1e-9, maxIterations: 100 } };

test.serial("the exact solver names row, column and value of a number that float64 cannot square", async (t) => {
  for (const head of [LOGISTIC, SQUARED]) {
    for (const l1 of [0, 1e-3]) {
      const p = problem([500, 300], [100]);
      p.packs[1]!.numbers["x0"]![77] = 1e200;
      const error = await thrown(p, { train: { optimizer: EXACT }, model: { head, l1, l2: 1e-3 }, options: { workers: 2 } });
      t.is(error.code, "E_DIVERGED", error.message);
      t.like(error.details, { pack: "pack-1", row: 77, column: "x0", value: 1e200 });
    }
  }
});
