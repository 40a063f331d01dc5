import { parentPort, workerData } from "node:worker_threads";
import { collectGarbage } from "../../dist/collect-garbage.js";

const gate = workerData as Int32Array;
if (Atomics.sub(gate, 0, 1) === 1) Atomics.notify(gate, 0);
for (let left = Atomics.load(gate, 0); left > 0; left = Atomics.load(gate, 0)) Atomics.wait(gate, 0, left);
collectGarbage();
parentPort?.postMessage("collected");
