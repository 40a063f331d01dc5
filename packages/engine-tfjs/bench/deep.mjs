// One training step of the layers of a network, 64-100-50-20-1, blocks of 512 rows, Adam, by every engine that is there and by PyTorch where python3 (or CROSSBILL_PYTHON) has it:
// node packages/engine-tfjs/bench/deep.mjs [seconds] (after a build). Forward, backward and update of all parameters; engines on the calling thread, native ones on as many as they like, and on one.
// In turns, so that all meet the same load; prints rows a second, the best of the turns, and asserts nothing. CROSSBILL_TFJS: a folder with TensorFlow.js (default: tools/tfjs).
import { spawnSync } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Arena, createKernelMemory, instantiateKernels, PAGE_BYTES } from "../../kernels/dist/index.js";
import { wasmEngine } from "../../models/dist/index.js";
import { RandomStream } from "../../numerics/dist/index.js";
import { tfjsEngine } from "../dist/index.js";

const SIZES = [64, 100, 50, 20, 1];
const ROWS = 512;
const TURNS = 5;
const seconds = Number(process.argv[2] ?? 1);
const from = process.env.CROSSBILL_TFJS ?? path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../tools/tfjs");

const random = new RandomStream(1);
const parameters = SIZES.slice(1).reduce((sum, outputs, l) => sum + outputs * (SIZES[l] + 1), 0);
const inputs = Float32Array.from({ length: ROWS * SIZES[0] }, () => random.normal());
const labels = Uint8Array.from({ length: ROWS }, () => random.below(2));

console.log(
  `${SIZES.join("-")}, ${parameters} parameters, blocks of ${ROWS} rows, Adam; ${os.cpus()[0]?.model}, ${os.availableParallelism()} cores, load ${os.loadavg()[0].toFixed(1)}`,
);
const runs = [
  ownRun(wasmEngine(), "wasm (built in)"),
  ...(await tfjsRun("tfjs-wasm")),
  ...(await tfjsRun("tfjs-node")),
  ...[1, os.availableParallelism()].map((threads) => torchRun(threads)),
].filter((run) => run !== null);
for (let turn = 0; turn < TURNS; turn++) for (const run of runs) run.best = Math.max(run.best ?? 0, run.rate());
const own = runs[0].best;
for (const { name, best } of runs)
  console.log(`${name.padEnd(44)} ${Math.round(best).toLocaleString("en").padStart(9)} rows/s  ${(best / own).toFixed(2)} of the built-in engine`);

async function tfjsRun(backend) {
  try {
    const engine = await tfjsEngine({ backend, from });
    return [ownRun(engine, engine.description)];
  } catch (cause) {
    console.log(`${backend} is not there: ${cause.details?.why ?? cause.message}`);
    return [];
  }
}

/** Steps with an engine; parameters and Adam by our kernels. */
function ownRun(engine, name) {
  const plan = towerPlan();
  const dense = Float32Array.from({ length: parameters }, () => 0.1 * random.normal());
  const arena = new Arena(createKernelMemory(PAGE_BYTES * 4 + 32 * parameters));
  const [w, g, m, v] = [0, 0, 0, 0].map(() => arena.take(4 * parameters));
  const kernels = instantiateKernels(arena.memory);
  arena.f32(w, parameters).set(dense);
  const batch = { rows: ROWS, inputs, weights: null, masks: [], slopes: [] };
  const running = new Float32Array();
  let n = 0;
  const step = () => {
    const pass = engine.train(plan, { dense: arena.f32(w, parameters), running }, batch, (outputs) =>
      outputs.map((z, r) => 1 / (1 + Math.exp(-z)) - labels[r]),
    );
    arena.f32(g, parameters).set(pass.dense);
    kernels.dense_adam(w, g, m, v, 0, parameters, 1 / ROWS, ++n, 1e-3, 0.9, 0.999, Math.log(0.9), Math.log(0.999), 1e-8, 0, 0, 0, 0);
  };
  return { name, rate: () => rate(step) };
}

function rate(step) {
  for (let i = 0; i < 5; i++) step();
  const start = performance.now();
  let steps = 0;
  for (; performance.now() - start < 1000 * seconds; steps++) step();
  return (steps * ROWS * 1000) / (performance.now() - start);
}

function torchRun(threads) {
  const script = `
import time, torch
torch.set_num_threads(${threads})
n = torch.nn
sizes = ${JSON.stringify(SIZES)}
layers = [part for a, b in zip(sizes[:-2], sizes[1:]) for part in (n.Linear(a, b), n.ReLU())] + [n.Linear(sizes[-2], sizes[-1])]
model = n.Sequential(*layers)
adam = torch.optim.Adam(model.parameters(), lr=1e-3)
loss = n.BCEWithLogitsLoss()
x = torch.randn(${ROWS}, sizes[0]); y = torch.randint(0, 2, (${ROWS}, 1)).float()
def step():
    adam.zero_grad(); loss(model(x), y).backward(); adam.step()
for _ in range(20): step()
t = time.perf_counter(); steps = 0
while time.perf_counter() - t < ${seconds}: step(); steps += 1
print(torch.__version__, steps * ${ROWS} / (time.perf_counter() - t))
`;
  const call = () => spawnSync(process.env.CROSSBILL_PYTHON ?? "python3", ["-c", script], { encoding: "utf8" });
  const first = call();
  if (first.status !== 0) {
    if (threads === 1) console.log("PyTorch is not there");
    return null;
  }
  return { name: `PyTorch ${first.stdout.split(" ")[0]}, ${threads} thread${threads === 1 ? "" : "s"}`, rate: () => Number(call().stdout.split(" ")[1]) };
}

/** The layers as a plan; the last one has no bias: it is the model's intercept. */
function towerPlan() {
  let at = 0;
  const take = (n) => {
    at += n;
    return at - n;
  };
  const layers = SIZES.slice(1).map((outputs, l) => {
    const last = l === SIZES.length - 2;
    return {
      inputs: SIZES[l],
      outputs,
      weights: take(SIZES[l] * outputs),
      bias: take(outputs),
      gamma: -1,
      beta: -1,
      slopes: -1,
      running: -1,
      activation: { kind: last ? 1 : 0, a: 0, b: 0 },
      dropout: 0,
      batchNorm: false,
      penalised: false,
    };
  });
  return { inputs: [], width: SIZES[0], layers, outputs: SIZES.at(-1), l1: 0, l2: 0 };
}
