// Tables of 500,000 and 5,000 vectors of 25 numbers, blocks of 4,096 rows with one uniform id each: nanoseconds (the best block's) a distinct feature of gathering, gradients and updates; a row of pooling and of going back to rows.
// Beside the twin (the plain TypeScript update) and a plain loop of SGD over typed arrays.
import { buildBlockTwin, createKernelMemory, instantiateKernels, log, tableUpdateTwin, vectorWidth } from "@crossbill/kernels";

const D = 25;
const V = vectorWidth(D);
const B = 4096;
const BLOCKS = 40;
const ROUNDS = 5;

let seed = 1;
const next = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

const OPTIMIZERS = {
  sgd: { words: V, numbers: [0.1] },
  adagrad: { words: 2 * V, numbers: [0.1] },
  adam: { words: 3 * V + 1, numbers: [0.001, 0.9, 0.999, log(0.9), log(0.999), 1e-8] },
};
const METRIC = { sgd: 0, adagrad: 1, adam: 3 };

/** A block's places, and its sizes. */
function makeBlocks(memory, take, rows) {
  return Array.from({ length: BLOCKS }, () => {
    const ids = Uint32Array.from({ length: B }, () => Math.floor(next() * rows));
    const block = buildBlockTwin([{ ids, offset: 0 }], B);
    const put = (array) => {
      const at = take(array.byteLength);
      new Uint8Array(memory.buffer).set(new Uint8Array(array.buffer), at);
      return at;
    };
    return {
      n: block.uniq.length,
      ids: put(block.uniq),
      offsets: put(block.offsets),
      rowsOf: put(Uint16Array.from(block.rowsOf)),
      local: put(Uint16Array.from(block.local)),
      uniq: block.uniq,
    };
  });
}

for (const rows of [500_000, 5_000]) {
  for (const [name, { words, numbers }] of Object.entries(OPTIMIZERS)) {
    const memory = createKernelMemory(4 * rows * words + 2 ** 24 + 8 * BLOCKS * B * 8);
    const kernels = instantiateKernels(memory);
    let top = 65536;
    const take = (bytes) => {
      const at = top;
      top += 64 * Math.ceil(bytes / 64);
      return at;
    };
    const table = take(4 * rows * words);
    const last = take(4 * rows);
    const clock = take(8 * (BLOCKS * ROUNDS + 2));
    new Float64Array(memory.buffer, clock, BLOCKS * ROUNDS + 2).forEach((_, i, all) => {
      all[i] = i;
    });
    const [w, gradients, dx, panels] = [take(4 * B * V), take(4 * B * V), take(4 * B * V), take(4 * B * V)];
    const blocks = makeBlocks(memory, take, rows);
    kernels.table_init(0, rows, D, V, table, words, 3, 0.1, 0, 1, 2, take(64));
    if (name === "adagrad") kernels.table_fill(0, rows, table, words, V, V, 0.1);
    new Float32Array(memory.buffer, dx, B * V).forEach((_, i, all) => {
      all[i] = i % V < D ? next() - 0.5 : 0;
    });
    const best = {};
    const timed = (what, n, run) => {
      const start = performance.now();
      run();
      best[what] = Math.min(best[what] ?? Infinity, (1e6 * (performance.now() - start)) / n);
    };
    for (let round = 0, step = 0; round < ROUNDS; round++) {
      for (const b of blocks) {
        const gather = (clockAt, l2) =>
          kernels.table_gather(w, 0, b.n, b.ids, 0, V, table, words, last, clockAt, step, METRIC[name], 1e-8, log(0.999), 0, l2, 0);
        timed("gather", b.n, () => gather(0, 0));
        timed("pool", B, () => {
          for (let m = 0; m < B / 64; m++) kernels.table_pool(panels + m * D * 256, D, V, 64 * m, 64, 0, 0, w, 0, b.n, b.local, 0, 1, 0, 0, 0);
        });
        timed("to rows", B, () => {
          for (let m = 0; m < B / 64; m++) kernels.panel_to_rows(dx, V, panels + m * D * 256, D, V, 64 * m, 64, 0);
        });
        timed("gradients", b.n, () => kernels.table_gradients(gradients, 0, b.n, V, b.offsets, b.rowsOf, 0, 0, dx, V));
        timed("update", b.n, () => kernels[`table_${name}`](0, b.n, b.ids, 0, V, gradients, 1 / B, w, table, words, last, step, 0, ...numbers));
        if (round === ROUNDS - 1) timed("gather with l2", b.n, () => gather(clock, 1e-4));
        step++;
      }
    }
    const of = (what) => `${what} ${best[what].toFixed(1)}`;
    console.log(
      `${rows} x ${D}, ${name}: ns a feature: ${["gather", "gather with l2", "gradients", "update"].map(of).join(", ")}; a row: ${["pool", "to rows"].map(of).join(", ")}`,
    );
  }
  const plain = new Float32Array(rows * V);
  const g = Float32Array.from({ length: V }, next);
  const ids = Uint32Array.from({ length: 200_000 }, () => Math.floor(next() * rows));
  const sgd = (from, to) => {
    for (let i = from; i < to; i++) for (let at = ids[i] * V, e = 0; e < D; e++) plain[at + e] -= 0.1 * g[e];
  };
  const twin = (from, to) => {
    for (let i = from; i < to; i++) tableUpdateTwin(plain.subarray(ids[i] * V, ids[i] * V + V), g, 1, g, 0, { kind: "sgd", rate: 0.1 });
  };
  console.log(`${rows} x ${D}, plain TypeScript, ns a vector: SGD over typed arrays ${bestOf(sgd, ids.length)}, the twin ${bestOf(twin, ids.length / 10)}`);
}

/** The best of 40 parts, in ns for each of n. */
function bestOf(run, n) {
  let best = Infinity;
  for (let part = 0; part < 40; part++) {
    const [from, to] = [Math.floor((n * part) / 40), Math.floor((n * (part + 1)) / 40)];
    const start = performance.now();
    run(from, to);
    best = Math.min(best, (1e6 * (performance.now() - start)) / (to - from));
  }
  return best.toFixed(1);
}
