import {
  type BatchStatistics,
  batchStatisticsTwin,
  batchSumsTwin,
  foldPanelsTwin,
  normalizeBackwardSumsTwin,
  normalizeBackwardTwin,
  normalizeTwin,
  PANEL_ROWS,
} from "@crossbill/kernels";
import test from "ava";
import { numbers, type PanelBench, panelBench, panelOf, ROWS, WIDTHS } from "./panel-support.js";
import { random } from "./training-support.js";

const RULE = { epsilon: 1e-3, momentum: 0.9 };

interface Panel {
  readonly z: Float32Array;
  readonly dy: Float32Array;
  /** 0 past `rows`, and for some of them. */
  readonly w: Float64Array;
  readonly rows: number;
}

interface Layer {
  readonly units: number;
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  readonly shift: Float32Array;
  readonly running: Float32Array;
  readonly weight: number;
}

interface Result {
  readonly statistics: BatchStatistics;
  readonly running: Float32Array;
  readonly y: Float32Array[];
  readonly sums: Float64Array;
  readonly dz: Float32Array[];
}

function blockOf(seed: number, units: number, rowsOf: readonly number[], level = 0): { panels: Panel[]; layer: Layer } {
  const next = random(seed);
  const panels = rowsOf.map((rows, k) => {
    const w = Float64Array.from({ length: PANEL_ROWS }, (_, r) => (r < rows && next() > 0.2 ? 3 * next() : 0));
    const dy = panelOf(seed + 50 + k, units).map((d, at) => d * w[at % PANEL_ROWS]!);
    return { z: panelOf(seed + k, units, 2).map((z) => z + level), dy, w, rows };
  });
  const weight = panels.reduce((sum, { w }) => sum + w.reduce((a, b) => a + b, 0), 0);
  const running = numbers(seed + 91, 2 * units).map((x, k) => (k < units ? x + level : Math.abs(x)));
  return {
    panels,
    layer: { units, gamma: numbers(seed + 90, units, 2), beta: numbers(seed + 92, units), shift: running.slice(0, units), running, weight },
  };
}

function byKernels(
  { arena, kernels, put, zeros, f32, f64 }: PanelBench,
  panels: readonly Panel[],
  { units, gamma, beta, shift, running, weight }: Layer,
): Result {
  const mark = arena.mark();
  const at = panels.map(({ z, dy, w }) => ({ z: put(z), dy: put(dy), w: put(w), y: zeros(units * PANEL_ROWS), dz: zeros(units * PANEL_ROWS) }));
  const [mean, scale, runningAt, gammaAt, betaAt, shiftAt] = [zeros(units), zeros(units), put(running), put(gamma), put(beta), put(shift)];
  const sums = arena.take(16 * units * panels.length);
  const folded = arena.take(16 * units);
  for (const [m, { z, w }] of at.entries()) kernels.batch_sums(sums + 16 * units * m, shiftAt, z, w, units, panels[m]!.rows);
  const cut = Math.floor(units / 2);
  kernels.fold_panels(folded, sums, panels.length, 2 * units, 0, cut);
  kernels.fold_panels(folded, sums, panels.length, 2 * units, cut, 2 * units);
  kernels.batch_statistics(mean, scale, runningAt, folded, shiftAt, units, weight, RULE.epsilon, RULE.momentum, 0, cut);
  kernels.batch_statistics(mean, scale, runningAt, folded, shiftAt, units, weight, RULE.epsilon, RULE.momentum, cut, units);
  for (const [m, { z, y }] of at.entries()) kernels.normalize(y, z, mean, scale, gammaAt, betaAt, units, panels[m]!.rows);
  for (const [m, { z, dy }] of at.entries()) kernels.normalize_backward_sums(sums + 16 * units * m, dy, z, mean, scale, units, panels[m]!.rows);
  kernels.fold_panels(folded, sums, panels.length, 2 * units, 0, 2 * units);
  for (const [m, { z, dy, w, dz }] of at.entries()) kernels.normalize_backward(dz, dy, z, w, mean, scale, gammaAt, folded, weight, units, panels[m]!.rows);
  const result = {
    statistics: { mean: f32(mean, units), scale: f32(scale, units) },
    running: f32(runningAt, 2 * units),
    y: at.map(({ y }) => f32(y, units * PANEL_ROWS)),
    sums: f64(folded, 2 * units),
    dz: at.map(({ dz }) => f32(dz, units * PANEL_ROWS)),
  };
  arena.release(mark);
  return result;
}

function byTwins(panels: readonly Panel[], { units, gamma, beta, shift, running: before, weight }: Layer): Result {
  const running = before.slice();
  const folded = foldPanelsTwin(panels.map(({ z, w, rows }) => batchSumsTwin(shift, z, w, units, rows)));
  const statistics = batchStatisticsTwin(running, folded, shift, units, { weight, ...RULE });
  const sums = foldPanelsTwin(panels.map(({ z, dy, rows }) => normalizeBackwardSumsTwin(dy, z, statistics, units, rows)));
  return {
    statistics,
    running,
    y: panels.map(({ z, rows }) => normalizeTwin(z, statistics, gamma, beta, units, rows)),
    sums,
    dz: panels.map(({ z, dy, w, rows }) => normalizeBackwardTwin(dy, z, w, statistics, gamma, sums, weight, units, rows)),
  };
}

/** y of every row in float64, from the definition. */
function definition(
  z: readonly Float64Array[],
  panels: readonly Panel[],
  { units, weight }: Layer,
  gamma: ArrayLike<number>,
  beta: ArrayLike<number>,
): { y: Float64Array[]; mean: number[]; variance: number[] } {
  const mean: number[] = [];
  const variance: number[] = [];
  const each = (u: number, f: (z: number, w: number) => number): number =>
    panels.reduce((sum, { w, rows }, m) => sum + Array.from({ length: rows }, (_, r) => f(z[m]![u * PANEL_ROWS + r]!, w[r]!)).reduce((a, b) => a + b, 0), 0);
  for (let u = 0; u < units; u++) {
    mean[u] = each(u, (x, w) => w * x) / weight;
    variance[u] = each(u, (x, w) => w * (x - mean[u]!) ** 2) / weight;
  }
  const y = z.map((panel) =>
    panel.map((x, at) => {
      const u = Math.floor(at / PANEL_ROWS);
      return (gamma[u]! * (x - mean[u]!)) / Math.sqrt(variance[u]! + RULE.epsilon) + beta[u]!;
    }),
  );
  return { y, mean, variance };
}

test("batch normalisation keeps the twins' bits over any number of panels", (t) => {
  const bench = panelBench();
  for (const [k, units] of WIDTHS.entries()) {
    const rowsOf = [...Array.from({ length: k % 4 }, () => 64), ROWS[k % ROWS.length]!];
    const { panels, layer } = blockOf(100 * k, units, rowsOf);
    t.deepEqual(byKernels(bench, panels, layer), byTwins(panels, layer), `${units} units, ${rowsOf.join()} rows`);
  }
});

test("mean, variance and what follows are their definitions, also far from zero", (t) => {
  const bench = panelBench();
  for (const level of [0, 1000]) {
    const { panels, layer } = blockOf(7, 5, [64, 64, 60], level);
    const got = byKernels(bench, panels, layer);
    const { y, mean, variance } = definition(
      panels.map(({ z }) => Float64Array.from(z)),
      panels,
      layer,
      layer.gamma,
      layer.beta,
    );
    for (let u = 0; u < 5; u++) {
      t.true(Math.abs(got.statistics.mean[u]! / mean[u]! - 1) < 1e-6);
      t.true(Math.abs(got.statistics.scale[u]! * Math.sqrt(variance[u]! + RULE.epsilon) - 1) < 1e-6);
      t.true(Math.abs(got.running[u]! - (0.9 * layer.running[u]! + 0.1 * mean[u]!)) < 1e-6 * (1 + level));
      t.true(Math.abs(got.running[5 + u]! - (0.9 * layer.running[5 + u]! + 0.1 * variance[u]!)) < 1e-5);
    }
    for (const [m, { rows }] of panels.entries())
      for (const [at, x] of got.y[m]!.entries()) if (at % PANEL_ROWS < rows) t.true(Math.abs(x - y[m]![at]!) < 1e-5 + 3e-7 * level);
  }
});

test("a row of weight 3 counts as three copies of it, one of weight 0 as none", (t) => {
  const bench = panelBench();
  const { panels, layer } = blockOf(3, 4, [8]);
  const [{ z, dy }] = [panels[0]!];
  const weights = [3, 1, 0, 1, 1, 1, 0, 1];
  const copies = [0, 0, 0, 1, 3, 4, 5, 7];
  const pick = (panel: Float32Array, scale: (r: number) => number): Float32Array =>
    panel.map((_, at) => (at % PANEL_ROWS < 8 ? panel[at - (at % PANEL_ROWS) + copies[at % PANEL_ROWS]!]! * scale(at % PANEL_ROWS) : 0));
  const weightsOf = (w: readonly number[]): Float64Array => Float64Array.from({ length: PANEL_ROWS }, (_, r) => w[r] ?? 0);
  const gradient = dy.map((d, at) => d * (weights[at % PANEL_ROWS] ?? 0));
  const weighted = byKernels(bench, [{ z, dy: gradient, w: weightsOf(weights), rows: 8 }], { ...layer, weight: 8 });
  const copied = byKernels(bench, [{ z: pick(z, () => 1), dy: pick(dy, () => 1), w: weightsOf([1, 1, 1, 1, 1, 1, 1, 1]), rows: 8 }], { ...layer, weight: 8 });
  for (const name of ["mean", "scale"] as const)
    for (const [u, x] of weighted.statistics[name].entries()) t.true(Math.abs(x - copied.statistics[name][u]!) < 1e-6);
  for (let at = 0; at < z.length; at++) {
    const r = at % PANEL_ROWS;
    if (r >= 8) continue;
    t.true(Math.abs(copied.dz[0]![at]! * weights[copies[r]!]! - weighted.dz[0]![at - r + copies[r]!]!) < 1e-5);
    if (weights[r] === 0) t.is(Math.abs(weighted.dz[0]![at]!), 0);
  }
});

test("the gradients to z, gamma and beta are those of finite differences", (t) => {
  const bench = panelBench();
  const { panels, layer } = blockOf(11, 3, [64, 12]);
  const got = byKernels(bench, panels, layer);
  const z = panels.map((panel) => Float64Array.from(panel.z));
  const gamma = Float64Array.from(layer.gamma);
  const beta = Float64Array.from(layer.beta);
  const loss = (): number => {
    const { y } = definition(z, panels, layer, gamma, beta);
    let sum = 0;
    for (const [m, { dy, rows }] of panels.entries()) for (const [at, d] of dy.entries()) if (at % PANEL_ROWS < rows) sum += d * y[m]![at]!;
    return sum;
  };
  const compare = (name: string, values: Float64Array, k: number, gradient: number): void => {
    const at = values[k]!;
    values[k] = at + 1e-5;
    const above = loss();
    values[k] = at - 1e-5;
    const difference = (above - loss()) / 2e-5;
    values[k] = at;
    t.true(Math.abs(difference - gradient) < 1e-5, `${name}[${k}]: ${gradient} and ${difference}`);
  };
  for (const [m, { rows }] of panels.entries())
    for (let at = 0; at < 3 * PANEL_ROWS; at++) if (at % PANEL_ROWS < rows) compare(`z of panel ${m}`, z[m]!, at, got.dz[m]![at]!);
  for (let u = 0; u < 3; u++) {
    compare("gamma", gamma, u, got.sums[u]!);
    compare("beta", beta, u, got.sums[3 + u]!);
  }
});

test("gradients of gamma and beta are added to what is there", (t) => {
  const { put, f32, kernels } = panelBench();
  const [gamma, beta] = [put(Float32Array.of(1, 2, 3)), put(Float32Array.of(10, 20, 30))];
  kernels.normalize_gradients(gamma, beta, put(Float64Array.of(0.5, 0.25, -1, 4, 5, -6)), 3);
  t.deepEqual([...f32(gamma, 3)], [1.5, 2.25, 2]);
  t.deepEqual([...f32(beta, 3)], [14, 25, 24]);
});

test("a block without weight takes the running statistics and leaves them", (t) => {
  const { panels, layer } = blockOf(5, 2, [8]);
  const none = panels.map((panel) => ({ ...panel, w: new Float64Array(PANEL_ROWS), dy: new Float32Array(2 * PANEL_ROWS) }));
  const got = byKernels(panelBench(), none, { ...layer, weight: 0 });
  t.deepEqual(got, byTwins(none, { ...layer, weight: 0 }));
  t.deepEqual(got.running, layer.running);
  t.deepEqual(got.statistics.mean, layer.running.slice(0, 2));
  t.true(got.dz[0]!.every((d) => d === 0));
});
