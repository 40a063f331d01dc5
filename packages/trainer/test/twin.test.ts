import type { PackPairs } from "@crossbill/ingest";
import { buildBlockTwin, buildCsrBlockTwin, type TwinBlock } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import test from "ava";
import { denseFeatures } from "../dist/blocks/inputs.js";
import { ClassSampler } from "../dist/loop/class-sampler.js";
import { blockOrder } from "../dist/loop/loop.js";
import { type TwinRows, TwinTrainer } from "../dist/loop/twin.js";
import { type ClipOptions, clipGroups } from "../dist/optimizers/clip.js";
import type { OptimizerOptions } from "../dist/optimizers/optimizer-options.js";
import type { Schedule } from "../dist/optimizers/schedule.js";
import { planTraining } from "../dist/rows/plan.js";
import { OPTIMIZERS, scheduled, specOf } from "./optimizer-cases.js";
import { type Problem, problem, trainOn, withClasses, withVectors } from "./support.js";

const BATCH = 200;

function twinRows(p: Problem, index: number): TwinRows {
  const { pack, from, to } = planTraining(p.manifest, BATCH).blocks[index]!;
  const source = p.packs[pack]!;
  const columns = p.inputs.categorical.map(({ name, offset }) => ({ ids: source.ids[name]!.subarray(from, to), offset }));
  const x = (name: string): Float64Array => source.numbers[name]!.subarray(from, to);
  const mean = (v: number): number => (Number.isNaN(v) ? 0.25 : v);
  const dense = [
    new Float32Array(to - from).fill(1),
    Float32Array.from(x("x0"), mean),
    Float32Array.from(x("x1"), mean),
    Float32Array.from(x("x1"), (v) => (Number.isNaN(v) ? 1 : 0)),
  ];
  const block = source.pairs === undefined ? buildBlockTwin(columns, to - from) : raggedBlock(p, source.pairs["m"]!, columns, from, to);
  return { block, dense, labels: source.labels?.subarray(3 * from, 3 * to) ?? source.label.subarray(from, to), weights: source.weight.subarray(from, to) };
}

/** Rows of one id a column, then of the pairs. */
function raggedBlock(p: Problem, { offsets, ids, values }: PackPairs, columns: { ids: Uint32Array; offset: number }[], from: number, to: number): TwinBlock {
  const [rowOffsets, all, x]: [number[], number[], number[]] = [[0], [], []];
  for (let row = 0; row < to - from; row++) {
    for (const column of columns) {
      all.push(column.ids[row]! + column.offset);
      x.push(1);
    }
    for (let i = offsets[from + row]!; i < offsets[from + row + 1]!; i++) {
      all.push(ids[i]! + p.inputs.multi[0]!.offset);
      x.push(values![i]!);
    }
    rowOffsets.push(all.length);
  }
  return buildCsrBlockTwin(Uint32Array.from(rowOffsets), all, Float32Array.from(x));
}

const CASES: {
  name: string;
  options: OptimizerOptions;
  head: "logistic" | "squared" | "poisson" | "softmax" | "softSoftmax" | "oneVsRest" | "multiLabel" | "sampledSoftmax" | "nce";
  penalties: { l1: number; l2: number };
  several?: boolean;
  clip?: ClipOptions;
}[] = [
  {
    name: "FTRL with its own and the model's penalties",
    options: { kind: "ftrl", alpha: 0.1, beta: 1, l1: 0.1, l2: 0.01 },
    head: "logistic",
    penalties: { l1: 1e-4, l2: 1e-4 },
  },
  { name: "FTRL, squared loss", options: { kind: "ftrl", alpha: 0.05, beta: 1, l1: 0, l2: 0 }, head: "squared", penalties: { l1: 0, l2: 0 } },
  { name: "FTRL, poisson loss", options: { kind: "ftrl", alpha: 0.05, beta: 1, l1: 0.1, l2: 0 }, head: "poisson", penalties: { l1: 0, l2: 1e-4 } },
  { name: "Adagrad", options: { kind: "adagrad", learningRate: 0.1, initialAccumulator: 0.1 }, head: "logistic", penalties: { l1: 0, l2: 0 } },
  {
    name: "Adagrad with penalties",
    options: { kind: "adagrad", learningRate: 0.1, initialAccumulator: 0 },
    head: "logistic",
    penalties: { l1: 2e-4, l2: 1e-3 },
  },
  {
    name: "FTRL, a column of several values",
    options: { kind: "ftrl", alpha: 0.1, beta: 1, l1: 0.1, l2: 0 },
    head: "logistic",
    penalties: { l1: 0, l2: 1e-5 },
    several: true,
  },
  {
    name: "Adagrad, a column of several values",
    options: { kind: "adagrad", learningRate: 0.1, initialAccumulator: 0.1 },
    head: "squared",
    penalties: { l1: 1e-5, l2: 0 },
    several: true,
  },
  {
    name: "softmax, FTRL with penalties",
    options: { kind: "ftrl", alpha: 0.1, beta: 1, l1: 0.1, l2: 0.01 },
    head: "softmax",
    penalties: { l1: 1e-4, l2: 1e-4 },
    several: true,
  },
  {
    name: "softmax, Adagrad with penalties",
    options: { kind: "adagrad", learningRate: 0.1, initialAccumulator: 0.1 },
    head: "softmax",
    penalties: { l1: 1e-4, l2: 1e-3 },
  },
  {
    name: "one against the rest, FTRL",
    options: { kind: "ftrl", alpha: 0.1, beta: 1, l1: 0.1, l2: 0 },
    head: "oneVsRest",
    penalties: { l1: 0, l2: 1e-5 },
    several: true,
  },
];
CASES.push(
  {
    name: "softmax over distributions, FTRL",
    options: { kind: "ftrl", alpha: 0.1, beta: 1, l1: 0.1, l2: 0 },
    head: "softSoftmax",
    penalties: { l1: 0, l2: 1e-5 },
    several: true,
  },
  {
    name: "several classes a row, Adagrad with penalties",
    options: { kind: "adagrad", learningRate: 0.1, initialAccumulator: 0.1 },
    head: "multiLabel",
    penalties: { l1: 1e-4, l2: 1e-3 },
  },
  {
    name: "sampled softmax, Adagrad with penalties",
    options: { kind: "adagrad", learningRate: 0.1, initialAccumulator: 0.1 },
    head: "sampledSoftmax",
    penalties: { l1: 1e-4, l2: 1e-3 },
    several: true,
  },
  { name: "NCE, FTRL", options: { kind: "ftrl", alpha: 0.1, beta: 1, l1: 0.1, l2: 0 }, head: "nce", penalties: { l1: 0, l2: 1e-5 } },
);
const SCHEDULES: Schedule[] = [
  { kind: "inverseTime", decay: 0.5, steps: 4 },
  { kind: "exponential", decay: 0.3, steps: 9 },
  { kind: "polynomial", steps: 12, end: 0.001, power: 2 },
  { kind: "step", decay: 0.5, steps: 5 },
  { kind: "inverseSquareRoot", steps: 3 },
];
const CLIPS: (ClipOptions | undefined)[] = [{ kind: "value", limit: 0.02 }, { kind: "norm", limit: 0.03 }, { kind: "globalNorm", limit: 0.05 }, undefined];
for (const [i, { name, options }] of OPTIMIZERS.entries()) {
  const clip = CLIPS[i % CLIPS.length];
  CASES.push(
    {
      name: `${name} as it is, clipped by ${clip?.kind ?? "nothing"}`,
      options,
      head: "logistic",
      penalties: { l1: 0, l2: 0 },
      several: i % 2 === 0,
      ...(clip === undefined ? {} : { clip }),
    },
    {
      name: `${name} with all penalties, schedule and warm-up`,
      options: scheduled(options, SCHEDULES[i % SCHEDULES.length]!, 3, 0.01),
      head: i % 3 === 0 ? "squared" : "logistic",
      penalties: { l1: 1e-4, l2: 1e-3 },
      several: i % 2 === 1,
    },
  );
}
CASES.push(
  {
    name: "softmax, Adam with penalties, clipped by norm",
    options: OPTIMIZERS[2]!.options,
    head: "softmax",
    penalties: { l1: 1e-4, l2: 1e-3 },
    several: true,
    clip: { kind: "norm", limit: 0.03 },
  },
  {
    name: "sampled softmax, momentum, clipped by global norm",
    options: OPTIMIZERS[4]!.options,
    head: "sampledSoftmax",
    penalties: { l1: 1e-4, l2: 0 },
    clip: { kind: "globalNorm", limit: 0.05 },
  },
);
const SAMPLES = 2;
const HEADS = {
  logistic: v1.Head.LOGISTIC,
  squared: v1.Head.SQUARED,
  poisson: v1.Head.POISSON,
  softmax: v1.Head.SOFTMAX,
  softSoftmax: v1.Head.SOFTMAX,
  multiLabel: v1.Head.MULTI_LABEL,
  oneVsRest: v1.Head.ONE_VS_REST,
  sampledSoftmax: v1.Head.SAMPLED_SOFTMAX,
  nce: v1.Head.NCE,
};
for (const { name, options, head, penalties, several, clip } of CASES) {
  test.serial(`${name}: training has the bits of the plain TypeScript twin, losses included`, async (t) => {
    const sampled = head === "sampledSoftmax" || head === "nce";
    const outputs = ["softmax", "softSoftmax", "oneVsRest", "multiLabel"].includes(head) || sampled ? 3 : 1;
    const plain = problem([900, 333], [250], 1, several);
    const p = outputs === 1 ? plain : head === "softSoftmax" || head === "multiLabel" ? withVectors(plain, head === "softSoftmax") : withClasses(plain);
    const outcome = await trainOn(p, {
      train: { optimizer: specOf(options), batchSize: BATCH, epochs: 3, ...(clip === undefined ? {} : { clip: { [clip.kind]: clip.limit } }) },
      model: { head: HEADS[head], ...penalties, ...(sampled ? { samples: SAMPLES, sampler: v1.ModelSpec.Sampler.UNIGRAM } : {}) },
      options: { workers: 2 },
    });
    const plan = planTraining(p.manifest, BATCH);
    const clipTwin = clip === undefined ? null : { options: clip, starts: clipGroups(clip, p.inputs) };
    const twin = new TwinTrainer({
      features: p.inputs.features,
      denseFeatures: [...denseFeatures(p.inputs)],
      head,
      outputs,
      options,
      penalties,
      clip: clipTwin,
    });
    const trained = p.packs.slice(0, 2).flatMap(({ label, weight }) => Array.from(label, (y, i) => ({ y, weight: weight?.[i] ?? 1 })));
    const counts = [0, 1, 2].map((k) => trained.reduce((sum, row) => sum + (row.y === k ? row.weight : 0), 0));
    const sampler = sampled ? new ClassSampler({ sampler: "unigram", samples: SAMPLES, counts, seed: 7 }) : null;
    let step = 0;
    const rows = plan.blocks.map((_, i) => twinRows(p, i));
    let best = { loss: Infinity, weights: new Float32Array(0), intercepts: new Float64Array(0), step: 0 };
    for (let epoch = 0; epoch < 3; epoch++) {
      let [loss, weight, validation, validationWeight] = [0, 0, 0, 0];
      for (const i of blockOrder(plan.trainBlocks, epoch, { seed: 7, shuffle: true })) {
        const found = twin.step(rows[i]!, sampler?.draw(step++, rows[i]!.labels) ?? null);
        loss += found.loss;
        weight += found.weight;
      }
      for (const one of rows.slice(plan.trainBlocks)) {
        const found = twin.forward(one);
        validation += found.loss;
        validationWeight += found.weight;
      }
      const F = p.inputs.features;
      const weights = Float32Array.from({ length: outputs * F }, (_, i) => twin.weight(i % F, Math.floor(i / F)));
      const point = outcome.metrics.curve[epoch]!;
      t.is(point.progressiveLoss, loss / weight);
      t.is(point.validationLoss, validation / validationWeight);
      t.is(point.nonZero, weights.filter((w) => w !== 0).length);
      if (validation / validationWeight < best.loss)
        best = {
          loss: validation / validationWeight,
          weights,
          intercepts: Float64Array.from({ length: outputs }, (_, k) => twin.weight(F, k)),
          step: (epoch + 1) * plan.trainBlocks,
        };
    }
    t.deepEqual(outcome.weights, best.weights);
    t.deepEqual(outcome.intercepts, best.intercepts);
    t.is(outcome.intercept, outputs === 1 ? best.intercepts[0]! : 0);
    t.is(outcome.metrics.bestStep, best.step);
  });
}
