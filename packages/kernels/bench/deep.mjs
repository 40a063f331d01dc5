// Products of dense layers and whole training steps: node packages/kernels/bench/deep.mjs [seconds a figure] (after a build). One thread, panels of 64 rows, no data but random numbers.
// Prints GFLOP/s (a multiplication and an addition are two), their share of what a loop in registers reaches right beside them, and how many times the plain twin's rate that is; asserts nothing.
import os from "node:os";
import { performance } from "node:perf_hooks";
import {
  Arena,
  createKernelMemory,
  denseBackwardInputsTwin,
  denseBackwardWeightsTwin,
  denseForwardTwin,
  instantiateKernels,
  PANEL_ROWS,
} from "../dist/index.js";
import { peakLoop } from "./support/peak.mjs";

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
const peak = await peakLoop();
console.log(`${os.cpus()[0]?.model}, load ${os.loadavg()[0].toFixed(1)}, node ${process.version}`);
warmUp();
products();

/** The best rate of several short turns: the machine may be shared. */
function rate(work, seconds = SECONDS) {
  let best = 0;
  let repeats = 1;
  for (const end = performance.now() + 1000 * seconds; performance.now() < end; ) {
    const start = performance.now();
    let done = 0;
    for (let k = 0; k < repeats; k++) done += work();
    const took = performance.now() - start;
    if (took < 1) repeats *= 2;
    else best = Math.max(best, done / took);
  }
  return best / 1e6;
}

/** Until the engine has optimised what it runs: the first figures would be those of its quick compiler. */
function warmUp() {
  const [x, w] = [random(64 * 64), random(64 * 64)];
  const out = random(64 * 64);
  rate(() => peak(1e6), 1);
  for (const run of [
    () => kernels.dense_forward(out, x, w, 0, 64, 64, 64),
    () => kernels.dense_backward_inputs(out, x, w, 64, 64, 64, false),
    () => kernels.dense_backward_weights(out, 0, x, w, 64, 64, 64),
  ])
    rate(() => (run(), 1), 1);
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
      [
        () => kernels.dense_backward_inputs(dx, dz, w, inputs, outputs, 64, false),
        () => denseBackwardInputsTwin(new Float32Array(inputs * 64), DZ, W, shape),
      ],
      [
        () => kernels.dense_backward_weights(dw, db, dz, x, inputs, outputs, 64),
        () => denseBackwardWeightsTwin(new Float32Array(inputs * outputs), new Float32Array(outputs), DZ, X, shape),
      ],
    ].map(([kernel, twin], k) => {
      const counted = (run) => () => {
        run();
        return operations;
      };
      const before = rate(() => peak(1e6), SECONDS / 4);
      const fast = rate(counted(kernel));
      const most = Math.max(before, rate(() => peak(1e6), SECONDS / 4));
      const slow = rate(counted(twin), SECONDS / 4);
      if (fast / most < top.worst) Object.assign(top, { worst: fast / most, where: `${inputs} x ${outputs}, ${["forward", "inputs", "weights"][k]}` });
      return `${fast.toFixed(1)} of ${most.toFixed(1)} (${((100 * fast) / most).toFixed(0)}%), ${(fast / slow).toFixed(0)} times`.padEnd(36);
    });
    arena.release(mark);
    console.log(`${`${inputs} x ${outputs}`.padEnd(10)} ${parts.join("")}`);
  }
  console.log(`least share of the peak: ${(100 * top.worst).toFixed(0)}% (${top.where})`);
}
