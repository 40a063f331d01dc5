import fs from "node:fs";
import path from "node:path";
import { CrossbillError } from "@crossbill/messages";
import { fitLinear } from "@crossbill/trainer";
import test from "ava";
import { vectors } from "./vectors.js";

interface Trace {
  alpha: number;
  beta: number;
  l1: number;
  l2: number;
  dim: number;
  rows: { indices: number[]; values: number[] }[];
  labels: number[];
  expected: { weights: number[] };
}

function csr(rows: readonly { indices: number[]; values: number[] }[]) {
  const offsets = [0];
  for (const row of rows) offsets.push(offsets.at(-1)! + row.indices.length);
  return { offsets, indices: rows.flatMap((row) => row.indices), values: rows.flatMap((row) => row.values) };
}

test("FTRL follows the reference traces of Algorithm 1", (t) => {
  const folder = vectors();
  if (folder === null) {
    t.log("skipped: no shared/vectors beside the checkout and CROSSBILL_VECTORS is not set");
    return t.pass();
  }
  const { ftrl } = JSON.parse(fs.readFileSync(path.join(folder, "lr.json"), "utf8")) as { ftrl: Trace[] };
  for (const trace of ftrl) {
    const { alpha, beta, l1, l2, dim, labels, expected } = trace;
    const { weights } = fitLinear({ rows: csr(trace.rows), features: dim, labels }, { solver: "ftrl", alpha, beta, l1, l2, batchSize: 1, intercept: false });
    const off = Math.max(...expected.weights.map((w, f) => Math.abs(w - weights[f]!)));
    t.true(off < 1e-5, `off by ${off}`);
    t.deepEqual(
      expected.weights.map((w) => w === 0),
      [...weights].map((w) => w === 0),
    );
  }
});

const rows = csr(Array.from({ length: 300 }, (_, i) => ({ indices: [i % 3, 3 + (i % 7)], values: [1, (i % 11) / 5 - 1] })));
const labels = Array.from({ length: 300 }, (_, i) => (i % 3 === 0 || i % 7 === 2 ? 1 : 0));

test("many passes come near the optimum, where sums of predictions and labels agree", (t) => {
  for (const solver of ["ftrl", "adagrad"] as const) {
    const few = fitLinear({ rows, features: 10, labels }, { solver, epochs: 2 });
    const many = fitLinear({ rows, features: 10, labels }, { solver, epochs: 300, batchSize: 10 });
    t.true(many.objective < few.objective);
    t.is(many.iterations, 9000);
    t.is(many.certificate, null);
    let p = 0;
    for (let i = 0; i < 300; i++) p += 1 / (1 + Math.exp(-(many.intercept + many.weights[i % 3]! + many.weights[3 + (i % 7)]! * ((i % 11) / 5 - 1))));
    t.true(Math.abs(p - labels.reduce<number>((a, b) => a + b, 0)) < 3, `${p}`);
  }
});

test("squared loss finds the means", (t) => {
  const one = csr([0, 1, 0, 1, 0, 1].map((f) => ({ indices: [f], values: [1] })));
  const fit = fitLinear(
    { rows: one, features: 2, labels: [1, 5, 2, 6, 3, 7], weights: [1, 1, 1, 1, 2, 1] },
    { loss: "squared", solver: "adagrad", learningRate: 0.5, epochs: 2000, batchSize: 6, intercept: false },
  );
  t.true(Math.abs(fit.weights[0]! - 2.25) < 1e-4 && Math.abs(fit.weights[1]! - 6) < 1e-4);
});

test("poisson loss finds the logarithms of the means, by every solver", (t) => {
  const one = csr([0, 1, 0, 1, 0, 1].map((f) => ({ indices: [f], values: [1] })));
  const data = { rows: one, features: 2, labels: [1, 5, 2, 6, 3, 7], weights: [1, 1, 1, 1, 2, 1] };
  for (const options of [
    { solver: "adagrad", learningRate: 0.5, epochs: 3000, batchSize: 6 },
    { solver: "ftrl", alpha: 0.5, epochs: 3000, batchSize: 6 },
    { solver: "exact" },
  ] as const) {
    const fit = fitLinear(data, { loss: "poisson", intercept: false, ...options });
    const off = Math.max(Math.abs(fit.weights[0]! - Math.log(2.25)), Math.abs(fit.weights[1]! - Math.log(6)));
    t.true(off < (options.solver === "exact" ? 1e-9 : 1e-4), `${options.solver}: ${off}`);
    t.true(Math.abs(fit.objective - (4 * (2.25 - 2.25 * Math.log(2.25)) + 3 * (6 - 6 * Math.log(6))) / 7) < 1e-6);
  }
  const alone = fitLinear({ ...data, labels: [0, 0, 0, 0, 0, 0] }, { loss: "poisson", solver: "exact" });
  t.true(
    Number.isFinite(alone.objective) && alone.objective < 1e-6,
    "without a single count the intercept runs off to -Infinity, and the solver stops on its way",
  );
});

test("data that do not fit together are refused by name", (t) => {
  const code = (run: () => unknown): string => (t.throws(run, { instanceOf: CrossbillError }) as CrossbillError).code;
  t.is(
    code(() => fitLinear({ rows, features: 10, labels }, { solver: "newton" as "exact" })),
    "E_TRAIN_SPEC",
  );
  t.is(
    code(() => fitLinear({ rows, features: 9, labels }, { solver: "ftrl" })),
    "E_FIT_INPUT",
  );
  t.is(
    code(() => fitLinear({ rows, features: 10, labels: labels.slice(1) }, { solver: "ftrl" })),
    "E_FIT_INPUT",
  );
  t.is(
    code(() => fitLinear({ rows, features: 10, labels: labels.map((y) => 2 * y) }, { solver: "ftrl" })),
    "E_FIT_INPUT",
  );
  t.is(
    code(() => fitLinear({ rows, features: 10, labels }, { solver: "ftrl", alpha: 0 })),
    "E_TRAIN_SPEC",
  );
  t.is(
    code(() => fitLinear({ rows, features: 10, labels: labels.map((y) => -y) }, { solver: "ftrl", loss: "poisson" })),
    "E_FIT_INPUT",
  );
  t.is(
    code(() => fitLinear({ rows, features: 10, labels }, { solver: "ftrl", loss: "huber" as "poisson" })),
    "E_FIT_INPUT",
  );
  t.is(
    code(() => fitLinear({ rows, features: 10, labels }, { solver: "adagrad", loss: "squared", learningRate: 1e200, initialAccumulator: 0, epochs: 200 })),
    "E_DIVERGED",
  );
});
