// Training of networks by the whole trainer: node packages/trainer/bench/deep.mjs [part of tower, log, tables, layers, classes] (after a build). Rows a second of its loop, loading left out; beside it a plain TypeScript loop, and PyTorch
// where python3 (or CROSSBILL_PYTHON) has it, and the trainer with TensorFlow.js as its engine where CROSSBILL_TFJS (default: tools/tfjs) has it. In turns, the best of each, since the machine may be shared. BENCH_TURNS (3), BENCH_ROWS of the log (1,000,000).
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { v1 } from "@crossbill/messages";
import { loadEngine } from "../dist/network/engine-choice.js";
import { trainWith } from "../dist/train.js";
import { classRows, idRows, logRows, numberRows, training } from "./support/network-rows.mjs";
import { plainNetwork } from "./support/plain-network.mjs";
import { torchRate } from "./support/torch.mjs";

const TURNS = Number(process.env.BENCH_TURNS ?? 3);
const ADAM = { adam: { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } };
const ADAGRAD = { adagrad: { learningRate: 0.02, initialAccumulator: 0.1 } };
const FTRL = { ftrl: { alpha: 0.1, beta: 1, l1: 1, l2: 0 } };
const hidden = (units, more = {}) => units.map((n) => ({ units: n, activation: { kind: v1.ActivationSpec.Kind.RELU }, ...more }));
const allNumbers = ({ numbers }) => numbers.map((_, i) => ({ numeric: `x${i}` }));
const allIds = ({ columns }) => columns.map((_, c) => ({ embedding: { column: `c${c}`, table: `c${c}` } }));
const allTables = ({ columns }, dimension) => columns.map((_, c) => ({ name: `c${c}`, columns: [`c${c}`], dimension }));

console.log(
  `${os.cpus()[0]?.model}, ${os.availableParallelism()} cores, load ${os.loadavg()[0].toFixed(1)}, node ${process.version}; rows/s, the best of ${TURNS} turns`,
);
for (const [name, part] of Object.entries({ tower, log, tables, layers, classes })) if (process.argv.length < 3 || process.argv.includes(name)) await part();

/** 64 numbers, layers of 100, 50 and 20 units. */
async function tower() {
  const data = numberRows(200_000, 64);
  const given = { network: { tower: { inputs: allNumbers(data), hidden: hidden([100, 50, 20]) } }, train: { optimizer: ADAM, epochs: 20, batchSize: 512 } };
  const sizes = [64, 100, 50, 20, 1];
  await compared("64-100-50-20-1, Adam, blocks of 512", { data, given, peer: { sizes, batch: 512 }, plainRows: 20_000 });
}

/** 26 embeddings of 16 and 13 numbers, layers of 100 and 50 units, and a linear part. */
async function log() {
  const data = logRows(Number(process.env.BENCH_ROWS ?? 1_000_000));
  const network = {
    linear: [...data.inputs.categorical, ...data.inputs.numeric].map(({ name }) => name),
    tables: allTables(data, 16),
    tower: { inputs: [...allIds(data), ...allNumbers(data)], hidden: hidden([100, 50]) },
  };
  const given = { network, train: { optimizer: ADAGRAD, linearOptimizer: FTRL, epochs: 1, batchSize: 4096 } };
  const ids = data.columns.reduce((sum, { size }) => sum + size, 0);
  const peer = { sizes: [26 * 16 + 13, 100, 50, 1], batch: 4096, dimension: 16 };
  await compared(`wide & deep, ${ids} ids in 26 embeddings of 16, 13 numbers, 100-50, Adagrad and FTRL, blocks of 4096`, {
    data,
    given,
    peer,
    plainRows: 8 * 4096,
  });
}

/** What the number of a table's rows costs. */
async function tables() {
  const sizes = [5000, 500_000];
  const runs = sizes.map((size) => {
    const data = idRows(300_000, size, 13);
    const network = { tables: allTables(data, 25), tower: { inputs: [...allIds(data), ...allNumbers(data)], hidden: hidden([100, 50]) } };
    return {
      name: `an embedding of ${size} x 25 under 100-50, Adam, blocks of 512`,
      data,
      given: { network, train: { optimizer: ADAM, epochs: 2, batchSize: 512 } },
    };
  });
  await each(runs);
  console.log(`the large table at ${(runs[1].best / runs[0].best).toFixed(2)} of the small one's rows/s`);
}

/** What dropout, batch norm and clipping cost. */
async function layers() {
  const data = numberRows(100_000, 64);
  const inputs = allNumbers(data);
  const run = (name, more, train = {}) => {
    const network = { tower: { inputs, hidden: hidden([100, 50, 20], more) } };
    return { name, data, given: { network, train: { optimizer: ADAM, epochs: 4, batchSize: 512, ...train } } };
  };
  const runs = [
    run("64-100-50-20-1 as above", {}),
    run("with dropout", { dropout: 0.5 }),
    run("with batch norm", { batchNorm: true }),
    run("with the global norm clipped", {}, { clip: { globalNorm: 1 } }),
  ];
  await each(runs);
}

/** What many classes cost, all of them and sampled ones. */
async function classes() {
  for (const [count, rows] of [
    [1000, 65_536],
    [10_000, 32_768],
  ]) {
    const data = classRows(rows, count, 32);
    const network = { tower: { inputs: allNumbers(data), hidden: hidden([64]) } };
    const train = { optimizer: ADAGRAD, epochs: 2, batchSize: 512, initialIntercept: v1.TrainSpec.InitialIntercept.BASE_RATE };
    const { Head } = v1;
    await each([
      { name: `32-64-${count}, Adagrad, blocks of 512, softmax`, data, given: { network, train, model: { head: Head.SOFTMAX } } },
      { name: "sampled softmax, 100 samples", data, given: { network, train, model: { head: Head.SAMPLED_SOFTMAX, samples: 100 } } },
      { name: "NCE, 100 samples", data, given: { network, train, model: { head: Head.NCE, samples: 100 } } },
    ]);
  }
}

async function each(runs) {
  for (let turn = 0; turn < TURNS; turn++)
    for (const run of runs) {
      const { rowsPerSecond, metrics } = await trained(run.data, run.given, 1);
      run.best = Math.max(run.best ?? 0, rowsPerSecond);
      run.loss = metrics.curve.at(-1).observedLoss;
    }
  for (const { name, best, loss } of runs) print(name, best, `${(best / runs[0].best).toFixed(2)} of the first; mean loss ${loss.toFixed(3)}`);
}

async function compared(title, { data, given, peer, plainRows }) {
  console.log(title);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-bench-"));
  const plain = plainNetwork({ ...data, ...peer }, given.train.linearOptimizer === undefined);
  const runs = [
    { name: "1 worker", rate: () => rate(data, given, 1) },
    { name: "2 workers", rate: () => rate(data, given, 2) },
    ...(await engines()).map(({ name, source, told, workers }) => ({
      name: `${told}, ${workers} worker${workers > 1 ? "s" : ""}`,
      rate: () => rate(firstRows(data, plainRows), { ...given, train: { ...given.train, epochs: 1, engine: name }, engine: source }, workers),
    })),
    { name: "plain TypeScript", rate: () => plainRate(plain, plainRows, peer.batch) },
    ...[1, 2].map((threads) => ({
      name: `PyTorch, ${threads} thread${threads > 1 ? "s" : ""}`,
      rate: () => torchRate(data, { ...peer, threads, folder })?.rate ?? Number.NaN,
    })),
  ];
  for (let turn = 0; turn < TURNS; turn++)
    for (const run of runs) {
      const found = await run.rate();
      if (!(found <= run.best)) run.best = found;
    }
  fs.rmSync(folder, { recursive: true });
  const [one, two] = runs;
  for (const { name, best } of runs) {
    if (Number.isNaN(best)) console.log(`  ${name}: not there`);
    else print(name, best, `one worker is ${(one.best / best).toFixed(2)} times as fast, two ${(two.best / best).toFixed(2)} times`);
  }
}

/** Of what is too slow for all of them. */
function firstRows({ pack, ...data }, rows) {
  const first = (arrays) => Object.fromEntries(Object.entries(arrays).map(([name, values]) => [name, values.subarray(0, rows)]));
  const { label, weight, ids, numbers } = pack;
  return { ...data, rows, pack: { ...first({ label, weight }), ids: first(ids), numbers: first(numbers) } };
}

/** Those that are there. */
async function engines() {
  const from = process.env.CROSSBILL_TFJS ?? path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../tools/tfjs");
  const found = [];
  for (const name of ["tfjs", "tfjs-node"]) {
    const source = { module: import.meta.resolve("@crossbill/engine-tfjs"), from };
    try {
      const told = (await loadEngine({ ...source, name })).description.split(":")[0];
      if (found.some((one) => one.told === told)) continue;
      for (const workers of [1, 2]) found.push({ name, source, told, workers });
    } catch (cause) {
      if (cause.code !== "E_ENGINE") throw cause;
      console.log(`  ${name}: not there (${cause.details.why})`);
    }
  }
  return found;
}

async function rate(data, given, workers) {
  return (await trained(data, given, workers)).rowsPerSecond;
}

async function trained(data, given, workers) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-bench-"));
  const outcome = await trainWith(...training(data, { ...given, workers, root }));
  fs.rmSync(root, { recursive: true });
  return outcome;
}

function plainRate(step, rows, batch) {
  const begun = performance.now();
  for (let from = 0; from + batch <= rows; from += batch) step(from, from + batch);
  return (1000 * (rows - (rows % batch))) / (performance.now() - begun);
}

function print(name, best, more) {
  console.log(`  ${name.padEnd(56)} ${Math.round(best).toLocaleString("en").padStart(9)}  ${more}`);
}
