import { dropoutMaskTwin, PANEL_ROWS, type PanelPlace, randomSlopesTwin } from "@crossbill/kernels";
import test from "ava";
import { type PanelBench, panelBench, panelOf, ROWS, usedRows } from "./panel-support.js";

const PLACE: PanelPlace = { seed: [123456789, 7], step: 41, row0: 128, layer: 2 };
const UNITS = [1, 2, 3, 5, 20, 50, 100, 416];

function mask(bench: PanelBench, units: number, rows: number, rate: number, { seed, step, row0, layer }: PanelPlace): Float32Array {
  const at = bench.zeros(units * PANEL_ROWS);
  bench.kernels.dropout_mask(at, units, rows, rate, ...seed, step, row0, layer);
  return usedRows(bench.f32(at, units * PANEL_ROWS), rows);
}

function slopes(bench: PanelBench, units: number, rows: number, low: number, high: number, { seed, step, row0, layer }: PanelPlace): Float32Array {
  const at = bench.zeros(units * PANEL_ROWS);
  bench.kernels.random_slopes(at, units, rows, low, high, ...seed, step, row0, layer);
  return usedRows(bench.f32(at, units * PANEL_ROWS), rows);
}

test("masks and slopes keep the twins' bits", (t) => {
  const bench = panelBench();
  for (const [k, units] of UNITS.entries()) {
    const rows = ROWS[k % ROWS.length]!;
    const place = { ...PLACE, row0: 64 * k, step: 2 ** 32 - 1 - k, seed: [k, 2 ** 20 + k] as const };
    for (const rate of [0, 0.1, 0.5, 0.999]) t.deepEqual(mask(bench, units, rows, rate, place), dropoutMaskTwin(units, rows, rate, place), `${units} units`);
    t.deepEqual(slopes(bench, units, rows, 0.125, 0.333, place), randomSlopesTwin(units, rows, 0.125, 0.333, place), `${units} units`);
  }
});

test("a mask drops its share of units, and what it keeps makes up for them", (t) => {
  const bench = panelBench();
  for (const rate of [0.05, 0.3, 0.8]) {
    const panel = mask(bench, 1000, 64, rate, PLACE);
    const dropped = panel.filter((x) => x === 0).length / panel.length;
    // Five standard deviations of a share of 64,000.
    t.true(Math.abs(dropped - rate) < 5 * Math.sqrt((rate * (1 - rate)) / panel.length), `${dropped} of ${rate}`);
    t.true(panel.every((x) => x === 0 || x === Math.fround(1 / (1 - rate))));
  }
  t.true(mask(bench, 20, 64, 0, PLACE).every((x) => x === 1));
});

test("slopes fill their range evenly", (t) => {
  const panel = slopes(panelBench(), 1000, 64, 0.125, 0.5, PLACE);
  const mean = panel.reduce((sum, x) => sum + x, 0) / panel.length;
  t.true(panel.every((x) => x >= 0.125 && x < 0.5));
  t.true(Math.abs(mean - 0.3125) < (5 * 0.375) / Math.sqrt(12 * panel.length), `${mean}`);
});

test("masks differ by seed, step, panel, layer and unit, and from the slopes' words", (t) => {
  const bench = panelBench();
  const base = mask(bench, 4, 64, 0.5, PLACE);
  const others = [
    { ...PLACE, seed: [123456790, 7] as const },
    { ...PLACE, seed: [123456789, 8] as const },
    { ...PLACE, step: 42 },
    { ...PLACE, row0: 192 },
    { ...PLACE, layer: 3 },
  ].map((place) => mask(bench, 4, 64, 0.5, place));
  const shapes = slopes(bench, 4, 64, 0, 1, PLACE).map((x) => (x >= 0.5 ? 2 : 0));
  for (const other of [...others, shapes, base.map((_, at) => base[(at + PANEL_ROWS) % base.length]!)]) {
    const equal = other.filter((x, at) => x === base[at]).length;
    // Of 256 fair coins within five standard deviations of half.
    t.true(Math.abs(equal - 128) < 40, `${equal} equal`);
  }
});

test("a panel times a mask, in place too", (t) => {
  const bench = panelBench();
  for (const rows of ROWS) {
    const [x, m] = [panelOf(1, 5), panelOf(2, 5)];
    const [xAt, mAt, out] = [bench.put(x), bench.put(m), bench.zeros(5 * PANEL_ROWS)];
    const want = usedRows(
      x.map((value, at) => value * m[at]!),
      rows,
    );
    bench.kernels.panel_multiply(out, xAt, mAt, 5, rows);
    t.deepEqual(bench.f32(out, 5 * PANEL_ROWS), want);
    bench.kernels.panel_multiply(xAt, xAt, mAt, 5, rows);
    t.deepEqual(usedRows(bench.f32(xAt, 5 * PANEL_ROWS), rows), want);
  }
});
