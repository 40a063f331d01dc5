import { v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { arraySource } from "../dist/rows/array-source.js";
import { countPairs } from "../dist/rows/count-pairs.js";
import { orderedSource } from "../dist/rows/ordered-source.js";
import { planTraining } from "../dist/rows/plan.js";
import { orderedRows, orderOf } from "../dist/rows/row-order.js";
import { withTrainingRows } from "./pick-rows.js";
import { ADAGRAD, bits, problem, temporaryFolder, trainOn, trainUntil } from "./support.js";

const order = { pack: 0, seed: 7, mixed: true, part: "all" } as const;

test("every row has one place: learned rows and those held out are all rows, each once, whatever their order", (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 9 }), fc.boolean(), (rows, pack, mixed) => {
      const own = { pack, seed: 3, mixed };
      const learned = orderOf(rows, { ...own, part: "learned" });
      const held = orderOf(rows, { ...own, part: "held" });
      const all = Array.from({ length: rows }, (_, i) => i);
      t.deepEqual(
        [...learned, ...held].sort((a, b) => a - b),
        all,
      );
      t.deepEqual(
        [...held],
        all.filter((row) => row % 10 === 9),
      );
      t.deepEqual(
        [...orderOf(rows, { ...own, part: "all" })].sort((a, b) => a - b),
        all,
      );
      if (!mixed) t.deepEqual([...orderOf(rows, { ...own, part: "all" })], all);
      for (const part of ["all", "learned", "held"] as const) t.is(orderOf(rows, { ...own, part }).length, orderedRows(rows, { ...own, part }));
    }),
    { numRuns: 200 },
  );
});

test("rows that stand together do not stay together, and every pack has an order of its own", (t) => {
  const mixed = orderOf(10_000, order);
  const near = mixed.filter((row, i) => i > 0 && Math.abs(row - mixed[i - 1]!) < 100).length;
  t.true(near < 300, `${near} of 10,000`); // of as many as 200 by chance
  t.notDeepEqual(orderOf(10_000, { ...order, pack: 1 }), mixed);
  t.notDeepEqual(orderOf(10_000, { ...order, seed: 8 }), mixed);
});

test("a mixed source gives the rows of the order, columns, weights and pairs together, and says their places", async (t) => {
  const p = problem([700, 333], [], 5, true);
  const plan = planTraining(p.manifest, 64, null, { seed: 7, mixed: true, holdsOut: false });
  const source = orderedSource(arraySource(p.packs), plan.packs, p.inputs);
  const counted = await countPairs(plan, source, p.inputs, () => undefined);
  const seen = p.packs.map(({ label }) => new Uint8Array(label.length));
  let opened = -1;
  for (const { pack, from, to, pairs } of counted.blocks) {
    if (opened !== pack) await source.open(pack);
    opened = pack;
    const rows = await source.read(from, to);
    const own = p.packs[pack]!;
    t.is(rows.rows, to - from);
    const list = rows.pairs("m");
    t.is(list.ids.length, pairs);
    for (const [i, place] of rows.places!.entries()) {
      seen[pack]![place]!++;
      t.is(rows.label[i], own.label[place]);
      t.is(rows.weight[i], own.weight[place]);
      t.is(rows.ids("c3")[i], own.ids["c3"]![place]);
      t.is(rows.numbers("x1")[i], own.numbers["x1"]![place]);
      const mine = own.pairs!["m"]!;
      t.deepEqual(list.ids.slice(list.offsets[i]!, list.offsets[i + 1]!), mine.ids.slice(mine.offsets[place]!, mine.offsets[place + 1]!));
    }
  }
  for (const pack of seen) t.true(pack.every((n) => n === 1));
});

test.serial("early stopping without validation rows holds every tenth row out: the training is that of rows parted by hand, and it is said", async (t) => {
  const p = problem([600, 395], [], 2, true);
  const train = { optimizer: ADAGRAD, epochs: 12, batchSize: 32, earlyStopping: { metric: "logLoss", patience: 2 } };
  const outcome = await trainOn(p, { train });
  const held = (row: number): boolean => row % 10 === 9;
  const learned = withTrainingRows(p, ({ label }) => Uint32Array.from(label.keys()).filter((row) => !held(row)));
  const judged = withTrainingRows(p, ({ label }) => Uint32Array.from(label.keys()).filter(held));
  const packs = [
    ...(learned.manifest.partitions[0]!.packs ?? []),
    ...judged.manifest.partitions[0]!.packs!.map((pack) => ({ ...pack, part: v1.Part.VALIDATION })),
  ];
  const twin = await trainOn(
    { inputs: p.inputs, packs: [...learned.packs, ...judged.packs], manifest: v1.IngestManifest.create({ ...p.manifest, partitions: [{ packs }] }) },
    { train },
  );
  t.is(bits(outcome), bits(twin));
  t.deepEqual(outcome.metrics.curve, twin.metrics.curve);
  t.true(outcome.metrics.stoppedEarly && outcome.metrics.bestStep < outcome.metrics.steps);
  t.regex(outcome.warnings.join("\n"), /every 10th row of the training part is held out/);
  t.is(twin.warnings.length, 0);
  for (const options of [{ workers: 3 }, { workers: 2, memoryBytes: 0 }]) t.is(bits(await trainOn(p, { train, options })), bits(outcome));
});

test.serial("a training on mixed rows and rows held out that is stopped goes on to the same bits", async (t) => {
  const p = problem([2500], [], 3);
  const train = { optimizer: ADAGRAD, epochs: 6, batchSize: 32, checkpointEverySteps: 20, earlyStopping: { metric: "logLoss", patience: 9 } };
  const calm = await trainOn(p, { train });
  const root = temporaryFolder();
  await t.throwsAsync(trainUntil(70, p, { root, train }), { code: "E_ABORTED" });
  const again = await trainOn(p, { root, train });
  t.true(again.resumedFromStep > 0);
  t.is(bits(again), bits(calm));
});
