import fs from "node:fs";
import path from "node:path";
import { CrossbillError } from "@crossbill/messages";
import { RandomStream } from "@crossbill/numerics";
import { type FitLinearData, fitLinear } from "@crossbill/trainer";
import test from "ava";
import fc from "fast-check";
import { localObjective } from "../dist/exact/local.js";
import type { MatrixRows } from "../dist/exact/matrix-rows.js";
import { twinObjective } from "./exact-twin.js";
import { sparseRows } from "./support.js";
import { vectors } from "./vectors.js";

/** The same rows with entries of value 1 apart, as packs bring them. */
function apart({ rows, labels, weights }: FitLinearData): MatrixRows {
  const n = labels.length;
  const lists = [true, false].map((ones) => {
    const offsets = new Uint32Array(n + 1);
    const kept: number[] = [];
    for (let i = 0; i < n; i++) {
      for (let k = rows.offsets[i]!; k < rows.offsets[i + 1]!; k++) if ((rows.values[k] === 1) === ones) kept.push(k);
      offsets[i + 1] = kept.length;
    }
    const features = Uint32Array.from(kept, (k) => rows.indices[k]!);
    return { offsets, features, values: ones ? null : Float64Array.from(kept, (k) => rows.values[k]!) };
  });
  return { rows: n, label: Float64Array.from(labels), weight: Float64Array.from(weights!), ones: lists[0]!, valued: lists[1]! };
}

const closeTo = (a: number, b: number, scale: number): boolean => Math.abs(a - b) <= 1e-12 * scale;

test("objective, gradient, Hessian products and diagonal are the slow twin's and those of finite differences", (t) => {
  const F = 37;
  const l2 = 0.003;
  for (const head of ["logistic", "squared", "poisson"] as const) {
    const data = sparseRows(5, 700, F, head, true);
    const { objective } = localObjective(apart(data), { features: F, head, classes: 1, intercept: true, l2 });
    const random = new RandomStream(9, 0);
    const [w, v, g, out, m] = Array.from({ length: 5 }, () => objective.vector()) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
    for (let i = 0; i <= F; i++) {
      w[i] = random.normal();
      v[i] = random.normal();
    }
    const at = (step: number) => twinObjective(data, head, l2, [Array.from(w, (x, i) => x + step * v[i]!)]);
    const f = objective.evaluate(w, g);
    const twin = at(0);
    t.true(closeTo(f, twin.objective, 10 * f));
    for (let i = 0; i <= F; i++) t.true(closeTo(g[i]!, twin.gradient[0]![i]!, 10), `gradient ${i}: ${g[i]} and ${twin.gradient[0]![i]}`);
    const h = 1e-5;
    const slope = (at(h).objective - at(-h).objective) / (2 * h);
    const along = g.reduce((sum, x, i) => sum + x * v[i]!, 0);
    t.true(Math.abs(slope - along) <= 1e-7 * (1 + Math.abs(along)), `${slope} and ${along}`);
    objective.product(v, out);
    const [up, down] = [at(h).gradient[0]!, at(-h).gradient[0]!];
    for (let i = 0; i <= F; i++) t.true(Math.abs((up[i]! - down[i]!) / (2 * h) - out[i]!) <= 1e-7, `product ${i}`);
    objective.evaluate(w, g);
    objective.diagonal(m);
    for (let i = 0; i <= F; i++) {
      const unit = objective.vector();
      unit[i] = 1;
      objective.product(unit, out);
      t.true(closeTo(out[i]!, m[i]!, 10), `diagonal ${i}: ${out[i]} and ${m[i]}`);
      objective.evaluate(w, g);
    }
  }
});

test("of some features alone, objective, gradient, products and diagonal are those of the whole with all other weights 0", (t) => {
  const F = 300;
  const data = apart(sparseRows(7, 70_000, F, "logistic"));
  const { objective } = localObjective(data, { features: F, head: "logistic", classes: 1, intercept: true, l2: 0.01 });
  const random = new RandomStream(3, 0);
  for (const active of [[], [299], [0, 1, 7], Array.from({ length: 150 }, (_, i) => 2 * i + 1), Array.from({ length: F }, (_, f) => f)]) {
    objective.scope(() => {
      const [w, v, g, hv, m] = Array.from({ length: 5 }, () => objective.vector()) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
      for (const f of [...active, F]) [w[f], v[f]] = [random.normal(), random.normal()];
      const value = objective.evaluate(w, g);
      objective.diagonal(m);
      objective.product(v, hv);
      const part = objective.restrict(Uint32Array.from(active));
      const all = [...active, F];
      const [pw, pv, pg, phv, pm] = Array.from({ length: 5 }, () => part.vector()) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
      all.forEach((f, i) => ([pw[i], pv[i]] = [w[f]!, v[f]!]));
      t.true(closeTo(part.evaluate(pw, pg), value, 10));
      const again = objective.vector();
      objective.gradient(w, again);
      for (let f = 0; f <= F; f++) t.true(closeTo(again[f]!, g[f]!, 10), `gradient ${f}`);
      part.diagonal(pm);
      part.product(pv, phv);
      all.forEach((f, i) => {
        t.true(closeTo(pg[i]!, g[f]!, 10) && closeTo(pm[i]!, m[f]!, 10) && closeTo(phv[i]!, hv[f]!, 10), `feature ${f}`);
      });
    });
  }
});

interface Solution {
  l1_ratio: number;
  lambda1_sum: number;
  lambda2_sum: number;
  fit_intercept: boolean;
  coef: number[];
  intercept: number;
  objective_sum: number;
}
interface Problem {
  name: string;
  dim: number;
  y: number[];
  sample_weight: number[] | null;
  format: string;
  rows: number[][];
  indptr: number[];
  indices: number[];
  data: number[];
  solutions: Solution[];
}

function csrOf(dense: readonly number[][]) {
  const rows = { offsets: [0], indices: [] as number[], values: [] as number[] };
  for (const row of dense) {
    for (const [j, x] of row.entries()) {
      if (x === 0) continue;
      rows.indices.push(j);
      rows.values.push(x);
    }
    rows.offsets.push(rows.indices.length);
  }
  return rows;
}

test("every reference optimum is reached, with L2, L1 and both: objective to 1e-9, weights to 1e-6, with L1 the same zeros", (t) => {
  const folder = vectors();
  if (folder === null) {
    t.log("skipped: no shared/vectors beside the checkout and CROSSBILL_VECTORS is not set");
    return t.pass();
  }
  const { problems, ridge } = JSON.parse(fs.readFileSync(path.join(folder, "lr.json"), "utf8")) as {
    problems: Problem[];
    ridge: { rows: number[][]; y: number[]; solutions: { alpha: number; coef: number[]; intercept: number; objective_sum_sq_plus_alpha_l2sq: number }[] };
  };
  let reached = 0;
  for (const p of problems) {
    const rows = p.format === "dense" ? csrOf(p.rows) : { offsets: p.indptr, indices: p.indices, values: p.data };
    const weight = (p.sample_weight ?? p.y.map(() => 1)).reduce((a, b) => a + b, 0);
    for (const s of p.solutions) {
      const fit = fitLinear(
        { rows, features: p.dim, labels: p.y, ...(p.sample_weight === null ? {} : { weights: p.sample_weight }) },
        { solver: "exact", l1: s.lambda1_sum / weight, l2: s.lambda2_sum / 2 / weight, tolerance: 1e-10, intercept: s.fit_intercept },
      );
      t.true(
        Math.abs(fit.objective * weight - s.objective_sum) <= 1e-9 * s.objective_sum,
        `${p.name}: objective ${fit.objective * weight}, ${s.objective_sum}`,
      );
      const far = Math.max(...s.coef.map((c, j) => Math.abs(c - fit.weights[j]!)), Math.abs(s.intercept - fit.intercept));
      t.true(far <= 1e-6, `${p.name}: weights off by ${far}`);
      t.true(fit.certificate!.relativeGradientNorm <= 1e-10);
      t.true(fit.certificate!.dualityGap >= 0 && fit.certificate!.dualityGap <= 1e-9 * fit.objective, `${p.name}: gap ${fit.certificate!.dualityGap}`);
      if (s.lambda1_sum > 0)
        t.deepEqual(
          [...fit.weights].map((w) => w === 0),
          s.coef.map((w) => w === 0),
        );
      reached++;
    }
  }
  t.is(reached, 34);
  for (const s of ridge.solutions) {
    const n = ridge.y.length;
    const fit = fitLinear(
      { rows: csrOf(ridge.rows), features: s.coef.length, labels: ridge.y },
      { solver: "exact", loss: "squared", l2: s.alpha / n, tolerance: 1e-10 },
    );
    t.true(Math.abs(fit.objective * n - s.objective_sum_sq_plus_alpha_l2sq) <= 1e-9 * s.objective_sum_sq_plus_alpha_l2sq);
    t.true(Math.max(...s.coef.map((c, j) => Math.abs(c - fit.weights[j]!)), Math.abs(s.intercept - fit.intercept)) <= 1e-6);
  }
});

test("the certificate is what the rows and the weights say, and sums of predictions and labels agree", (t) => {
  for (const loss of ["logistic", "squared", "poisson"] as const) {
    const data = sparseRows(11, 900, 60, loss);
    const fit = fitLinear(data, { solver: "exact", loss, l2: 1e-4, tolerance: 1e-9 });
    const twin = twinObjective(data, loss, 1e-4, [[...fit.weights, fit.intercept]]);
    const norm = Math.hypot(...twin.gradient[0]!);
    t.true(Math.abs(norm - fit.certificate!.gradientNorm) <= 1e-13 + 0.01 * norm, `${norm} and ${fit.certificate!.gradientNorm}`);
    t.true(closeTo(fit.objective, twin.objective, 10));
    const { sumPredictions, sumLabels } = fit.certificate!;
    const labels = Array.from(data.labels).reduce((sum, y, i) => sum + y * data.weights![i]!, 0);
    t.true(closeTo(sumLabels, labels, 10 * Math.abs(labels)));
    t.true(closeTo(sumPredictions, twin.sumPredictions[0]!, 10 * Math.abs(labels)));
    t.true(Math.abs(sumPredictions - sumLabels) <= 1e-12 * Math.abs(sumLabels), `${sumPredictions} and ${sumLabels}`);
  }
});

test("an example of weight k is k examples, and the order of the rows moves the optimum by rounding only", (t) => {
  const found = fc.check(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.constantFrom("logistic" as const, "squared" as const, "poisson" as const), (seed, loss) => {
      const random = new RandomStream(seed, 1);
      const base = sparseRows(seed, 80, 9, loss);
      const times = base.weights ? Array.from(base.labels, () => 1 + random.below(3)) : [];
      const pick = (order: readonly number[], weights?: readonly number[]): FitLinearData => {
        const rows = { offsets: [0], indices: [] as number[], values: [] as number[] };
        for (const i of order) {
          for (let k = base.rows.offsets[i]!; k < base.rows.offsets[i + 1]!; k++) {
            rows.indices.push(base.rows.indices[k]!);
            rows.values.push(base.rows.values[k]!);
          }
          rows.offsets.push(rows.indices.length);
        }
        return { rows, features: 9, labels: order.map((i) => base.labels[i]!), ...(weights === undefined ? {} : { weights }) };
      };
      const all = times.map((_, i) => i);
      const options = { solver: "exact", loss, l2: 0.01, tolerance: 1e-12 } as const;
      const weighted = fitLinear(pick(all, times), options);
      const copies = fitLinear(pick(all.flatMap((i) => new Array<number>(times[i]!).fill(i))), options);
      const backwards = fitLinear(pick([...all].reverse(), [...times].reverse()), options);
      for (const other of [copies, backwards]) {
        // The poisson objective may be near 0.
        if (Math.abs(other.objective - weighted.objective) > 1e-12 * Math.max(1, weighted.objective)) return false;
        for (let f = 0; f < 9; f++) if (Math.abs(other.weights[f]! - weighted.weights[f]!) > 1e-8) return false;
      }
      return true;
    }),
    { numRuns: 30 },
  );
  t.false(found.failed, fc.defaultReportMessage(found));
});

test("with L1 the smallest subgradient vanishes: exact zeros where the gradient is within l1, and more of them with more l1", (t) => {
  for (const loss of ["logistic", "squared", "poisson"] as const) {
    const data = sparseRows(21, 1500, 80, loss);
    const scale = loss === "squared" ? 20 : 1;
    let before = 81;
    for (const l1 of [1e-3 * scale, 4e-3 * scale, 1.6e-2 * scale]) {
      const fit = fitLinear(data, { solver: "exact", loss, l1, l2: 1e-4, tolerance: 1e-9 });
      const { gradient, objective } = twinObjective(data, loss, 1e-4, [[...fit.weights, fit.intercept]]);
      const start = fitLinear(data, { solver: "exact", loss, l1: 1e6, tolerance: 1e-9 });
      t.true(
        start.weights.every((w) => w === 0),
        `${loss}: ${start.weights.join()}`,
      );
      let norm = gradient[0]![80]! ** 2;
      let penalty = 0;
      for (let f = 0; f < 80; f++) {
        const [g, w] = [gradient[0]![f]!, fit.weights[f]!];
        penalty += l1 * Math.abs(w);
        norm += (w === 0 ? Math.max(0, Math.abs(g) - l1) : g + Math.sign(w) * l1) ** 2;
      }
      t.true(Math.sqrt(norm) < 1e-8 * scale, `${loss}: ${Math.sqrt(norm)}`);
      t.true(Math.abs(Math.sqrt(norm) - fit.certificate!.gradientNorm) < 1e-12 * scale);
      t.true(Math.abs(fit.objective - objective - penalty) < 1e-12 * Math.max(1, fit.objective));
      const nonZero = fit.weights.filter((w) => w !== 0).length;
      t.true(nonZero < before && nonZero > 0, `${nonZero} of l1 ${l1}`);
      before = nonZero;
    }
  }
});

test("collinear columns, as one-hot groups beside an intercept are, converge with L1 alone", (t) => {
  const random = new RandomStream(4, 0);
  const sizes = [7, 15, 9, 40];
  const rows = { offsets: [0], indices: [] as number[], values: [] as number[] };
  const labels: number[] = [];
  for (let i = 0; i < 3000; i++) {
    let [first, z] = [0, -1];
    for (const size of sizes) {
      const id = first + Math.floor(size * random.uniform() ** 2);
      rows.indices.push(id);
      rows.values.push(1);
      z += Math.sin(id);
      first += size;
    }
    rows.offsets.push(rows.indices.length);
    labels.push(random.bernoulli(1 / (1 + Math.exp(-z))) ? 1 : 0);
  }
  const fit = fitLinear({ rows, features: 71, labels }, { solver: "exact", l1: 2e-4 });
  t.true(fit.certificate!.relativeGradientNorm <= 1e-8 && fit.iterations < 100, `${fit.iterations} steps, ${fit.certificate!.relativeGradientNorm}`);
});

test("rows beyond one block of columns count like the others", (t) => {
  const data = sparseRows(3, 70_000, 12, "logistic");
  const fit = fitLinear(data, { solver: "exact", l2: 1e-3, tolerance: 1e-9 });
  const twin = twinObjective(data, "logistic", 1e-3, [[...fit.weights, fit.intercept]]);
  t.true(Math.hypot(...twin.gradient[0]!) < 1e-9);
});

test("what has no optimum, or no room, ends with a certificate that says so or an error", (t) => {
  const rows = csrOf([[1], [2], [-1], [-3]]);
  const separable = fitLinear({ rows, features: 1, labels: [1, 1, 0, 0] }, { solver: "exact", maxIterations: 5 });
  t.is(separable.iterations, 5);
  t.true(separable.certificate!.relativeGradientNorm > 1e-8);
  const one = fitLinear({ rows, features: 1, labels: [1, 1, 1, 1] }, { solver: "exact", l2: 1 });
  t.true(Number.isFinite(one.objective) && one.objective < 0.02);
  const code = (run: () => unknown): string => (t.throws(run, { instanceOf: CrossbillError }) as CrossbillError).code;
  t.is(
    code(() => fitLinear({ rows, features: 1, labels: [1, 1, 0, 0] }, { solver: "exact", tolerance: 0 })),
    "E_TRAIN_SPEC",
  );
  t.is(
    code(() => fitLinear({ rows, features: 1, labels: [1, 1, 0, 0], weights: [0, 0, 0, 0] }, { solver: "exact" })),
    "E_FIT_INPUT",
  );
  t.is(
    code(() => fitLinear({ rows, features: 1, labels: [1e200, 0, 0, 0] }, { solver: "exact", loss: "squared" })),
    "E_DIVERGED",
  );
  const huge = { ...rows, values: Array.from(rows.values, (x, i) => (i === 1 ? 1e200 : x)) };
  t.is(
    code(() => fitLinear({ rows: huge, features: 1, labels: [1, 1, 0, 0] }, { solver: "exact", l2: 1 })),
    "E_DIVERGED",
  );
});
