import { v1 } from "@crossbill/messages";
import test from "ava";
import { planTraining } from "../dist/rows/plan.js";
import type { TrainOutcome } from "../dist/train-options.js";
import { observedBlocks } from "../dist/watch/observer.js";
import { ADAGRAD, FTRL, logits, type Problem, problem, temporaryFolder, trainOn, withClasses } from "./support.js";

const { LOGISTIC, NCE, SAMPLED_SOFTMAX, SOFTMAX, SQUARED } = v1.Head;
const EXACT = { exact: { tolerance: 1e-9, maxIterations: 100 } };
const codes = ({ metrics }: TrainOutcome): string[] => metrics.diagnostics.map(({ code }) => code!);

/** Validation rows predicted below 0 or above 1, counted from the returned weights. */
function outside(p: Problem, outcome: TrainOutcome, first: number): number {
  return p.packs.slice(first).reduce((sum, pack) => sum + logits(p.inputs, pack, outcome).filter(([z]) => z! < 0 || z! > 1).length, 0);
}

test.serial("squared on labels 0 and 1 is told, with the validation rows outside [0, 1], by every solver and any number of workers", async (t) => {
  const p = problem([900, 700], [400, 130], 3);
  for (const optimizer of [FTRL, ADAGRAD, EXACT]) {
    const run = { train: { optimizer, epochs: 4 }, model: { head: SQUARED, l2: 1e-6 } };
    const one = await trainOn(p, run);
    t.deepEqual(codes(one), ["D_SQUARED_ON_BINARY"]);
    const counted = outside(p, one, 2);
    t.true(counted > 0, `${counted}`);
    t.is(one.metrics.diagnostics[0]!.value, counted / 530);
    t.true(one.metrics.diagnostics[0]!.message!.includes(`${counted} of 530`) && one.metrics.diagnostics[0]!.message!.includes("logistic"));
    t.deepEqual((await trainOn(p, { ...run, options: { workers: 3, memoryBytes: "exact" in optimizer ? 2 ** 30 : 0 } })).metrics, one.metrics);
  }
});

test.serial("it is known of a finished training too, and not of other labels or heads", async (t) => {
  const p = problem([900], [400], 3);
  const root = temporaryFolder();
  const model = { head: SQUARED };
  const first = await trainOn(p, { root, model });
  const again = await trainOn(p, { root, model });
  t.is(again.rowsProcessed, 0);
  t.deepEqual(again.metrics, first.metrics);
  t.deepEqual(codes(await trainOn(p, { model: { head: LOGISTIC } })), []);
  p.packs[0]!.label[899] = 0.5;
  for (const optimizer of [FTRL, EXACT]) t.deepEqual(codes(await trainOn(p, { train: { optimizer }, model })), []);
  const without = await trainOn(problem([300], []), { model });
  t.is(without.metrics.diagnostics[0]!.value, Number.NaN);
});

test.serial("the sampled loss and that of all classes are of the same rows and weights", async (t) => {
  const p = withClasses(problem([900, 500, 65], [400], 1, true));
  for (const head of [SAMPLED_SOFTMAX, NCE]) {
    const run = { train: { optimizer: ADAGRAD, epochs: 6, batchSize: 64 }, model: { head, samples: 1, l2: 1e-4 } };
    const one = await trainOn(p, run);
    const found = v1.SampledLoss.create(one.metrics.sampledLoss!);
    t.is(found.correction, "logExpectedCount");
    const { full, weight, rows } = fullLoss(p, one, 64);
    t.is(found.rows, rows);
    t.true(Math.abs(found.full - full / weight) < 1e-5, `${found.full} ${full / weight}`);
    t.true(Number.isFinite(found.sampled) && Math.abs(found.sampled - found.full) > 1e-3, `${found.sampled}`);
    t.deepEqual((await trainOn(p, { ...run, options: { workers: 3, memoryBytes: 0 } })).metrics, one.metrics);
  }
  const all = await trainOn(p, { train: { optimizer: ADAGRAD }, model: { head: SAMPLED_SOFTMAX, samples: 3 } });
  t.is(all.metrics.sampledLoss!.sampled, all.metrics.sampledLoss!.full);
  t.is(all.metrics.sampledLoss!.correction, "none");
  const full = await trainOn(p, { train: { optimizer: ADAGRAD }, model: { head: SOFTMAX } });
  t.falsy(full.metrics.sampledLoss);
  t.deepEqual(all.metrics.curve, full.metrics.curve, "gradient norms as well");
});

/** Softmax loss of the observed training blocks, from the returned weights. */
function fullLoss(p: Problem, outcome: TrainOutcome, batchSize: number): { full: number; weight: number; rows: number } {
  const plan = planTraining(p.manifest, batchSize);
  const sum = { full: 0, weight: 0, rows: 0 };
  for (const b of observedBlocks(plan.trainBlocks, plan.trainBlocks, 7)) {
    const { pack, from, to } = plan.blocks[b]!;
    const z = logits(p.inputs, p.packs[pack]!, outcome).slice(from, to);
    for (const [i, row] of z.entries()) {
      const most = Math.max(...row);
      const y = p.packs[pack]!.label[from + i]!;
      const w = p.packs[pack]!.weight[from + i]!;
      sum.full += w * (most + Math.log(row.reduce((s, x) => s + Math.exp(x - most), 0)) - row[y]!);
      sum.weight += w;
      sum.rows++;
    }
  }
  return sum;
}

test("the blocks that are looked at depend on the plan alone, and are few", (t) => {
  t.deepEqual(observedBlocks(3, 3, 5), observedBlocks(3, 3, 5));
  t.is(observedBlocks(3, 3, 5).length, 1);
  const many = observedBlocks(2000, 2000, 5);
  t.is(many.length, 10);
  t.deepEqual(
    many,
    [...new Set(many)].sort((a, b) => a - b),
  );
  t.notDeepEqual(observedBlocks(2000, 2000, 6), many);
});
