// Products of dense layers and whole training steps: node packages/kernels/bench/deep.mjs [seconds a figure] (after a build). One thread, panels of 64 rows, no data but random numbers.
// Prints GFLOP/s (a multiplication and an addition are two), their share of what a loop in registers reaches right beside them, and how many times the plain twin's rate that is; asserts nothing.
import os from "node:os";
import { performance } from "node:perf_hooks";
import {
  ACTIVATIONS,
  Arena,
  createKernelMemory,
  denseBackwardInputsTwin,
  denseBackwardWeightsTwin,
  denseForwardTwin,
  instantiateKernels,
  PANEL_ROWS,
} from "../dist/index.js";
import { peakLoop } from "./support/peak.mjs";
import { dataOf, kernelStep, layersOf, twinStep } from "./support/step.mjs";

const SECONDS = Number(process.argv[2] ?? 0.2);
const SHAPES = [
  [64, 100],
  [100, 50],
  [50, 20],
  [20, 1],
  [416, 100],
  [37, 23],
  [5, 3],
  [101, 7],
];
const arena = new Arena(createKernelMemory(2 ** 26));
const kernels = instantiateKernels(arena.memory);
const PEAK = 1e6;
const peak = await peakLoop();
const runPeak = () => peak(PEAK);
console.log(`${os.cpus()[0]?.model}, load ${os.loadavg()[0].toFixed(1)}, node ${process.version}`);
const STEPS = [
  { widths: [64, 100, 50, 20, 1], activation: "RELU" },
  { widths: [64, 100, 50, 20, 1], activation: "GELU" },
  { widths: [416, 100, 50, 1], activation: "RELU" },
];
const ROWS = 512;

warmUp();
products();
activations();
steps();

/** Billions a second, of processor time, of what `work` does `units` of: the best of several short turns, as the machine may be shared. */
function rate(units, work, seconds = SECONDS) {
  let best = 0;
  let repeats = 1;
  for (const end = performance.now() + 1000 * seconds; performance.now() < end; ) {
    const start = process.cpuUsage();
    for (let k = 0; k < repeats; k++) work();
    const { user, system } = process.cpuUsage(start);
    const took = (user + system) / 1000;
    if (took < 1) repeats *= 2;
    else best = Math.max(best, (units * repeats) / took);
  }
  return best / 1e6;
}

/** Until the engine has optimised what it runs: the first figures would be those of its quick compiler. */
function warmUp() {
  const [x, w] = [random(64 * 64), random(64 * 64)];
  const out = random(64 * 64);
  rate(PEAK, runPeak, 1);
  for (const run of [
    () => kernels.dense_forward(out, x, w, 0, 64, 64, 64),
    () => kernels.dense_backward_inputs(out, x, w, 64, 64, 64, false),
    () => kernels.dense_backward_weights(out, 0, x, w, 64, 64, 64),
  ])
    rate(1, run, 1);
}

function random(n) {
  const at = arena.take(4 * n);
  arena.f32(at, n).set(Float32Array.from({ length: n }, () => 2 * Math.random() - 1));
  return at;
}

function products() {
  const top = { worst: Infinity, where: "" };
  console.log(`${"layer".padEnd(10)} ${["forward", "backward to inputs", "to weights"].map((name) => name.padEnd(36)).join("")}`);
  for (const [inputs, outputs] of SHAPES) {
    const mark = arena.mark();
    const [x, dz, w, b] = [random(inputs * 64), random(outputs * 64), random(inputs * outputs), random(outputs)];
    const [z, dx, dw, db] = [random(outputs * 64), random(inputs * 64), random(inputs * outputs), random(outputs)];
    const view = (at, n) => arena.f32(at, n).slice();
    const [X, DZ, W, B] = [view(x, inputs * 64), view(dz, outputs * 64), view(w, inputs * outputs), view(b, outputs)];
    const shape = { inputs, outputs, rows: PANEL_ROWS };
    const operations = 2 * inputs * outputs * PANEL_ROWS;
    const parts = [
      [() => kernels.dense_forward(z, x, w, b, inputs, outputs, 64), () => denseForwardTwin(X, W, B, shape)],
      [() => kernels.dense_backward_inputs(dx, dz, w, inputs, outputs, 64, false), () => denseBackwardInputsTwin(new Float32Array(inputs * 64), DZ, W, shape)],
      [
        () => kernels.dense_backward_weights(dw, db, dz, x, inputs, outputs, 64),
        () => denseBackwardWeightsTwin(new Float32Array(inputs * outputs), new Float32Array(outputs), DZ, X, shape),
      ],
    ].map(([kernel, twin], k) => {
      const before = rate(PEAK, runPeak, SECONDS / 2);
      const fast = rate(operations, kernel);
      const most = Math.max(before, rate(PEAK, runPeak, SECONDS / 2));
      const slow = rate(operations, twin);
      if (fast / most < top.worst) Object.assign(top, { worst: fast / most, where: `${inputs} x ${outputs}, ${["forward", "inputs", "weights"][k]}` });
      return `${fast.toFixed(1)} of ${most.toFixed(1)} (${((100 * fast) / most).toFixed(0)}%), ${(fast / slow).toFixed(0)} times`.padEnd(36);
    });
    arena.release(mark);
    console.log(`${`${inputs} x ${outputs}`.padEnd(10)} ${parts.join("")}`);
  }
  console.log(`least share of the peak: ${(100 * top.worst).toFixed(0)}% (${top.where})`);
}

/** Cycles are not known: nanoseconds a number. */
function activations() {
  const units = 100;
  const mark = arena.mark();
  const [z, a, da, slopes] = [random(units * 64), random(units * 64), random(units * 64), random(units * 64)];
  const figures = Object.entries(ACTIVATIONS).map(([name, kind]) => {
    const count = (run) => 1 / rate(units * 64, run, SECONDS / 2);
    const forward = count(() => kernels.activate(a, z, units, 64, kind, 0.1, 0.3, slopes));
    const backward = count(() => kernels.activate_backward(a, da, z, units, 64, kind, 0.1, 0.3, slopes, slopes));
    return `${name} ${forward.toFixed(2)} and ${backward.toFixed(2)}`;
  });
  const mask = 1 / rate(units * 64, () => kernels.dropout_mask(a, units, 64, 0.5, 1, 2, 3, 0, 1), SECONDS / 2);
  arena.release(mark);
  console.log(`ns a number, forward and backward: ${figures.join(", ")}; a dropout mask ${mask.toFixed(2)}`);
}

function steps() {
  for (const { widths, activation } of STEPS) {
    const mark = arena.mark();
    const shape = { widths, rows: ROWS, kind: ACTIVATIONS[activation] };
    const data = dataOf(shape);
    const fast = kernelStep({ arena, kernels }, shape, data);
    const slow = twinStep(shape, data);
    fast.run(1);
    slow.run(1);
    const same = Buffer.compare(Buffer.from(fast.dense().buffer), Buffer.from(slow.dense().buffer)) === 0;
    let n = 1;
    const rows = 1e9 * rate(ROWS, () => fast.run(++n), 5 * SECONDS);
    n = 1;
    const plain = 1e9 * rate(ROWS, () => slow.run(++n), 5 * SECONDS);
    const { layers, parameters } = layersOf(widths);
    const products = layers.reduce((sum, { inputs, outputs }) => sum + 6 * inputs * outputs, 0);
    const most = rate(PEAK, runPeak);
    console.log(
      `${widths.join("-")} ${activation}, Adam, ${parameters} parameters, blocks of ${ROWS}: ${Math.round(rows)} rows/s, ${(rows / plain).toFixed(0)} times the plain twin (${same ? "the same bits" : "OTHER BITS"}), ` +
        `${((rows * products) / 1e9).toFixed(1)} GFLOP/s of products, ${((100 * rows * products) / 1e9 / most).toFixed(0)}% of ${most.toFixed(1)}`,
    );
    arena.release(mark);
  }
}
