import { once } from "node:events";
import { Worker } from "node:worker_threads";
import test from "ava";

test("threads that collect at the same moment do not take the collector from one another", async (t) => {
  for (let round = 0; round < 4; round++) {
    const size = 4;
    const gate = new Int32Array(new SharedArrayBuffer(4));
    gate[0] = size;
    const threads = Array.from({ length: size }, () => new Worker(new URL("./workers/collect.js", import.meta.url), { workerData: gate }));
    const said = await Promise.all(threads.map((thread) => once(thread, "message").then(([text]: string[]) => text)));
    t.deepEqual(said, Array(size).fill("collected"));
  }
});
