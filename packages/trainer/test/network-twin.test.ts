// Training of networks against plain float64: gradients by finite differences, several blocks by every optimiser.
import { tableInitTwin } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import { type NetworkPlan, planNetwork } from "@crossbill/models";
import test from "ava";
import type { GradientMethodOptions, OptimizerOptions } from "../dist/optimizers/optimizer-options.js";
import { embed, factorizedSpec, layer, modelOf, placementOf, table, twoTowerSpec } from "./network-support.js";
import { furthest, type Head, NetworkTwin, type TwinNumbers, twinRows } from "./network-twin.js";
import { OPTIMIZERS, specOf } from "./optimizer-cases.js";
import { problem, trainOn, withClasses } from "./support.js";

const { Kind } = v1.ActivationSpec;
const { Combiner } = v1.EmbeddingInput;
const SEED = 7;
/** Two panels, the second with a few rows. */
const ROWS = 70;
const data = problem([ROWS], [], 3, true);
const HEADS: Record<Head, v1.Head> = { logistic: v1.Head.LOGISTIC, squared: v1.Head.SQUARED, poisson: v1.Head.POISSON, softmax: v1.Head.SOFTMAX };

interface Case {
  readonly network: v1.NetworkSpec.$Properties;
  readonly head?: Head;
  readonly steps?: number;
  readonly optimizer: GradientMethodOptions;
  /** Of tables; else as all else. */
  readonly tableOptimizer?: OptimizerOptions;
  readonly clip?: v1.ClipSpec.$Properties;
}

/** Trains both on one block, as often as `steps` says. Returns how far the network is from the twin, and how far that went. */
async function compare({ network, head = "logistic", steps = 1, optimizer, tableOptimizer = optimizer, clip }: Case) {
  const p = head === "softmax" ? withClasses(data) : data;
  const outputs = head === "softmax" ? 3 : 1;
  const placement = placementOf(p);
  const model = modelOf({ network, head: HEADS[head] });
  const plan = planNetwork(model, placement, outputs)!;
  const own = { optimizer: specOf(optimizer), ...(tableOptimizer === optimizer ? {} : { embeddingOptimizer: specOf(tableOptimizer) }) };
  const train = { ...own, epochs: steps, batchSize: ROWS, shuffle: false, seed: SEED, ...(clip === undefined ? {} : { clip }) };
  const outcome = await trainOn(p, { train, model, options: { placement } });
  const twin = new NetworkTwin(plan, head, SEED);
  const numbers = twin.start(plan.tables.map(initialVectors), new Array<number>(outputs).fill(0));
  const begun = { dense: numbers.dense.slice(), tables: numbers.tables.map((one) => one.slice()), intercepts: numbers.intercepts.slice() };
  // The squared head's labels are standardised.
  const rows = twinRows(p, p.packs[0]!, 0, ROWS);
  const { mean, deviation } = head === "squared" ? standard(rows) : { mean: 0, deviation: 1 };
  trainTwin(
    twin,
    numbers,
    rows.map((row) => ({ ...row, labels: row.labels.map((y) => (y - mean) / deviation) })),
    { steps, optimizer, tableOptimizer },
  );
  return {
    apart: Math.max(
      furthest(plan, outcome.network!, numbers),
      Math.abs(outcome.networkScale - deviation),
      ...outcome.intercepts.map((w, k) => Math.abs((w - mean) / deviation - numbers.intercepts[k]!)),
    ),
    moved: furthest(plan, outcome.network!, begun),
    outcome,
    plan,
    numbers,
  };
}

function standard(rows: ReturnType<typeof twinRows>): { readonly mean: number; readonly deviation: number } {
  const weight = rows.reduce((sum, { weight: own }) => sum + own, 0);
  const of = (x: (y: number) => number): number => rows.reduce((sum, { labels, weight: own }) => sum + own * x(labels[0]!), 0) / weight;
  const mean = of((y) => y);
  return { mean, deviation: Math.sqrt(of((y) => (y - mean) ** 2)) };
}

function initialVectors({ index, rows, dimension, initializer }: NetworkPlan["tables"][number]): Float32Array {
  const out = new Float32Array(rows * dimension);
  for (let i = 0; i < out.length; i++) out[i] = tableInitTwin(Math.floor(i / dimension), i % dimension, initializer.kind, initializer.scale, index, [SEED, 0]);
  return out;
}

/** m, v (or whatever the optimiser keeps) and the count of steps of each number. */
type State = { m: number; v: number; n: number };

type Ftrl = Extract<OptimizerOptions, { kind: "ftrl" }>;

/** z in m and n in v: as if the first proximal term were about the drawn vectors; these with l1 and l2. */
function startFtrl(twin: NetworkTwin, numbers: TwinNumbers, o: Ftrl, states: Map<string, State>): void {
  for (const [t, vectors] of numbers.tables.entries()) {
    const { dimension, maxNorm, rows } = twin.plan.tables[t]!;
    for (const [i, w] of vectors.entries()) {
      const s = { m: (-w * o.beta) / o.alpha, v: 0, n: 0 };
      states.set(`t${t} ${Math.floor(i / dimension)} ${i % dimension}`, s);
      vectors[i] = ftrlWeight(s, o);
    }
    for (let id = 0; id < rows; id++) limit(vectors.subarray(id * dimension, (id + 1) * dimension), maxNorm);
  }
}
/** argmin over w of z w + l1 |w| + ((beta + sqrt n) / alpha + l2) w^2 / 2. */
function ftrlWeight({ m: z, v: n }: State, { alpha, beta, l1, l2 }: Ftrl): number {
  return (-Math.sign(z) * Math.max(0, Math.abs(z) - l1)) / ((beta + Math.sqrt(n)) / alpha + l2);
}
function moveFtrl(s: State, w: number, g: number, o: Ftrl): number {
  s.m += g - ((Math.sqrt(s.v + g * g) - Math.sqrt(s.v)) / o.alpha) * w;
  s.v += g * g;
  return ftrlWeight(s, o);
}
function limit(vector: Float64Array, maxNorm: number): void {
  const norm = Math.hypot(...vector);
  if (maxNorm > 0 && norm > maxNorm) for (const [e, x] of vector.entries()) vector[e] = (x * maxNorm) / norm;
}

function trainTwin(
  twin: NetworkTwin,
  numbers: TwinNumbers,
  rows: ReturnType<typeof twinRows>,
  { steps, optimizer: o, tableOptimizer }: { readonly steps: number; readonly optimizer: GradientMethodOptions; readonly tableOptimizer: OptimizerOptions },
): void {
  const weight = rows.reduce((sum, row) => sum + row.weight, 0);
  const states = new Map<string, State>();
  const penalties = new Map(
    twin.plan.towers.flatMap(({ layers, l1, l2 }) =>
      layers.flatMap(({ weights, inputs, outputs }) => Array.from({ length: inputs * outputs }, (_, i) => [`d${weights + i}`, { l1, l2 }] as const)),
    ),
  );
  const move = (key: string, w: number, mean: number, { l1, l2 }: { readonly l1: number; readonly l2: number }): number => {
    const s = states.get(key) ?? { m: 0, v: o.kind === "adagrad" ? o.initialAccumulator : 0, n: 0 };
    states.set(key, s);
    const g = o.kind === "adagrad" ? mean * weight : mean;
    const rate = o.learningRate;
    let [by, rho] = [rate * g, 1];
    s.n++;
    if (o.kind === "momentum") {
      s.m = o.momentum * s.m + g;
      [by, rho] = [rate * (o.nesterov ? g + o.momentum * s.m : s.m), 1 / (1 - o.momentum)];
    } else if (o.kind === "adagrad") {
      s.v += g * g;
      [by, rho] = [(rate * g) / Math.sqrt(s.v), 1 / Math.sqrt(s.v)];
    } else if (o.kind === "rmsprop") {
      s.v = o.rho * s.v + (1 - o.rho) * g * g;
      [by, rho] = [(rate * g) / (Math.sqrt(s.v) + o.epsilon), 1 / (Math.sqrt(s.v) + o.epsilon)];
    } else if (o.kind === "adam") {
      s.m = o.beta1 * s.m + (1 - o.beta1) * g;
      s.v = o.beta2 * s.v + (1 - o.beta2) * g * g;
      const down = Math.sqrt(s.v / (1 - o.beta2 ** s.n)) + o.epsilon;
      [by, rho] = [(rate * (s.m / (1 - o.beta1 ** s.n))) / down, 1 / down];
    }
    const time = o.kind === "adagrad" ? rate * weight : rate;
    const next = w - by;
    return (Math.sign(next) * Math.max(0, Math.abs(next) - rho * l1 * time)) / (1 + 2 * rho * l2 * time);
  };
  if (tableOptimizer.kind === "ftrl") startFtrl(twin, numbers, tableOptimizer, states);
  for (let step = 0; step < steps; step++) {
    const g = twin.gradient(numbers, rows, step);
    for (const [k, w] of numbers.dense.entries()) numbers.dense[k] = move(`d${k}`, w, g.dense[k]!, penalties.get(`d${k}`) ?? { l1: 0, l2: 0 });
    for (const [k, w] of numbers.intercepts.entries()) numbers.intercepts[k] = move(`i${k}`, w, g.intercepts[k]!, { l1: 0, l2: 0 });
    for (const [t, vectors] of numbers.tables.entries()) {
      const { dimension, l2, rows: ids, maxNorm } = twin.plan.tables[t]!;
      for (let id = 0; id < ids; id++) {
        const own = vectors.subarray(id * dimension, (id + 1) * dimension);
        const by = g.tables[t]!.subarray(id * dimension, (id + 1) * dimension);
        const ftrl = tableOptimizer.kind === "ftrl" ? { ...tableOptimizer, l2: tableOptimizer.l2 + 2 * l2 * weight * (step + 1) } : null;
        if (ftrl !== null) for (let e = 0; e < dimension; e++) own[e] = moveFtrl(states.get(`t${t} ${id} ${e}`)!, own[e]!, by[e]! * weight, ftrl);
        else if (by.every((x) => x === 0)) continue;
        else for (let e = 0; e < dimension; e++) own[e] = move(`t${t} ${id} ${e}`, own[e]!, by[e]!, { l1: 0, l2 });
        limit(own, maxNorm);
      }
    }
  }
}

const SGD = { kind: "sgd", learningRate: 1 } as const;
const small = { tables: [table("c0", 5), table("m", 2)], tower: { inputs: [embed("c0"), { numeric: "x1" }, embed("m", "m", Combiner.SQRTN)] } };
const towerOf = (hidden: v1.LayerSpec.$Properties[], more: v1.TowerSpec.$Properties = {}): v1.NetworkSpec.$Properties => ({
  ...small,
  tower: { ...small.tower, hidden, ...more },
});

for (const [name, kind] of Object.entries(Kind).filter(([, kind]) => typeof kind === "number")) {
  test(`${name}: gradients are finite differences, with dropout and batch norm`, async (t) => {
    // Behind dropout a sum may be 0 to the bit, where some functions have a corner.
    const first = kind === Kind.LINEAR ? [] : [layer(4, kind as v1.ActivationSpec.Kind)];
    const { apart, moved } = await compare({
      network: towerOf([...first, layer(5, kind as v1.ActivationSpec.Kind, { dropout: 0.3, batchNorm: true })]),
      optimizer: SGD,
    });
    t.true(apart < 3e-6, `${apart} apart`);
    t.true(moved > 0.01, `${moved}`);
  });
}

/** The same, pooled by the mean. */
function meansOf({ factorized }: v1.NetworkSpec.$Properties): Pick<v1.NetworkSpec.$Properties, "factorized"> {
  const inputs = factorized!.inputs!.map((input) => (input.embedding == null ? input : { embedding: { ...input.embedding, combiner: Combiner.MEAN } }));
  return { factorized: { ...factorized!, inputs } };
}

const NETWORKS: Readonly<Record<string, Case>> = {
  "a tower without hidden layers": { network: towerOf([]), optimizer: SGD },
  "a tower of three layers": { network: towerOf([layer(6, Kind.TANH), layer(5), layer(4, Kind.SOFTPLUS)]), optimizer: SGD },
  "a tower of three classes": { network: towerOf([layer(6, Kind.TANH, { batchNorm: true })]), head: "softmax", optimizer: SGD },
  "numbers by a tower": { network: towerOf([layer(6, Kind.SILU)]), head: "squared", optimizer: SGD },
  "counts by a tower": { network: towerOf([layer(6, Kind.SILU)]), head: "poisson", optimizer: SGD },
  factorized: { network: factorizedSpec(false, 3, { linear: [] }), optimizer: SGD },
  "factorized, of three classes": { network: factorizedSpec(false, 2, { linear: [] }), head: "softmax", optimizer: SGD },
  "factorized, of means": { network: factorizedSpec(true, 2, { linear: [], ...meansOf(factorizedSpec(true, 2)) }), optimizer: SGD },
  "factorized, of one factor": { network: factorizedSpec(false, 1, { linear: [] }), optimizer: SGD },
  "field-aware": { network: factorizedSpec(true, 2, { linear: [] }), optimizer: SGD },
  "field-aware, of three classes": { network: factorizedSpec(true, 1, { linear: [] }), head: "softmax", optimizer: SGD },
  "two towers": { network: twoTowerSpec([layer(5, Kind.TANH, { batchNorm: true, dropout: 0.2 })], 3, { linear: [] }), optimizer: SGD },
  "two towers of three classes": { network: twoTowerSpec([layer(5, Kind.TANH)], 2, { linear: [] }), head: "softmax", optimizer: SGD },
  "one table for two inputs": {
    network: {
      ...towerOf([layer(5, Kind.TANH)]),
      tower: { ...small.tower, inputs: [...small.tower.inputs, embed("c0"), embed("m", "m", Combiner.SUM)], hidden: [layer(5, Kind.TANH)] },
    },
    optimizer: SGD,
  },
  "two towers of vectors alone": {
    network: {
      ...twoTowerSpec([], 0, { linear: [] }),
      user: { inputs: [embed("c0")] },
      item: { inputs: [embed("c2")] },
      tables: [table("c0", 4), table("c2", 4)],
    },
    optimizer: SGD,
  },
};
for (const [name, one] of Object.entries(NETWORKS)) {
  test(`${name}: gradients are finite differences`, async (t) => {
    const { apart, moved } = await compare(one);
    t.true(apart < 3e-6, `${apart} apart`);
    t.true(moved > 1e-3, `${moved}`);
  });
}

for (const { name, options } of OPTIMIZERS) {
  if (options.kind === "ftrl") continue;
  // Where an average of squares is tiny, float32 and float64 divide by it alike only beside a number.
  const optimizer = { ...options, ...("epsilon" in options ? { epsilon: 1e-3 } : {}) } as GradientMethodOptions;
  test(`${name}: four blocks with penalties are as in plain float64`, async (t) => {
    const network = {
      ...towerOf([layer(5, Kind.TANH, { batchNorm: true, dropout: 0.2 })], { l1: 1e-3, l2: 1e-2 }),
      tables: [table("c0", 5, { l2: 0.02 }), table("m", 2, { maxNorm: 0.9 })],
    };
    const { apart, moved } = await compare({ network, optimizer, steps: 4 });
    t.true(apart < 1e-5, `${apart} apart`);
    t.true(moved > 0.01, `${moved}`);
  });
}

test("FTRL of embeddings: four blocks with penalties are as in plain float64, and l1 makes exact zeros, vectors of zeros alone among them", async (t) => {
  const network = {
    ...towerOf([layer(5, Kind.TANH, { batchNorm: true, dropout: 0.2 })], { l1: 1e-3, l2: 1e-2 }),
    tables: [table("c0", 5, { l2: 0.02 }), table("m", 2, { maxNorm: 0.09 })],
  };
  const optimizer = { kind: "adagrad", learningRate: 0.1, initialAccumulator: 0.1 } as const;
  const zeros: number[] = [];
  for (const l1 of [0, 3]) {
    const { apart, moved, outcome, plan, numbers } = await compare({
      network,
      optimizer,
      tableOptimizer: { kind: "ftrl", alpha: 0.2, beta: 1.5, l1, l2: 0.1 },
      steps: 4,
    });
    t.true(apart < 1e-5, `${apart} apart`);
    t.true(moved > 0.01, `${moved}`);
    let nonZero = 0;
    for (const [k, { ids, vectors }] of outcome.network!.tables.entries()) {
      const { dimension, columns } = plan.tables[k]!;
      const learned = new Set(ids);
      nonZero += vectors.filter((x) => x !== 0).length;
      const met = new Set(twinRows(data, data.packs[0]!, 0, ROWS).flatMap(({ features }) => features.get(columns[0]!)!.map(({ id }) => id)));
      for (const id of met) {
        const own = numbers.tables[k]!.subarray(id * dimension, (id + 1) * dimension);
        t.is(
          learned.has(id),
          own.some((x) => x !== 0),
          `${columns[0]} ${id}`,
        );
        for (const [e, x] of own.entries()) if (learned.has(id)) t.is(vectors[[...ids].indexOf(id) * dimension + e] === 0, x === 0);
      }
      zeros.push(met.size - ids.length);
    }
    t.is(outcome.metrics.curve.at(-1)!.nonZero!, nonZero + outcome.network!.dense.filter((x) => x !== 0).length);
  }
  t.deepEqual(zeros.slice(0, 2), [0, 0]);
  t.true(zeros[3]! > 5, zeros.join());
});
