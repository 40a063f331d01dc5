import {
  ACTIVATIONS,
  activateBackwardTwin,
  activateTwin,
  expm1NegativeF32,
  expNegativeF32,
  log1pUnitF32,
  PANEL_ROWS,
  type TwinActivation,
  tanhF32,
} from "@crossbill/kernels";
import test from "ava";
import { numbers, type PanelBench, panelBench, panelOf, ROWS } from "./panel-support.js";

const UNITS = [1, 2, 3, 5, 20];
type Kind = keyof typeof ACTIVATIONS;
const KINDS = Object.keys(ACTIVATIONS) as Kind[];

/** The definitions, in float64. */
const DEFINITIONS: Record<Kind, (z: number, slope: number) => number> = {
  RELU: (z) => Math.max(z, 0),
  LINEAR: (z) => z,
  SIGMOID: (z) => 1 / (1 + Math.exp(-z)),
  TANH: Math.tanh,
  SOFTPLUS: (z) => (z > 0 ? z + Math.log1p(Math.exp(-z)) : Math.log1p(Math.exp(z))),
  LEAKY_RELU: (z) => (z > 0 ? z : 0.25 * z),
  PRELU: (z, slope) => (z > 0 ? z : slope * z),
  RRELU: (z, slope) => (z > 0 ? z : slope * z),
  RELU_N: (z) => Math.min(Math.max(z, 0), 6),
  ELU: (z) => (z > 0 ? z : 1.5 * Math.expm1(z)),
  // (1 + tanh y) / 2 = 1 / (1 + e^-2y), which keeps its digits below 0 too.
  GELU: (z) => z / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3))),
  SILU: (z) => z / (1 + Math.exp(-z)),
};
const P: Partial<Record<Kind, number>> = { LEAKY_RELU: 0.25, RELU_N: 6, ELU: 1.5, RRELU: 0.125 };

function activationOf(kind: Kind, units: number, drawn = true): TwinActivation {
  const slopes = kind === "PRELU" ? numbers(11, units, 0.5) : kind === "RRELU" && drawn ? panelOf(12, units, 0.3) : null;
  return { kind: ACTIVATIONS[kind], p: P[kind] ?? 0, q: kind === "RRELU" ? 0.375 : 0, slopes };
}

function forward(bench: PanelBench, z: Float32Array, units: number, rows: number, { kind, p, q, slopes }: TwinActivation, inPlace = false): Float32Array {
  const zAt = bench.put(z);
  const a = inPlace ? zAt : bench.zeros(units * PANEL_ROWS);
  bench.kernels.activate(a, zAt, units, rows, kind, p, q, slopes === null ? 0 : bench.put(slopes));
  return bench.f32(a, units * PANEL_ROWS);
}

function backward(
  bench: PanelBench,
  da: Float32Array,
  z: Float32Array,
  units: number,
  rows: number,
  { kind, p, q, slopes }: TwinActivation,
): { dz: Float32Array; dslopes: Float32Array } {
  const dz = bench.zeros(units * PANEL_ROWS);
  const dslopes = bench.put(numbers(13, units));
  bench.kernels.activate_backward(dz, bench.put(da), bench.put(z), units, rows, kind, p, q, slopes === null ? 0 : bench.put(slopes), dslopes);
  return { dz: bench.f32(dz, units * PANEL_ROWS), dslopes: bench.f32(dslopes, units) };
}

test("activations and their gradients keep the twins' bits, at every size and number of rows", (t) => {
  const bench = panelBench();
  for (const kind of KINDS) {
    for (const units of UNITS) {
      for (const [k, rows] of ROWS.entries()) {
        const z = panelOf(20 + k, units, [0.3, 3, 30, 300][k]!);
        const da = panelOf(30 + k, units);
        const activation = activationOf(kind, units);
        t.deepEqual(forward(bench, z, units, rows, activation), activateTwin(z, units, rows, activation), `${kind}, ${units} units, ${rows} rows`);
        const dslopes = numbers(13, units);
        const dz = activateBackwardTwin(da, z, units, rows, activation, dslopes);
        t.deepEqual(backward(bench, da, z, units, rows, activation), { dz, dslopes }, `gradient of ${kind}, ${units} units, ${rows} rows`);
      }
    }
  }
});

test("an activation may be written over its input", (t) => {
  const bench = panelBench();
  for (const kind of KINDS) {
    const z = panelOf(1, 3, 4);
    const activation = activationOf(kind, 3);
    t.deepEqual(forward(bench, z, 3, 64, activation, true), forward(bench, z, 3, 64, activation), kind);
  }
});

test("activations are their definitions, to a few units of the last place", (t) => {
  const bench = panelBench();
  for (const kind of KINDS) {
    const units = 100;
    const z = panelOf(2, units, 12);
    const activation = activationOf(kind, units);
    const got = forward(bench, z, units, 64, activation);
    let worst = 0;
    for (let at = 0; at < got.length; at++) {
      const want = DEFINITIONS[kind](z[at]!, slopeAt(activation, at));
      worst = Math.max(worst, Math.abs(got[at]! - want) / unit(want));
    }
    t.log(`${kind}: ${worst.toFixed(2)} units`);
    // The argument of GELU's sigmoid is rounded and up to 100 where z is -12; the others lose nothing there.
    t.true(worst < (kind === "GELU" ? 200 : 4), `${kind}: ${worst}`);
  }
});

test("the gradient of every activation is that of finite differences", (t) => {
  const bench = panelBench();
  for (const kind of KINDS) {
    const units = 20;
    // Away from corners, so that a difference does not straddle one.
    const z = panelOf(3, units, 8).map((x) => (Math.abs(x) < 1e-3 || Math.abs(x - 6) < 1e-3 ? 0.5 : x));
    const da = panelOf(4, units);
    const activation = activationOf(kind, units);
    const { dz, dslopes } = backward(bench, da, z, units, 64, activation);
    const wanted = Float64Array.from(numbers(13, units));
    for (let at = 0; at < dz.length; at++) {
      const slope = slopeAt(activation, at);
      const difference = (DEFINITIONS[kind](z[at]! + 1e-5, slope) - DEFINITIONS[kind](z[at]! - 1e-5, slope)) / 2e-5;
      t.true(Math.abs(dz[at]! - da[at]! * difference) < 1e-6, `${kind} at ${z[at]}: ${dz[at]} and ${da[at]! * difference}`);
      const unitOf = Math.floor(at / PANEL_ROWS);
      if (kind === "PRELU")
        wanted[unitOf] = wanted[unitOf]! + (da[at]! * (DEFINITIONS[kind](z[at]!, slope + 1e-5) - DEFINITIONS[kind](z[at]!, slope - 1e-5))) / 2e-5;
    }
    for (const [u, sum] of wanted.entries()) t.true(Math.abs(dslopes[u]! - sum) < 1e-4, `${kind}, slope of unit ${u}: ${dslopes[u]} and ${sum}`);
  }
});

test("in prediction the slope of RRELU is the middle of its range", (t) => {
  const bench = panelBench();
  const activation = activationOf("RRELU", 2, false);
  const z = panelOf(5, 2);
  const got = forward(bench, z, 2, 64, activation);
  t.deepEqual(got, activateTwin(z, 2, 64, activation));
  t.deepEqual(
    got,
    z.map((x) => (x > 0 ? x : 0.25 * x)),
  );
  t.deepEqual(backward(bench, z, z, 2, 64, activation).dz, activateBackwardTwin(z, z, 2, 64, activation, null));
});

test("far from zero nothing overflows, and NaN stays NaN", (t) => {
  const bench = panelBench();
  const far = [-3e38, -1e20, -1000, -104, -88, 88, 104, 1000, 1e20, 3e38, 0, -0, 1e-40, -1e-40];
  const z = Float32Array.from({ length: PANEL_ROWS }, (_, at) => far[at % far.length]!);
  const ones = new Float32Array(PANEL_ROWS).fill(1);
  for (const kind of KINDS) {
    const activation = activationOf(kind, 1);
    t.true(forward(bench, z, 1, 64, activation).every(Number.isFinite), kind);
    t.deepEqual(forward(bench, z, 1, 64, activation), activateTwin(z, 1, 64, activation), kind);
    const { dz } = backward(bench, ones, z, 1, 64, activation);
    t.true(dz.every(Number.isFinite), `gradient of ${kind}`);
    t.deepEqual(dz, activateBackwardTwin(ones, z, 1, 64, activation, new Float32Array(1)), `gradient of ${kind}`);
    t.true(forward(bench, new Float32Array(PANEL_ROWS).fill(NaN), 1, 4, activation).subarray(0, 4).every(Number.isNaN), `${kind} of NaN`);
  }
});

test("exp, expm1, tanh and log1p in float32 are within 2 units of the last place", (t) => {
  const sweep = (name: string, f: (x: number) => number, exact: (x: number) => number, from: number, to: number): void => {
    let worst = 0;
    let where = 0;
    for (let i = 0; i <= 200_000; i++) {
      const x = Math.fround(from + ((to - from) * i) / 200_000);
      const want = exact(x);
      const off = Math.abs(f(x) - want) / unit(want);
      if (off > worst) [worst, where] = [off, x];
    }
    t.log(`${name} in [${from}, ${to}]: ${worst.toFixed(2)} units, at ${where}`);
    t.true(worst <= 2, `${name}: ${worst} at ${where}`);
  };
  for (const to of [104, 1, 1e-3]) {
    sweep("exp", expNegativeF32, Math.exp, -to, 0);
    sweep("tanh", tanhF32, Math.tanh, -to, to);
  }
  for (const from of [-32, -1, -1e-3]) sweep("expm1", expm1NegativeF32, Math.expm1, from, 0);
  for (const to of [1, 0.01, 1e-6]) sweep("log1p", log1pUnitF32, Math.log1p, 0, to);
  t.is(expNegativeF32(0), 1);
  t.is(expNegativeF32(-105), 0);
});

/** The unit of the last place of a float32 near x. */
function unit(x: number): number {
  return 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -126) - 23);
}

function slopeAt({ kind, slopes }: TwinActivation, at: number): number {
  return slopes === null ? 0 : slopes[kind === ACTIVATIONS.PRELU ? Math.floor(at / PANEL_ROWS) : at]!;
}
