import {
  adagradUpdateTwin,
  adamUpdateTwin,
  buildCsrBlockTwin,
  featureGradientsTwin,
  ftrlUpdateTwin,
  ftrlWeightTwin,
  type LazyRule,
  lazyWeightTwin,
  log,
  METRICS,
  momentumUpdateTwin,
  rmspropUpdateTwin,
  sgdUpdateTwin,
} from "@crossbill/kernels";
import test from "ava";
import fc from "fast-check";
import { bench, put, putBlock, random, randomBlock } from "./training-support.js";

const FEATURES = 1000;
const SIZES = [3, 40, 900, 57];

test("FTRL steps over many blocks keep the twin's bits, narrow and wide, split anywhere", (t) => {
  const options = { alpha: 0.3, beta: 0.7, l1: 0.2, l2: 0.1 };
  for (const wide of [false, true]) {
    const { arena, kernels } = bench();
    const state = new Float32Array(2 * FEATURES);
    const stateAt = put(arena, state);
    for (const [seed, rows] of [5, 64, 130, 201].entries()) {
      const block = randomBlock(seed, rows, SIZES);
      const at = putBlock(arena, block, wide);
      const next = random(seed);
      const residual = Float64Array.from({ length: rows }, () => next() - 0.5);
      const u = block.uniq.length;
      const w = arena.take(4 * u);
      kernels.ftrl_gather(w, 0, u, at.uniq, stateAt, options.alpha, options.beta, options.l1, options.l2);
      const twin = Float32Array.from(block.uniq, (f) => ftrlWeightTwin(state[2 * f]!, state[2 * f + 1]!, options));
      t.deepEqual(arena.f32(w, u).slice(), twin);
      const residualAt = put(arena, residual);
      const cut = Math.floor(u / 3);
      kernels.ftrl_step(0, cut, at.uniq, at.offsets, at.rowsOf, 0, wide, residualAt, w, stateAt, options.alpha);
      kernels.ftrl_step(cut, u, at.uniq, at.offsets, at.rowsOf, 0, wide, residualAt, w, stateAt, options.alpha);
      for (const [i, g] of featureGradientsTwin(block, residual).entries()) ftrlUpdateTwin(state, block.uniq[i]!, g, twin[i]!, options.alpha);
      t.deepEqual(arena.f32(stateAt, 2 * FEATURES).slice(), state);
    }
    const out = arena.take(4 * FEATURES);
    kernels.ftrl_weights(out, 0, FEATURES, stateAt, options.alpha, options.beta, options.l1, options.l2);
    const weights = Float32Array.from({ length: FEATURES }, (_, f) => ftrlWeightTwin(state[2 * f]!, state[2 * f + 1]!, options));
    t.deepEqual(arena.f32(out, FEATURES).slice(), weights);
    t.is(kernels.ftrl_non_zero(0, FEATURES, stateAt, options.alpha, options.beta, options.l1, options.l2), weights.filter((x) => x !== 0).length);
    t.true(weights.some((x) => x === 0) && weights.some((x) => x !== 0));
  }
});

const LOGS = { logBeta1: log(0.9), logBeta2: log(0.999) };
const RATE = 0.2;
/** What an optimiser's kernels are called with behind the common arguments, and its twin. */
interface Case {
  readonly name: "adagrad" | "sgd" | "momentum" | "rmsprop" | "adam";
  readonly title: string;
  readonly rule: Pick<LazyRule, "words" | "metric" | "epsilon" | "logBeta">;
  readonly initial: readonly number[];
  readonly options: readonly number[];
  readonly update: (state: Float32Array, f: number, g: number, w: number) => void;
}
const plain = { epsilon: 0, logBeta: 0 };
const ADAM = { rate: RATE, beta1: 0.9, beta2: 0.999, ...LOGS, epsilon: 1e-8 };
const CASES: readonly Case[] = [
  {
    name: "adagrad",
    title: "Adagrad",
    rule: { words: 2, metric: METRICS.ADAGRAD, ...plain },
    initial: [0, 0.1],
    options: [RATE],
    update: (state, f, g, w) => adagradUpdateTwin(state, f, g, w, RATE),
  },
  {
    name: "sgd",
    title: "SGD",
    rule: { words: 1, metric: METRICS.IDENTITY, ...plain },
    initial: [0],
    options: [RATE],
    update: (state, f, g, w) => sgdUpdateTwin(state, f, g, w, RATE),
  },
  ...[false, true].map(
    (nesterov): Case => ({
      name: "momentum",
      title: nesterov ? "Nesterov" : "momentum",
      rule: { words: 2, metric: METRICS.IDENTITY, ...plain },
      initial: [0, 0],
      options: [RATE, 0.8, nesterov ? 1 : 0],
      update: (state, f, g, w) => momentumUpdateTwin(state, f, g, w, { rate: RATE, mu: 0.8, nesterov }),
    }),
  ),
  {
    name: "rmsprop",
    title: "RMSProp",
    rule: { words: 2, metric: METRICS.RMSPROP, epsilon: 1e-6, logBeta: 0 },
    initial: [0, 0],
    options: [RATE, 0.9, 1e-6],
    update: (state, f, g, w) => rmspropUpdateTwin(state, f, g, w, { rate: RATE, rho: 0.9, epsilon: 1e-6 }),
  },
  {
    name: "adam",
    title: "Adam",
    rule: { words: 4, metric: METRICS.ADAM, epsilon: 1e-8, logBeta: LOGS.logBeta2 },
    initial: [0, 0, 0, 0],
    options: [RATE, 0.9, 0.999, LOGS.logBeta1, LOGS.logBeta2, 1e-8],
    update: (state, f, g, w) => adamUpdateTwin(state, f, g, w, ADAM),
  },
];
const PENALTIES = { none: { l1: 0, l2: 0, decay: 0 }, all: { l1: 0.01, l2: 0.02, decay: 0.003 }, "l1 alone": { l1: 0.02, l2: 0, decay: 0 } };

for (const { name, title, rule, initial, options, update } of CASES) {
  for (const [what, penalties] of Object.entries(PENALTIES)) {
    test(`${title}, penalties ${what}: steps over many blocks keep the twin's bits, narrow and wide, split anywhere, with values and without`, (t) => {
      const { words, metric, epsilon, logBeta } = rule;
      const scaled = name !== "adagrad";
      for (const [wide, valued] of [
        [false, false],
        [true, true],
      ] as const) {
        const { arena, kernels } = bench();
        const state = Float32Array.from({ length: words * FEATURES }, (_, i) => initial[i % words]!);
        const last = new Uint32Array(FEATURES);
        const clock = Float64Array.of(0, 5.5, 69.5, 200, 401);
        const [stateAt, lastAt, clockAt] = [put(arena, state), what === "none" ? 0 : put(arena, last), put(arena, clock)];
        const at = (now: number) => [stateAt, words, lastAt, clockAt, now, metric, epsilon, logBeta, penalties.l1, penalties.l2, penalties.decay] as const;
        const full = { ...rule, ...penalties };
        const weight = (f: number, now: number): number => lazyWeightTwin(state, f, clock[last[f]! + 1]! - clock[last[f]!]!, now - clock[last[f]! + 1]!, full);
        for (const [step, rows] of [5, 64, 130, 201].entries()) {
          const next = random(step);
          const block = valued ? valuedBlock(next, rows) : randomBlock(step + 10, rows, SIZES);
          const placed = putBlock(arena, block, wide);
          const scale = scaled ? 1 / rows : 1;
          // Rows of weight 0 leave features whose gradient is 0.
          const residual = Float64Array.from({ length: rows }, () => (next() < 0.1 ? 0 : next() - 0.5));
          const u = block.uniq.length;
          const w = arena.take(4 * u);
          kernels.lazy_gather(w, 0, u, placed.uniq, ...at(clock[step]!));
          const twin = Float32Array.from(block.uniq, (f) => weight(f, clock[step]!));
          t.deepEqual(arena.f32(w, u).slice(), twin);
          const residualAt = put(arena, residual);
          const cut = Math.floor(u / 3);
          const own = [...(scaled ? [scale] : []), w, stateAt, lastAt, step, ...options];
          const run = kernels[`${name}_step`] as (...numbers: (number | boolean)[]) => void;
          run(0, cut, placed.uniq, placed.offsets, placed.rowsOf, placed.valuesOf, wide, residualAt, ...own);
          const gradients = featureGradientsTwin(block, residual);
          if (step % 2 === 0) run(cut, u, placed.uniq, placed.offsets, placed.rowsOf, placed.valuesOf, wide, residualAt, ...own);
          else {
            const apply = kernels[`${name}_apply`] as (...numbers: number[]) => void;
            apply(cut, u, placed.uniq, put(arena, gradients), ...own);
          }
          for (const [i, g] of gradients.entries()) {
            update(state, block.uniq[i]!, scale * g, twin[i]!);
            if (g !== 0 && lastAt !== 0) last[block.uniq[i]!] = step;
          }
          t.deepEqual(arena.f32(stateAt, words * FEATURES).slice(), state);
          if (lastAt !== 0) t.deepEqual(arena.u32(lastAt, FEATURES).slice(), last);
        }
        const weights = Float32Array.from({ length: FEATURES }, (_, f) => weight(f, 401));
        t.is(kernels.lazy_non_zero(0, FEATURES, ...at(401)), weights.filter((x) => x !== 0).length);
        t.is(
          weights.some((x, f) => x === 0 && state[words * f] !== 0),
          penalties.l1 > 0,
          "the penalty reaches features that are touched no more",
        );
        const [flushed, out] = [arena.take(4 * words * FEATURES), arena.take(4 * FEATURES)];
        kernels.lazy_flush(flushed, 0, 333, ...at(401));
        kernels.lazy_flush(flushed, 333, FEATURES, ...at(401));
        t.deepEqual(
          arena.f32(flushed, words * FEATURES).slice(),
          state.map((x, i) => (i % words === 0 ? weights[i / words]! : x)),
        );
        kernels.lazy_weights(out, 0, FEATURES, flushed, words);
        t.deepEqual(arena.f32(out, FEATURES).slice(), weights);
      }
    });
  }
}

function valuedBlock(next: () => number, rows: number) {
  const offsets = Uint32Array.from({ length: rows + 1 }, (_, r) => 7 * r);
  const ids = Uint32Array.from({ length: 7 * rows }, () => Math.floor(next() * next() * FEATURES));
  return buildCsrBlockTwin(
    offsets,
    [...ids],
    Float32Array.from(ids, () => next() - 0.5),
  );
}

test("three steps of each rule by hand", (t) => {
  // Gradients 1, -2, 0.5 of one feature, learning rate 0.1; the formulas of the papers in float64, written out.
  const gradients = [1, -2, 0.5];
  const follow = (words: number, step: (state: Float32Array, g: number, w: number) => void, initial = 0): number => {
    const state = new Float32Array(words);
    if (words > 1) state[1] = initial;
    for (const g of gradients) step(state, g, state[0]!);
    return state[0]!;
  };
  const near = (got: number, wanted: number): void => void t.true(Math.abs(got - wanted) < 1e-7, `${got} for ${wanted}`);
  near(
    follow(1, (s, g, w) => sgdUpdateTwin(s, 0, g, w, 0.1)),
    -0.1 + 0.2 - 0.05,
  );
  // v = 1, -1.1, -0.49
  near(
    follow(2, (s, g, w) => momentumUpdateTwin(s, 0, g, w, { rate: 0.1, mu: 0.9, nesterov: false })),
    -0.1 + 0.11 + 0.049,
  );
  near(
    follow(2, (s, g, w) => momentumUpdateTwin(s, 0, g, w, { rate: 0.1, mu: 0.9, nesterov: true })),
    -0.1 * (1 + 0.9) - 0.1 * (-2 + 0.9 * -1.1) - 0.1 * (0.5 + 0.9 * -0.49),
  );
  // s = 0.1, 0.49, 0.466
  near(
    follow(2, (s, g, w) => rmspropUpdateTwin(s, 0, g, w, { rate: 0.1, rho: 0.9, epsilon: 1e-8 })),
    -0.1 / Math.sqrt(0.1) + 0.2 / Math.sqrt(0.49) - 0.05 / Math.sqrt(0.466),
  );
  near(
    follow(2, (s, g, w) => adagradUpdateTwin(s, 0, g, w, 0.1), 0.1),
    -0.1 / Math.sqrt(1.1) + 0.2 / Math.sqrt(5.1) - 0.05 / Math.sqrt(5.35),
  );
  // m = 0.1, -0.11, -0.049; v = 0.001, 0.004999, 0.005244001
  const adam = (m: number, v: number, n: number): number => (0.1 * m) / (1 - 0.9 ** n) / Math.sqrt(v / (1 - 0.999 ** n));
  near(
    follow(4, (s, g, w) => adamUpdateTwin(s, 0, g, w, { ...ADAM, rate: 0.1 })),
    -adam(0.1, 0.001, 1) - adam(-0.11, 0.004999, 2) - adam(-0.049, 0.005244001, 3),
  );
});

test("penalties of two times one after the other are those of their sum, and many small proximal steps come to the same", (t) => {
  fc.assert(
    fc.property(
      fc.double({ min: -2, max: 2, noNaN: true }),
      fc.tuple(fc.double({ min: 0, max: 3, noNaN: true }), fc.double({ min: 0, max: 3, noNaN: true })),
      fc.tuple(...[0.5, 0.5, 0.2].map((max) => fc.integer({ min: 0, max: 100 }).map((n) => (max * n) / 100))),
      (start, [first, second], [l1, l2, decay]) => {
        const rule = { words: 1, metric: METRICS.IDENTITY, epsilon: 0, logBeta: 0, l1: l1!, l2: l2!, decay: decay! };
        const after = (w: number, time: number): number => lazyWeightTwin(Float32Array.of(w), 0, 0, time, rule);
        const w = Math.fround(Math.round(start * 1000) / 1000);
        const once = after(w, first + second);
        t.true(Math.abs(after(after(w, first), second) - once) < 5e-7);
        let eager = w;
        const N = 4000;
        const dt = (first + second) / N;
        for (let i = 0; i < N; i++) {
          eager -= dt * decay! * eager;
          eager = (Math.sign(eager) * Math.max(0, Math.abs(eager) - dt * l1!)) / (1 + 2 * dt * l2!);
        }
        t.true(Math.abs(eager - once) < 0.01, `${eager} and ${once}`);
      },
    ),
  );
});

test("a weight that is not finite is noticed when weights are counted", (t) => {
  const { arena, kernels } = bench();
  const at = put(arena, Float32Array.of(1, 1, Number.POSITIVE_INFINITY, 1));
  t.is(kernels.lazy_non_zero(0, 2, at, 2, 0, 0, 0, METRICS.IDENTITY, 0, 0, 0, 0, 0), Number.NaN);
  t.is(kernels.ftrl_non_zero(0, 2, at, 0.1, 1, 0, 0), Number.NaN);
  const frozen = put(arena, Float32Array.of(1, 1, 1, Number.POSITIVE_INFINITY));
  t.is(kernels.lazy_non_zero(0, 2, frozen, 2, 0, 0, 0, METRICS.ADAGRAD, 0, 0, 0, 0, 0), Number.NaN);
  t.is(kernels.lazy_non_zero(0, 1, frozen, 2, 0, 0, 0, METRICS.ADAGRAD, 0, 0, 0, 0, 0), 1);
});
