import { adagradUpdateTwin, adagradWeightTwin, featureGradientsTwin, ftrlUpdateTwin, ftrlWeightTwin } from "@crossbill/kernels";
import test from "ava";
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

test("Adagrad steps with lazy penalties over many blocks keep the twin's bits", (t) => {
  const options = { rate: 0.2, l1: 0.002, l2: 0.01 };
  for (const wide of [false, true]) {
    const { arena, kernels } = bench();
    const state = new Float32Array(2 * FEATURES);
    for (let f = 0; f < FEATURES; f++) state[2 * f + 1] = 0.1;
    const last = new Uint32Array(FEATURES);
    const seen = Float64Array.of(0, 5.5, 69.5, 200, 401);
    const [stateAt, lastAt, seenAt] = [put(arena, state), put(arena, last), put(arena, seen)];
    for (const [step, rows] of [5, 64, 130, 201].entries()) {
      const block = randomBlock(step + 10, rows, SIZES);
      const at = putBlock(arena, block, wide);
      const next = random(step);
      const residual = Float64Array.from({ length: rows }, () => next() - 0.5);
      const u = block.uniq.length;
      const w = arena.take(4 * u);
      kernels.adagrad_gather(w, 0, u, at.uniq, stateAt, lastAt, seenAt, seen[step]!, options.rate, options.l1, options.l2);
      const twin = Float32Array.from(block.uniq, (f) => adagradWeightTwin(state[2 * f]!, state[2 * f + 1]!, seen[step]! - seen[last[f]!]!, options));
      t.deepEqual(arena.f32(w, u).slice(), twin);
      kernels.adagrad_step(0, u, at.uniq, at.offsets, at.rowsOf, 0, wide, put(arena, residual), w, stateAt, lastAt, step, options.rate);
      for (const [i, g] of featureGradientsTwin(block, residual).entries()) {
        adagradUpdateTwin(state, block.uniq[i]!, g, twin[i]!, options.rate);
        last[block.uniq[i]!] = step;
      }
      t.deepEqual(arena.f32(stateAt, 2 * FEATURES).slice(), state);
      t.deepEqual(arena.u32(lastAt, FEATURES).slice(), last);
    }
    const weights = Float32Array.from({ length: FEATURES }, (_, f) => adagradWeightTwin(state[2 * f]!, state[2 * f + 1]!, 401 - seen[last[f]!]!, options));
    t.is(kernels.adagrad_non_zero(0, FEATURES, stateAt, lastAt, seenAt, 401, options.rate, options.l1, options.l2), weights.filter((x) => x !== 0).length);
    t.true(
      weights.some((x, f) => x === 0 && state[2 * f] !== 0),
      "the penalty reaches features that are touched no more",
    );
  }
});

test("a weight that is not finite is noticed when weights are counted", (t) => {
  const { arena, kernels } = bench();
  const at = put(arena, Float32Array.of(1, 1, Number.POSITIVE_INFINITY, 1));
  t.is(kernels.adagrad_non_zero(0, 2, at, 0, 0, 0, 0.1, 0, 0), Number.NaN);
  t.is(kernels.ftrl_non_zero(0, 2, at, 0.1, 1, 0, 0), Number.NaN);
});
