// Rates of the training loop: node packages/trainer/bench/train.mjs [rows] [optimisers, by commas] (after a build). Generated rows with 26 categorical columns (Zipf ids) and 13
// numeric ones, 2^22 weights, blocks of 4096 rows in memory. Prints million non-zeros a second, and what looking at training blocks costs; asserts nothing.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { buildBlockTwin, createKernelMemory, instantiateKernels } from "@crossbill/kernels";
import { encodeMessage, v1 } from "@crossbill/messages";
import { RandomStream } from "@crossbill/numerics";
import { BlockBuilder } from "../dist/blocks/block-builder.js";
import { heapOf } from "../dist/blocks/heap.js";
import { denseFeatures } from "../dist/blocks/inputs.js";
import { blockBounds, Loader } from "../dist/blocks/loader.js";
import { largestShape } from "../dist/blocks/needs.js";
import { EVALUATION } from "../dist/loop/learner.js";
import { LinearLearner } from "../dist/loop/linear-learner.js";
import { planRun } from "../dist/loop/plan-run.js";
import { ALONE } from "../dist/loop/stepper.js";
import { TwinTrainer } from "../dist/loop/twin.js";
import { initializeState } from "../dist/optimizers/optimizer-options.js";
import { sourceOf } from "../dist/rows/used-rows.js";
import { trainWith } from "../dist/train.js";
import { Observer } from "../dist/watch/observer.js";

const rows = Number(process.argv[2] ?? 400_000);
const COLUMNS = 26,
  NUMBERS = 13,
  WEIGHTS = 2 ** 22,
  BATCH = 4096,
  EPOCHS = 3;
const sizes = Array.from({ length: COLUMNS }, (_, c) => (c < 10 ? 10 * 3 ** (c % 5) : Math.floor((WEIGHTS - 3000) / 16)));
const { inputs, pack, manifest } = generate();
const nonZerosARow = COLUMNS + NUMBERS;

console.log(
  `${rows} rows, ${COLUMNS} ids and ${NUMBERS} numbers a row, ${inputs.features} weights, blocks of ${BATCH}, ${EPOCHS} epochs, ${os.availableParallelism()} cores`,
);
const OPTIMIZERS = {
  ftrl: { alpha: 0.1, beta: 1, l1: 0.1, l2: 0 },
  adagrad: { learningRate: 0.1, initialAccumulator: 0.1 },
  adam: { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  rmsprop: { learningRate: 0.001, rho: 0.9, epsilon: 1e-8 },
  momentum: { learningRate: 0.01, momentum: 0.9, nesterov: false },
  sgd: { learningRate: 0.01 },
};
const first = {};
for (const name of (process.argv[3] ?? Object.keys(OPTIMIZERS).join()).split(",")) {
  const optimizer = { [name]: OPTIMIZERS[name] };
  const rates = [];
  for (const workers of [1, 2]) {
    const { rate, seconds } = await run(optimizer, workers);
    rates.push(rate);
    print(`${name}, ${workers} worker${workers > 1 ? "s" : ""}`, rate, `${seconds.toFixed(2)} s with loading`);
  }
  first.rate ??= rates[0];
  console.log(`${name}: two workers to one ${(rates[1] / rates[0]).toFixed(2)}, one worker to the first optimiser's ${(rates[0] / first.rate).toFixed(2)}`);
  const twin = plain(optimizer);
  print(`${name}, plain TypeScript`, twin, `the kernels on one thread are ${(rates[0] / twin).toFixed(1)} times as fast`);
}

await observing(OPTIMIZERS.ftrl);

function given(optimizer, workers, root) {
  const specs = { model: v1.ModelSpec.create({}), train: v1.TrainSpec.create({ optimizer, epochs: EPOCHS, batchSize: BATCH, shuffle: true, seed: 1 }) };
  return [
    { root, specs, manifest, placement: null, workers, memoryBytes: 3 * 2 ** 30, build: "bench" },
    { source: { kind: "arrays", packs: [pack] }, inputs },
  ];
}

/** What looking at training blocks adds to an epoch of the loop, on one thread, in this run; loading not counted. */
async function observing(ftrl) {
  const [options, seams] = given({ ftrl }, 1, os.tmpdir());
  const { layout, plan, optimizer, penalties, head } = await planRun(options, seams);
  const memory = createKernelMemory(layout.bytes);
  const [heap, kernels] = [heapOf(memory), instantiateKernels(memory)];
  heap.u32.set(denseFeatures(inputs), layout.denseIds / 4);
  initializeState(heap.u32.subarray(layout.state / 4, layout.state / 4 + layout.words * (inputs.features + 1)), optimizer);
  const learner = new LinearLearner({ data: { inputs, layout, optimizer, penalties, head, clip: null, plan }, heap, kernels, team: ALONE });
  const builder = new BlockBuilder(heap, kernels, layout, inputs, largestShape(plan, inputs), 0);
  const source = await sourceOf({ root: "", source: seams.source, plan, inputs, rowSampling: null, classFactors: null });
  const common = { heap, kernels, layout, team: ALONE };
  const loader = new Loader({ ...common, plan, source, builder, bounds: blockBounds(plan, inputs), beat: () => undefined, stopped: () => false });
  await loader.load(plan.blocks.keys());
  const between = plan.trainBlocks;
  const observer = new Observer({ ...common, plan, head, labelNumbers: 1, seed: 1, between, steps: between, learner, loader, sampler: null });
  const spent = { steps: 0, looks: 0 };
  const now = { seen: 0, clock: 0 };
  for (let epoch = 0; epoch < 2 * EPOCHS; epoch++) {
    const begun = performance.now();
    for (let b = 0; b < between; b++) {
      const block = loader.get(b);
      const { weight } = learner.forward(block, now, { ...EVALUATION, step: b });
      learner.update(block, b, weight, null);
      now.seen += weight;
    }
    const trained = performance.now();
    observer.begin();
    for (let i = 0; i < observer.blocks.length; i++) observer.train(i, now);
    observer.end();
    if (epoch === 0) continue; // code that is not yet compiled
    spent.steps += trained - begun;
    spent.looks += performance.now() - trained;
  }
  const epochs = 2 * EPOCHS - 1;
  const share = (100 * spent.looks) / spent.steps;
  console.log(
    `looking at ${observer.blocks.length} of ${between} training blocks after an epoch: ${(spent.looks / epochs).toFixed(2)} ms, ${share.toFixed(2)}% of its ${(spent.steps / epochs).toFixed(0)} ms`,
  );
}

async function run(optimizer, workers) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-bench-"));
  const before = performance.now();
  const outcome = await trainWith(...given(optimizer, workers, root));
  fs.rmSync(root, { recursive: true });
  return { rate: (outcome.rowsPerSecond * nonZerosARow) / 1e6, seconds: (performance.now() - before) / 1000 };
}

/** The twin's loop over some blocks, warmed up, building not counted. */
function plain(optimizer) {
  const [kind] = Object.keys(optimizer);
  const trainer = new TwinTrainer({
    features: inputs.features,
    denseFeatures: [...denseFeatures(inputs)],
    head: "logistic",
    options: { kind, ...optimizer[kind] },
    penalties: { l1: 0, l2: 0 },
  });
  const blocks = Array.from({ length: Math.min(24, Math.floor(rows / BATCH)) }, (_, b) => {
    const [from, to] = [b * BATCH, (b + 1) * BATCH];
    const block = buildBlockTwin(
      inputs.categorical.map(({ name, offset }) => ({ ids: pack.ids[name].subarray(from, to), offset })),
      BATCH,
    );
    const dense = [new Float32Array(BATCH).fill(1), ...inputs.numeric.map(({ name }) => Float32Array.from(pack.numbers[name].subarray(from, to)))];
    return { block, dense, labels: pack.label.subarray(from, to), weights: pack.weight.subarray(from, to) };
  });
  for (const block of blocks) trainer.step(block);
  const before = performance.now();
  for (const block of blocks) trainer.step(block);
  return (blocks.length * BATCH * nonZerosARow) / 1e3 / (performance.now() - before);
}

function print(what, rate, more) {
  console.log(`${what.padEnd(28)} ${rate.toFixed(1).padStart(8)} million non-zeros/s  ${more}`);
}

function generate() {
  const random = new RandomStream(1, 0);
  const shared = (bytes) => new SharedArrayBuffer(bytes);
  let offset = 0;
  const categorical = sizes.map((size, c) => {
    const column = { name: `c${c}`, offset, size };
    offset += size;
    return column;
  });
  const numeric = Array.from({ length: NUMBERS }, (_, i) => {
    const name = `x${i}`;
    return {
      name,
      offset: offset++,
      inputs: 1,
      spec: encodeMessage(v1.ColumnSpec, { name, numeric: { field: name } }),
      state: encodeMessage(v1.ColumnState, { name, numeric: {} }),
    };
  });
  const pack = { label: new Float64Array(shared(8 * rows)), weight: new Float64Array(shared(8 * rows)).fill(1), ids: {}, numbers: {} };
  for (const { name, size } of categorical) {
    const ids = new Uint32Array(shared(4 * rows));
    pack.ids[name] = ids;
    // Zipf with exponent 1: the log of the rank is uniform.
    for (let r = 0; r < rows; r++) ids[r] = Math.min(size - 1, Math.floor(Math.exp(random.uniform() * Math.log(size + 1))) - 1);
  }
  for (const { name } of numeric) {
    const values = new Float64Array(shared(8 * rows));
    pack.numbers[name] = values;
    for (let r = 0; r < rows; r++) values[r] = random.uniform() * 2 - 1;
  }
  for (let r = 0; r < rows; r++) pack.label[r] = random.bernoulli(0.05) ? 1 : 0;
  const manifest = v1.IngestManifest.create({
    partitions: [{ packs: [v1.Pack.create({ file: { uri: "bench", sha256: "0".repeat(64), length: 1 }, part: v1.Part.TRAIN, rows })] }],
  });
  return { inputs: { features: offset, categorical, multi: [], numeric }, pack, manifest };
}
