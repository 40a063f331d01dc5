import { type DensePenalty, denseAdagradTwin, denseAdamTwin, denseMomentumTwin, denseRmspropTwin, denseSgdTwin, log, sumLanesTwin } from "@crossbill/kernels";
import test from "ava";
import { numbers, type PanelBench, panelBench } from "./panel-support.js";

const SIZES = [1, 2, 3, 5, 20, 50, 101, 416];
const PENALTIES: readonly DensePenalty[] = [
  { dt: 0.1, l1: 0, l2: 0, decay: 0 },
  { dt: 0.1, l1: 0.3, l2: 0, decay: 0 },
  { dt: 0.1, l1: 0, l2: 0.2, decay: 0 },
  { dt: 0.1, l1: 0.05, l2: 0.1, decay: 0.3 },
];
const ADAM = { rate: 0.1, beta1: 0.9, beta2: 0.999, logBeta1: log(0.9), logBeta2: log(0.999), epsilon: 1e-8 };

interface Case {
  readonly title: string;
  readonly words: number;
  readonly kernel: (
    bench: PanelBench,
    w: number,
    g: number,
    state: readonly number[],
    range: [number, number, number],
    n: number,
    penalty: DensePenalty,
  ) => void;
  readonly twin: (w: Float32Array, state: readonly Float32Array[], k: number, g: number, n: number, penalty: DensePenalty) => void;
  /** How far a first gradient of 1 moves a weight at the rate 0.1. */
  readonly first: number;
}
const last = ({ dt, l1, l2, decay }: DensePenalty): [number, number, number, number] => [dt, l1, l2, decay];
const momentum = (nesterov: boolean): Case => ({
  title: nesterov ? "Nesterov's momentum" : "momentum",
  words: 1,
  kernel: ({ kernels }, w, g, [v], range, _, penalty) => kernels.dense_momentum(w, g, v!, ...range, 0.1, 0.9, nesterov, ...last(penalty)),
  twin: (w, [v], k, g, _, penalty) => denseMomentumTwin(w, v!, k, g, { rate: 0.1, mu: 0.9, nesterov }, penalty),
  first: nesterov ? 0.19 : 0.1,
});
const CASES: readonly Case[] = [
  {
    title: "SGD",
    words: 0,
    kernel: ({ kernels }, w, g, _, range, __, penalty) => kernels.dense_sgd(w, g, ...range, 0.1, ...last(penalty)),
    twin: (w, _, k, g, __, penalty) => denseSgdTwin(w, k, g, 0.1, penalty),
    first: 0.1,
  },
  momentum(false),
  momentum(true),
  {
    title: "Adagrad",
    words: 1,
    kernel: ({ kernels }, w, g, [G], range, _, penalty) => kernels.dense_adagrad(w, g, G!, ...range, 0.1, ...last(penalty)),
    twin: (w, [G], k, g, _, penalty) => denseAdagradTwin(w, G!, k, g, 0.1, penalty),
    first: 0.1,
  },
  {
    title: "RMSProp",
    words: 1,
    kernel: ({ kernels }, w, g, [s], range, _, penalty) => kernels.dense_rmsprop(w, g, s!, ...range, 0.1, 0.9, 1e-7, ...last(penalty)),
    twin: (w, [s], k, g, _, penalty) => denseRmspropTwin(w, s!, k, g, { rate: 0.1, rho: 0.9, epsilon: 1e-7 }, penalty),
    first: 0.1 / (Math.sqrt(0.1) + 1e-7),
  },
  {
    title: "Adam",
    words: 2,
    kernel: ({ kernels }, w, g, [m, v], range, n, penalty) =>
      kernels.dense_adam(w, g, m!, v!, ...range, n, ADAM.rate, ADAM.beta1, ADAM.beta2, ADAM.logBeta1, ADAM.logBeta2, ADAM.epsilon, ...last(penalty)),
    twin: (w, [m, v], k, g, n, penalty) => denseAdamTwin(w, m!, v!, k, g, n, ADAM, penalty),
    first: 0.1,
  },
];

for (const { title, words, kernel, twin, first } of CASES) {
  test(`${title}: blocks after blocks keep the twin's bits, split anywhere, with and without penalties`, (t) => {
    const bench = panelBench();
    for (const size of SIZES) {
      for (const penalty of PENALTIES) {
        const w = numbers(size, size);
        const state = Array.from({ length: words }, () => new Float32Array(size));
        const [at, gAt, stateAt] = [bench.put(w), bench.zeros(size), state.map((x) => bench.put(x))];
        for (let n = 1; n <= 4; n++) {
          const g = numbers(size + n, size);
          bench.arena.f32(gAt, size).set(g);
          const cut = Math.floor(size / 3);
          kernel(bench, at, gAt, stateAt, [0, cut, 0.25], n, penalty);
          kernel(bench, at, gAt, stateAt, [cut, size, 0.25], n, penalty);
          for (let k = 0; k < size; k++) twin(w, state, k, 0.25 * g[k]!, n, penalty);
        }
        t.deepEqual(bench.f32(at, size), w, `${size} parameters`);
        t.deepEqual(
          stateAt.map((x) => bench.f32(x, size)),
          state,
        );
      }
    }
  });

  test(`${title}: goes down, a first step is as its formula says, and L1 makes exact zeros`, (t) => {
    const bench = panelBench();
    const [w, g, state] = [bench.put(Float32Array.of(2, 2, 0.001)), bench.put(Float32Array.of(2, -2, 0)), Array.from({ length: words }, () => bench.zeros(3))];
    kernel(bench, w, g, state, [0, 3, 0.5], 1, PENALTIES[0]!);
    const after = bench.f32(w, 3);
    t.true(Math.abs(2 - after[0]! - first) < 1e-6 && Math.abs(after[1]! - 2 - first) < 1e-6, `${after[0]}, ${after[1]}`);
    t.is(after[2], Math.fround(0.001));
    bench.arena.f32(g, 3).set([0, 0, 1e-6]);
    kernel(bench, w, g, state, [2, 3, 1], 2, { dt: 1, l1: 1, l2: 0, decay: 0 });
    t.is(bench.f32(w, 3)[2], 0);
  });

  test(`${title}: an odd range leaves its neighbours alone, and a NaN gradient does not get lost`, (t) => {
    const bench = panelBench();
    const [w, g, state] = [bench.put(numbers(1, 7)), bench.put(new Float32Array(7).fill(NaN)), Array.from({ length: words }, () => bench.zeros(7))];
    const before = bench.f32(w, 7);
    kernel(bench, w, g, state, [1, 4, 1], 1, PENALTIES[3]!);
    for (const [k, x] of bench.f32(w, 7).entries()) t.true(k >= 1 && k < 4 ? Number.isNaN(x) : x === before[k]);
  });
}

test("lanes are summed in their order, in float64", (t) => {
  const bench = panelBench();
  for (const size of SIZES) {
    for (const count of [1, 2, 3, 16]) {
      const lanes = Array.from({ length: count }, (_, k) => numbers(size + k, size, 10 ** (k % 5)));
      const [out, at] = [bench.zeros(size), bench.put(Float32Array.from(lanes.flatMap((lane) => [...lane])))];
      const cut = Math.floor(size / 2);
      bench.kernels.sum_lanes(out, at, count, size, 0, cut);
      bench.kernels.sum_lanes(out, at, count, size, cut, size);
      t.deepEqual(bench.f32(out, size), sumLanesTwin(lanes));
    }
  }
});
