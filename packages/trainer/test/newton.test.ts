import { coordinateSweepTwin } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import { RandomStream } from "@crossbill/numerics";
import type { FitLinearData } from "@crossbill/trainer";
import test from "ava";
import fc from "fast-check";
import { choleskyFactor, choleskySolve } from "../dist/exact/cholesky.js";
import { coordinateDescent, DescentScratch } from "../dist/exact/coordinate-descent.js";
import type { KernelObjective } from "../dist/exact/kernel-objective.js";
import { localObjective } from "../dist/exact/local.js";
import type { MatrixRows } from "../dist/exact/matrix-rows.js";
import type { ExactHead } from "../dist/exact/passes.js";
import { type Solution, solve } from "../dist/exact/solve.js";
import { bits, type Problem, problem, sparseRows, trainOn } from "./support.js";

const HEADS = ["logistic", "squared", "poisson"] as const;

/** Every second entry of value 1 among those with values. */
function matrixRows({ rows, labels, weights }: FitLinearData): MatrixRows {
  const n = labels.length;
  const lists = [true, false].map((ones) => {
    const offsets = new Uint32Array(n + 1);
    const kept: number[] = [];
    for (let i = 0; i < n; i++) {
      for (let k = rows.offsets[i]!; k < rows.offsets[i + 1]!; k++) if ((rows.values[k] === 1 && k % 2 === 0) === ones) kept.push(k);
      offsets[i + 1] = kept.length;
    }
    const features = Uint32Array.from(kept, (k) => rows.indices[k]!);
    return { offsets, features, values: ones ? null : Float64Array.from(kept, (k) => rows.values[k]!) };
  });
  return { rows: n, label: Float64Array.from(labels), weight: Float64Array.from(weights!), ones: lists[0]!, valued: lists[1]! };
}

interface Case {
  readonly head: ExactHead;
  readonly l2: number;
  readonly l1?: number;
  readonly intercept?: boolean;
  readonly tolerance?: number;
}

function solved(data: FitLinearData, formed: boolean, { head, l2, l1 = 0, intercept = true, tolerance = 1e-10 }: Case): Solution {
  const { objective, shape } = localObjective(matrixRows(data), { features: data.features, head, classes: 1, intercept, l2, formed });
  return solve(objective, shape, { head, classes: 1, intercept, l1, tolerance, gap: 0, maxIterations: 200 });
}

/** By an H that is formed, and by products with it. */
const bothWays = (data: FitLinearData, one: Case): [Solution, Solution] => [solved(data, true, one), solved(data, false, one)];

const PROBLEM = {
  seed: fc.integer({ min: 0, max: 1e6 }),
  head: fc.constantFrom(...HEADS),
  rows: fc.integer({ min: 30, max: 300 }),
  features: fc.integer({ min: 1, max: 25 }),
};

const apart = (a: Float64Array, b: Float64Array): number => a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);

test("Cholesky factors solve what they are the factors of; a row of zeros has the solution 0; a singular matrix has none", (t) => {
  const found = fc.check(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 1e6 }), fc.boolean(), (n, seed, empty) => {
      const random = new RandomStream(seed, 0);
      const b = Array.from({ length: n }, () => Float64Array.from({ length: n }, () => random.normal()));
      const none = empty ? random.below(n) : -1;
      const a = new Float64Array(n * n);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) a[i * n + j] = i === none || j === none ? 0 : b[i]!.reduce((sum, x, k) => sum + x * b[j]![k]!, i === j ? 0.1 : 0);
      const x = Float64Array.from({ length: n }, (_, i) => (i === none ? 0 : random.normal()));
      const right = x.map((_, i) => x.reduce((sum, one, j) => sum + a[i * n + j]! * one, 0));
      if (none >= 0) right[none] = 3;
      if (!choleskyFactor(a, n)) return false;
      choleskySolve(a, right);
      return apart(right, x) <= 1e-8;
    }),
    { numRuns: 300 },
  );
  t.false(found.failed, fc.defaultReportMessage(found));
  t.false(choleskyFactor(Float64Array.of(1, 1, 1, 1), 2));
  t.false(choleskyFactor(Float64Array.of(1, 0, 2, 1), 2));
  t.false(choleskyFactor(Float64Array.of(Number.NaN, 0, 0, 1), 2));
});

test("the Hessian that is formed is the one of the products, features that stand twice in a row included", (t) => {
  const F = 37;
  for (const head of HEADS) {
    for (const [rows, intercept] of [
      [300, true],
      [300, false],
      [70_000, true],
    ] as const) {
      const data = sparseRows(5, rows, F, head);
      const { objective } = localObjective(matrixRows(data), { features: F, head, classes: 1, intercept, l2: 0.003, formed: true });
      const random = new RandomStream(9, 0);
      const [w, g, m, out, unit] = Array.from({ length: 5 }, () => objective.vector()) as [
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      for (let i = 0; i <= F; i++) w[i] = intercept || i < F ? random.normal() : 0;
      objective.evaluate(w, g);
      objective.diagonal(m);
      const h = objective.hessian("factors")!;
      h.form(m);
      // Again over what is there.
      const lower = h.form(m).slice();
      for (let i = 0; i <= F; i++) {
        unit.fill(0)[i] = intercept || i < F ? 1 : 0;
        objective.product(unit, out);
        for (let k = i; k <= F; k++) t.true(Math.abs(lower[k * (F + 1) + i]! - out[k]!) <= 1e-12 * Math.max(10, Math.abs(out[k]!)), `${head}: ${k}, ${i}`);
      }
    }
  }
});

test("the optimum is that of conjugate gradients, weighted, with and without an intercept, and squared takes one step", (t) => {
  const cases = fc.record({
    ...PROBLEM,
    l2: fc.constantFrom(0.1, 0.01, 1e-3),
    intercept: fc.boolean(),
  });
  const found = fc.check(
    fc.property(cases, ({ seed, rows, features, ...one }) => {
      const [newton, products] = bothWays(sparseRows(seed, rows, features, one.head), one);
      return (
        newton.converged &&
        Math.abs(newton.objective - products.objective) <= 1e-12 * Math.max(1, Math.abs(products.objective)) &&
        apart(newton.weights, products.weights) <= 1e-6 &&
        (one.head !== "squared" || newton.iterations <= 1)
      );
    }),
    { numRuns: 60 },
  );
  t.false(found.failed, fc.defaultReportMessage(found));
});

test("with L1, the optimum over an H that is formed is that of conjugate gradients, with the same zeros where there is one optimum", (t) => {
  const cases = fc.record({
    ...PROBLEM,
    l1: fc.constantFrom(0.05, 0.01, 2e-3),
    l2: fc.constantFrom(0, 1e-3),
    intercept: fc.boolean(),
  });
  const found = fc.check(
    fc.property(cases, ({ seed, rows, features, ...one }) => {
      const [newton, products] = bothWays(sparseRows(seed, rows, features, one.head), one);
      return (
        newton.converged &&
        Math.abs(newton.objective - products.objective) <= 1e-11 * Math.max(1, Math.abs(products.objective)) &&
        Math.min(newton.certificate.relativeGap, newton.certificate.dualityGap) <= 1e-8 &&
        // Columns that are the same may share their weight in any way, unless l2 decides.
        (one.l2 === 0 || newton.weights.every((w, i) => (w === 0) === (products.weights[i] === 0) || Math.abs(w - products.weights[i]!) < 1e-4))
      );
    }),
    { numRuns: 60 },
  );
  t.false(found.failed, fc.defaultReportMessage(found));
});

test("coordinate descent ends where the model's smallest subgradient vanishes, exact zeros stay zeros, and extrapolation and steps on the face save sweeps", (t) => {
  const [n, rows] = [30, 45];
  const random = new RandomStream(12, 0);
  // Ill-conditioned, and singular: columns that share most of what they are, two that nearly are the same, and the last twice.
  const x = Array.from({ length: rows }, () => {
    const common = random.normal();
    const row = Float64Array.from({ length: n }, () => 3 * common + 0.3 * random.normal());
    row[n - 4] = row[n - 3]! + 1e-3 * random.normal();
    row[n - 1] = row[n - 2]!;
    return row;
  });
  const h = Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (_, j) => x.reduce((sum, row) => sum + row[i]! * row[j]!, 0)));
  const g = Float64Array.from({ length: n }, (_, i) => x.reduce((sum, row, r) => sum + row[i]! * Math.sin(7 * r), 0));
  let sweeps = 0;
  const hessian = {
    cost: 1,
    form: () => new Float64Array(0),
    sweep(v: Float64Array, r: Float64Array, l1: Float64Array) {
      sweeps++;
      coordinateSweepTwin(v, r, h, l1);
    },
    product(x: Float64Array, out: Float64Array) {
      for (const [i, row] of h.entries()) out[i] = row.reduce((sum, one, j) => sum + one * x[j]!, 0);
    },
  };
  const w = Float64Array.from({ length: n }, (_, i) => (i % 3 === 0 ? 0.1 * random.normal() : 0));
  const l1 = new Float64Array(n).fill(0.5);
  const m = h.map((row, i) => row[i]!);
  const [v, r] = [new Float64Array(n), new Float64Array(n)];
  const made = coordinateDescent({ hessian, w, g, l1, m: Float64Array.from(m) }, v, r, 1e-9, 10_000, new DescentScratch(n, () => new Float64Array(n)));
  t.is(made, sweeps);
  t.true(made < 1000, `${made} sweeps`);
  const slope = h.map((row, i) => g[i]! + row.reduce((sum, one, j) => sum + one * (v[j]! - w[j]!), 0));
  for (let i = 0; i < n; i++) t.true(v[i] === 0 ? Math.abs(slope[i]!) <= 0.5 + 1e-6 : Math.abs(slope[i]! + 0.5 * Math.sign(v[i]!)) < 1e-6, `${i}: ${slope[i]}`);
  t.true(v.some((one) => one === 0) && v.some((one) => one !== 0));
  // Plain sweeps, ten times as many: not there yet.
  const [plain, at] = [w.slice(), g.slice()];
  for (let i = 0; i < 10 * made; i++) coordinateSweepTwin(plain, at, h, l1);
  const left = at.map((one, i) => (plain[i] === 0 ? Math.max(0, Math.abs(one) - 0.5) : Math.abs(one + 0.5 * Math.sign(plain[i]!))));
  t.true(Math.max(...left) > 1e-6, `${Math.max(...left)} after ${10 * made} sweeps`);
});

/** One-hot groups; with the intercept collinear. */
function oneHot(sizes: readonly number[], rows: number, slope: number): FitLinearData {
  const random = new RandomStream(4, 0);
  const made = { offsets: [0], indices: [] as number[], values: [] as number[] };
  const labels: number[] = [];
  for (let i = 0; i < rows; i++) {
    let [first, z] = [0, -1];
    for (const size of sizes) {
      const id = first + Math.floor(size * random.uniform() ** 2);
      made.indices.push(id);
      made.values.push(1);
      z += slope * Math.sin(id);
      first += size;
    }
    made.offsets.push(made.indices.length);
    labels.push(random.uniform() < 1 / (1 + Math.exp(-z)) ? 1 : 0);
  }
  return { rows: made, features: sizes.reduce((a, b) => a + b, 0), labels, weights: labels.map(() => 1) };
}

test("collinear columns converge without l2, where H is singular, and with little of it; separable rows with it", (t) => {
  const collinear = oneHot([7, 12, 9], 3000, 0.5);
  for (const head of ["logistic", "squared"] as const) {
    for (const l2 of [0, 1e-13, 1e-9, 1e-5]) {
      const [newton, products] = [solved(collinear, true, { head, l2, tolerance: 1e-9 }), solved(collinear, false, { head, l2, tolerance: 1e-9 })];
      t.true(newton.converged && products.converged, `${head}, l2 ${l2}: ${newton.certificate.relativeGradientNorm}`);
      t.true(Math.abs(newton.objective - products.objective) <= 1e-12, `${head}, l2 ${l2}: ${newton.objective - products.objective}`);
    }
  }
  const separable = oneHot([5, 8], 400, 500);
  const [newton, products] = [true, false].map((formed) => solved(separable, formed, { head: "logistic", l2: 1e-6 })) as [Solution, Solution];
  t.true(newton.converged && newton.meanLoss < 0.05, `${newton.meanLoss}`);
  t.true(Math.abs(newton.objective - products.objective) <= 1e-12 && newton.certificate.relativeGap <= 1e-9);
});

test("H is formed where that costs less: few features, short rows, one output", (t) => {
  const formedOf = (features: number, width: number, classes = 1): boolean => {
    const rows = 1000;
    const offsets = Uint32Array.from({ length: rows + 1 }, (_, i) => i * width);
    const ones = { offsets, features: Uint32Array.from({ length: rows * width }, (_, i) => i % features), values: null };
    const valued = { offsets: new Uint32Array(rows + 1), features: new Uint32Array(0), values: new Float64Array(0) };
    const head: ExactHead = classes > 1 ? "softmax" : "logistic";
    const { objective }: { objective: KernelObjective } = localObjective(
      { rows, label: new Float64Array(rows), weight: new Float64Array(rows).fill(1), ones, valued },
      { features, head, classes, intercept: true, l2: 1 },
    );
    return objective.hessian("factors") !== null;
  };
  t.deepEqual([formedOf(50, 10), formedOf(513, 10), formedOf(512, 10), formedOf(50, 45), formedOf(50, 10, 3)], [true, false, false, false, false]);
});

/** The problem's first two columns of categories, its numbers and its column of several values: 96 features. */
function small({ packs, manifest, inputs }: Problem): Problem {
  const [first, second] = inputs.categorical as [Problem["inputs"]["categorical"][number], Problem["inputs"]["categorical"][number]];
  const [x0, x1] = inputs.numeric as [Problem["inputs"]["numeric"][number], Problem["inputs"]["numeric"][number]];
  return {
    packs,
    manifest,
    inputs: {
      features: 96,
      categorical: [first, second],
      numeric: [
        { ...x0, offset: 53 },
        { ...x1, offset: 54 },
      ],
      multi: inputs.multi.map((column) => ({ ...column, offset: 56 })),
    },
  };
}

test.serial("formed by several workers, H and the solution have the same bits", async (t) => {
  const data = small(problem([9000, 70, 17_000], [400], 3, true));
  for (const model of [
    { head: v1.Head.LOGISTIC, l2: 1e-4 },
    { head: v1.Head.SQUARED, l2: 1e-4 },
    { head: v1.Head.LOGISTIC, l1: 1e-3 },
  ]) {
    const run = { train: { optimizer: { exact: { tolerance: 1e-10, maxIterations: 100 } } }, model, entriesPerWorker: 1 };
    const one = await trainOn(data, { ...run, options: { workers: 1 } });
    t.true(one.metrics.certificate!.converged);
    if (model.head === v1.Head.SQUARED) t.is(one.metrics.steps, 1);
    t.is(bits(await trainOn(data, { ...run, options: { workers: 3 } })), bits(one));
  }
});
