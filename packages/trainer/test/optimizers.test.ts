// The contract of every optimiser.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { RandomStream, sigmoid } from "@crossbill/numerics";
import { type FitLinearData, type FitLinearOptions, fitLinear } from "@crossbill/trainer";
import test from "ava";
import fc from "fast-check";
import { OPTIMIZERS, scheduled, solverOf, specOf } from "./optimizer-cases.js";
import { RESUME_RUN } from "./resume-run.js";
import { bits, problem, temporaryFolder, trainOn, withClasses } from "./support.js";

const data = problem([900, 500, 65], [400]);
const SCHEDULE = { kind: "exponential", decay: 0.7, steps: 10 } as const;
/** Everything at once. */
const FULL = { l1: 2e-4, l2: 1e-3 };

for (const { name, options } of OPTIMIZERS) {
  const optimizer = specOf(scheduled(options, SCHEDULE, 2, 0.01));

  test.serial(`${name}: one model for 1, 2 and 3 workers and with little memory, norms clipped or not`, async (t) => {
    for (const [clip, workers] of [
      [{}, 3],
      [{ clip: { globalNorm: 0.05 } }, 3],
      [{ clip: { norm: 0.03 } }, 2],
    ] as const) {
      const run = { train: { optimizer, ...clip }, model: FULL };
      const one = bits(await trainOn(data, run));
      t.is(bits(await trainOn(data, { ...run, options: { workers } })), one, `${workers} workers`);
      if (!("clip" in clip)) t.is(bits(await trainOn(data, { ...run, options: { memoryBytes: 0, workers: 2 } })), one, "one block at a time");
    }
  });

  test.serial(`${name}: killed and resumed, it is the same model`, async (t) => {
    const run = { ...RESUME_RUN.run, train: { ...RESUME_RUN.run.train, optimizer }, options: { workers: 1 } };
    const p = problem(...RESUME_RUN.rows);
    const clean = await trainOn(p, run);
    const root = temporaryFolder();
    const child = spawnSync(process.execPath, [fileURLToPath(new URL("./resume-child.js", import.meta.url)), root, JSON.stringify({ optimizer })], {
      env: { ...process.env, CROSSBILL_FAULT: `trainer:block:kill:${Math.ceil(0.7 * clean.metrics.steps)}` },
      encoding: "utf8",
    });
    t.is(child.signal, "SIGKILL", child.stderr);
    const resumed = await trainOn(p, { ...run, root });
    t.true(resumed.resumedFromStep > 0);
    t.is(bits(resumed), bits(clean));
  });

  test.serial(`${name}: L1 makes weights exactly zero, more with more of it, and never the intercept; clipping changes the model`, async (t) => {
    const plain = { optimizer: specOf(options), epochs: 6 };
    let before = Infinity;
    for (const l1 of [0, 1e-3, 10]) {
      const outcome = await trainOn(data, { train: plain, model: { l1 } });
      const nonZero = outcome.weights.filter((w) => w !== 0).length;
      t.true(nonZero < before, `${nonZero} of l1 ${l1}`);
      t.not(outcome.intercept, 0);
      before = nonZero;
    }
    t.is(before, 0);
    const models = new Set<string>();
    for (const clip of [{ value: 0.01 }, { norm: 0.01 }, { globalNorm: 0.01 }, null]) {
      const { weights } = await trainOn(data, { train: { ...plain, epochs: 1, ...(clip === null ? {} : { clip }) } });
      t.true(weights.every(Number.isFinite) && weights.some((w) => w !== 0));
      models.add(Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength).toString("hex"));
    }
    t.is(models.size, 4);
  });
}

test.serial("Adam trains heads of several classes, the same bits for any number of workers", async (t) => {
  const classes = withClasses(problem([700, 65], [200], 1, true));
  const { options } = OPTIMIZERS.find(({ name }) => name === "Adam")!;
  for (const head of [2, 3, 5]) {
    const run = { train: { optimizer: specOf(options), clip: { norm: 0.05 }, epochs: 4 }, model: { head, samples: 2, ...FULL } };
    const one = await trainOn(classes, run);
    t.is(bits(await trainOn(classes, { ...run, options: { workers: 3 } })), bits(one));
    t.true(one.metrics.curve.at(-1)!.progressiveLoss! < one.metrics.curve[0]!.progressiveLoss!);
  }
});

type Solver = Omit<FitLinearOptions, "epochs" | "batchSize" | "schedule" | "warmUp" | "weightDecay"> & { readonly weightDecay?: number };
const SOLVERS: Record<string, Solver> = Object.fromEntries(OPTIMIZERS.map(({ name, options }) => [name, solverOf(options)]));
/** Penalties in the units of the solver. */
const penalised = (solver: Solver): Solver => (solver.solver === "ftrl" ? { ...solver, l1: 1, l2: 1 } : { ...solver, l1: 0.01, l2: 0.02, weightDecay: 0.03 });

/** Sparse rows over 12 features, a few of them rare; every row of the weight given. */
function sparseRows(seed: number, n: number, weights?: readonly number[]): FitLinearData & { readonly weights: readonly number[] } {
  const random = new RandomStream(seed, 0);
  const [offsets, indices, values, labels]: [number[], number[], number[], number[]] = [[0], [], [], []];
  for (let i = 0; i < n; i++) {
    const row = new Set(Array.from({ length: 3 }, () => Math.floor(12 * random.uniform() ** 2)));
    for (const f of row) {
      indices.push(f);
      values.push(Math.round(8 * random.normal()) / 8 || 1);
    }
    offsets.push(indices.length);
    labels.push(random.bernoulli(sigmoid(row.has(0) ? 1 : -1)) ? 1 : 0);
  }
  return { rows: { offsets, indices, values }, features: 12, labels, weights: weights ?? labels.map(() => 1) };
}

/** Row i of `rows` as often as `copies[i]` says. */
function copied({ rows, features, labels }: FitLinearData, copies: readonly number[]): FitLinearData {
  const [offsets, indices, values, all]: [number[], number[], number[], number[]] = [[0], [], [], []];
  for (const [i, times] of copies.entries()) {
    for (let c = 0; c < times; c++) {
      for (let k = rows.offsets[i]!; k < rows.offsets[i + 1]!; k++) {
        indices.push(rows.indices[k]!);
        values.push(rows.values[k]!);
      }
      offsets.push(indices.length);
      all.push(labels[i]!);
    }
  }
  return { rows: { offsets, indices, values }, features, labels: all };
}

for (const [name, solver] of Object.entries(SOLVERS)) {
  test(`${name}: rows of weight 0 are as good as none, to the bit, with penalties that are due`, (t) => {
    const all = sparseRows(3, 200);
    const copies = all.weights.map((_, i) => (i % 3 === 1 ? 0 : 1));
    const some = copied(all, copies);
    const options = { ...penalised(solver), epochs: 1, batchSize: 1 };
    const zero = fitLinear({ ...all, weights: copies }, options);
    const none = fitLinear(some, options);
    t.deepEqual(zero.weights, none.weights);
    t.is(zero.intercept, none.intercept);
    t.true(none.weights.some((w) => w !== 0));
  });

  test(`${name}: a row of weight k is k copies of it in the same block`, (t) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 20, maxLength: 20 }), (seed, weights) => {
        fc.pre(weights.some((k) => k > 0));
        const rows = sparseRows(seed, 20, weights);
        const copies = copied(rows, weights);
        const options = { ...penalised(solver), epochs: 8 };
        const one = fitLinear(rows, { ...options, batchSize: 20 });
        const two = fitLinear(copies, { ...options, batchSize: copies.labels.length });
        // A sum that is 0 but for its rounding is a gradient to methods that scale by it.
        for (const [f, w] of one.weights.entries()) t.true(Math.abs(w - two.weights[f]!) < 1e-4, `${f}: ${w} and ${two.weights[f]}`);
        t.true(Math.abs(one.intercept - two.intercept) < 1e-4);
      }),
      { numRuns: 40 },
    );
  });
}

/** The same rules for every weight in every block, in float64: what the lazy penalties stand for. */
function eager(rows: FitLinearData, o: Solver, epochs: number): { weights: number[]; intercept: number } {
  const F = rows.features;
  const state = Array.from({ length: F + 1 }, () => ({ w: 0, a: o.solver === "adagrad" ? o.initialAccumulator! : 0, v: 0, n: 0 }));
  const { learningRate: rate = 0, l1 = 0, l2 = 0, weightDecay = 0, momentum = 0, rho = 0, beta1 = 0, beta2 = 0, epsilon = 0 } = o;
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = 0; i < rows.labels.length; i++) {
      const entries = Array.from({ length: rows.rows.offsets[i + 1]! - rows.rows.offsets[i]! }, (_, k) => rows.rows.offsets[i]! + k);
      const z = entries.reduce((sum, k) => sum + state[rows.rows.indices[k]!]!.w * rows.rows.values[k]!, state[F]!.w);
      const residual = sigmoid(z) - rows.labels[i]!;
      const gradients = new Map(entries.map((k) => [rows.rows.indices[k]!, residual * rows.rows.values[k]!]));
      gradients.set(F, residual);
      for (const [f, g] of gradients) {
        const s = state[f]!;
        if (o.solver === "sgd") s.w -= rate * g;
        else if (o.solver === "momentum") {
          s.v = momentum * s.v + g;
          s.w -= rate * (o.nesterov ? g + momentum * s.v : s.v);
        } else if (o.solver === "rmsprop") {
          s.a = rho * s.a + (1 - rho) * g * g;
          s.w -= (rate * g) / (Math.sqrt(s.a) + epsilon);
        } else if (o.solver === "adagrad") {
          s.a += g * g;
          s.w -= (rate * g) / Math.sqrt(s.a);
        } else {
          s.n++;
          s.v = beta1 * s.v + (1 - beta1) * g;
          s.a = beta2 * s.a + (1 - beta2) * g * g;
          s.w -= (rate * (s.v / (1 - beta1 ** s.n))) / (Math.sqrt(s.a / (1 - beta2 ** s.n)) + epsilon);
        }
      }
      for (const [f, s] of state.slice(0, F).entries()) {
        if (s.w === 0) continue;
        const metric = {
          sgd: 1,
          momentum: 1 / (1 - momentum),
          rmsprop: 1 / (Math.sqrt(s.a) + epsilon),
          adagrad: 1 / Math.sqrt(s.a),
          adam: 1 / (Math.sqrt(s.a / (1 - beta2 ** s.n)) + epsilon),
        }[o.solver as "sgd"];
        const k = 2 * metric * l2 + weightDecay;
        const left = gradients.has(f)
          ? (Math.abs(s.w) - metric * l1 * rate) / (1 + k * rate)
          : Math.abs(s.w) * Math.exp(-k * rate) - (k > 0 ? ((metric * l1) / k) * (1 - Math.exp(-k * rate)) : metric * l1 * rate);
        s.w = Math.sign(s.w) * Math.max(0, left);
      }
    }
  }
  return { weights: state.slice(0, F).map(({ w }) => w), intercept: state[F]!.w };
}

for (const [name, solver] of Object.entries(SOLVERS)) {
  if (solver.solver === "ftrl") continue;
  test(`${name}: penalties applied to what is touched end where penalties applied to everything in every block do`, (t) => {
    const rows = sparseRows(5, 150);
    for (const penalties of [
      { l1: 0.002, l2: 0, weightDecay: 0 },
      { l1: 0, l2: 0.01, weightDecay: 0 },
      { l1: 0, l2: 0, weightDecay: 0.1 },
      { l1: 0.001, l2: 0.005, weightDecay: 0.05 },
    ]) {
      const options = { ...solver, learningRate: Math.min(0.1, solver.learningRate!), ...penalties };
      const wanted = eager(rows, options, 2);
      const got = fitLinear(rows, { ...options, epochs: 2, batchSize: 1 });
      for (const [f, w] of wanted.weights.entries())
        t.true(Math.abs(w - got.weights[f]!) < 2e-5, `${JSON.stringify(penalties)} ${f}: ${got.weights[f]} for ${w}`);
      t.true(Math.abs(wanted.intercept - got.intercept) < 2e-5);
      t.true(wanted.weights.some((w) => Math.abs(w) > 0.01));
    }
  });
}
