import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import fc from "fast-check";
import { atOnce, Serial } from "../dist/tune/at-once.js";
import { ranked, sparsestWithinOne } from "../dist/tune/choose.js";

test("trials are ranked by the metric's direction; equal ones keep their order, undefined ones come last", (t) => {
  t.deepEqual(ranked([0.3, 0.1, Number.NaN, 0.1, 0.2], "loss"), [1, 3, 4, 0, 2]);
  t.deepEqual(ranked([0.3, 0.1, Number.NaN, 0.3, 0.2], "auc"), [0, 3, 4, 1, 2]);
  t.deepEqual(ranked([Number.NaN, Number.NaN], "loss"), [0, 1]);
});

test("one standard error: the sparsest whose loss is at most the best's and its error", (t) => {
  const trials = [
    { value: 0.5, loss: 0.5, lossStandardError: 0.02, nonZero: 900 },
    { value: 0.515, loss: 0.515, lossStandardError: 0.5, nonZero: 40 },
    { value: 0.521, loss: 0.521, lossStandardError: 0.5, nonZero: 3 },
    { value: 0.51, loss: 0.51, lossStandardError: 0.5, nonZero: 40 },
    { value: Number.NaN, loss: Number.NaN, lossStandardError: Number.NaN, nonZero: 0 },
  ];
  t.deepEqual(sparsestWithinOne(trials, 0), { index: 3, limit: 0.52 });
  t.is(sparsestWithinOne([{ value: 1, loss: 1, lossStandardError: Number.NaN, nonZero: 1 }], 0), null);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.nat(8)), { minLength: 1, maxLength: 20 }), (rows) => {
      const all = rows.map(([loss, nonZero]) => ({ value: loss, loss, lossStandardError: 2, nonZero }));
      const best = ranked(
        all.map(({ loss }) => loss),
        "loss",
      )[0]!;
      const found = sparsestWithinOne(all, best)!;
      t.true(all[found.index]!.loss <= all[best]!.loss + 2);
      t.false(all.some(({ loss, nonZero }) => loss <= all[best]!.loss + 2 && nonZero < all[found.index]!.nonZero));
    }),
  );
});

test("work at once: never more than asked for, results in order, the first failure ends it", async (t) => {
  let running = 0;
  let most = 0;
  const results = await atOnce(
    [5, 1, 4, 1, 3],
    2,
    async (ms, index) => {
      most = Math.max(most, ++running);
      await sleep(ms);
      running--;
      return `${index}:${ms}`;
    },
    () => t.fail(),
  );
  t.deepEqual(results, ["0:5", "1:1", "2:4", "3:1", "4:3"]);
  t.is(most, 2);
  const begun: number[] = [];
  let stopped = 0;
  const failing = atOnce(
    [0, 1, 2, 3, 4, 5],
    2,
    async (item) => {
      begun.push(item);
      await sleep(2);
      if (item === 1) throw new Error("one");
    },
    () => stopped++,
  );
  t.is((await t.throwsAsync(failing)).message, "one");
  t.is(stopped, 1);
  t.true(begun.length < 6);
});

test("serial work never overlaps, and goes on after a failure", async (t) => {
  const serial = new Serial();
  let running = 0;
  const piece = async (ms: number): Promise<number> => {
    t.is(++running, 1);
    await sleep(ms);
    running--;
    if (ms === 2) throw new Error("two");
    return ms;
  };
  const settled = await Promise.allSettled([3, 2, 1].map((ms) => serial.run(() => piece(ms))));
  t.deepEqual(
    settled.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
});
