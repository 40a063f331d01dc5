import { CrossbillError, v1 } from "@crossbill/messages";
import { mapNetwork, type NetworkPlan, planNetwork } from "@crossbill/models";
import test from "ava";
import { type InitialNetwork, initialNetwork } from "../dist/network/initial-network.js";
import type { InitialWeights, TrainOutcome } from "../dist/train-options.js";
import { networkBits } from "./network-run.js";
import { deepSpec, factorizedSpec, layer, modelOf, placementOf, table, twoTowerSpec } from "./network-support.js";
import { OPTIMIZERS, specOf } from "./optimizer-cases.js";
import { type Problem, problem, type Run, temporaryFolder, trainOn, trainUntil, withClasses } from "./support.js";

const { Kind } = v1.ActivationSpec;
const data = problem([300, 150], [], 1, true);
const placement = placementOf(data);
const DEEP = deepSpec([layer(6, Kind.PRELU), layer(4, Kind.TANH)], { linear: ["c0", "x0"] });
const NORMED = deepSpec([layer(5, Kind.RELU, { batchNorm: true })], { linear: ["c0", "x0"] });
const NETWORKS = { deep: DEEP, normed: NORMED, factorized: factorizedSpec(true, 3), towers: twoTowerSpec([layer(4, Kind.TANH)], 3) };
const ADAGRAD = specOf(OPTIMIZERS.find(({ name }) => name === "Adagrad")!.options);
const COLUMNS = placement.columns.map(({ name }) => name);

interface Start {
  readonly network: v1.NetworkSpec.$Properties;
  readonly head?: v1.Head;
  readonly outputs?: number;
  /** u32[rows] of the first table; without it every id is what it was. */
  readonly ids?: Uint32Array;
}

function runOf({ network, head = v1.Head.LOGISTIC }: Start, train: v1.TrainSpec.$Properties, initial?: InitialWeights): Run {
  return {
    train: { batchSize: 64, epochs: 1, shuffle: false, ...train },
    model: { network, head },
    options: { placement, ...(initial === undefined ? {} : { initial }) },
  };
}

const planOf = ({ network, head = v1.Head.LOGISTIC, outputs = 1 }: Start): NetworkPlan => planNetwork(modelOf({ network, head }), placement, outputs)!;

/** Everything of the outcome, as it stood; the optimiser's state where an optimiser is given. */
function startOf(
  outcome: TrainOutcome,
  start: Start,
  optimizer: v1.OptimizerSpec.$Properties | null,
  embeddingOptimizer: v1.OptimizerSpec.$Properties | null = null,
): InitialWeights {
  const plan = planOf(start);
  const map = mapNetwork(plan, plan, { same: new Set(COLUMNS), fromOutputs: Array.from({ length: plan.outputs }, (_, k) => k) });
  if (typeof map === "string") throw new Error(map);
  const { weights, intercepts, optimizerState, seen, shifts, networkState, networkScale } = outcome;
  const { pack, steps, labelScale } = networkState!;
  const network = initialNetwork({
    plan,
    map,
    ids: map.tables.map(({ index }) =>
      index === 0 && start.ids !== undefined ? start.ids : Uint32Array.from({ length: plan.tables[index]!.rows }, (_, id) => id),
    ),
    numbers: optimizer === null ? outcome.network! : { state: pack(), optimizer, embeddingOptimizer, steps },
    labelScale: optimizer !== null || labelScale === null ? labelScale : { mean: intercepts[0]!, deviation: networkScale },
  });
  const state = optimizer === null ? {} : { optimizerState, seen, shifts };
  return { weights: Float64Array.from(weights), intercepts, sha256: outcome.key, network, ...state };
}

/** The network and its linear part, without the curve. */
function numbers(outcome: TrainOutcome): string {
  return networkBits({ ...outcome, metrics: v1.TrainMetrics.create() });
}

function weightless(p: Problem): Problem {
  return { ...p, packs: p.packs.map((pack) => ({ ...pack, weight: pack.weight.map(() => 0) })) };
}

for (const { name, options } of OPTIMIZERS) {
  if (options.kind === "ftrl") continue;
  const optimizer = specOf(options);
  test.serial(`${name}: with its state kept, one epoch and then another are two epochs, to the bit`, async (t) => {
    for (const [kind, network] of Object.entries(options.kind === "adam" ? NETWORKS : { normed: NORMED })) {
      const start = { network };
      const both = await trainOn(data, runOf(start, { optimizer, epochs: 2 }));
      const first = await trainOn(data, runOf(start, { optimizer }));
      const initial = startOf(first, start, optimizer);
      const second = await trainOn(data, runOf(start, { optimizer }, initial));
      t.is(numbers(second), numbers(both), kind);
      t.not(numbers(second), numbers(first));
      t.deepEqual(second.networkState!.pack(), { ...both.networkState!.pack(), tables: again(second, both) }, "and so are the states");
      t.is(second.networkState!.steps, both.networkState!.steps);
    }
  });
}

test.serial("with standardised labels, too", async (t) => {
  const start = { network: DEEP, head: v1.Head.SQUARED };
  const train = { optimizer: ADAGRAD, linearOptimizer: { ftrl: { alpha: 0.1, beta: 1, l1: 0.02, l2: 0.01 } } };
  const both = await trainOn(data, runOf(start, { ...train, epochs: 2 }));
  const first = await trainOn(data, runOf(start, train));
  t.is(numbers(await trainOn(data, runOf(start, train, startOf(first, start, ADAGRAD)))), numbers(both));
});

test.serial("with vectors by FTRL, too; with the state reset they begin as they were", async (t) => {
  const embeddingOptimizer = { ftrl: { alpha: 0.1, beta: 1, l1: 0.02, l2: 0.01 } };
  const start = { network: { ...DEEP, tables: [table("c1", 5, { l2: 1e-4 }), table("c3", 3), table("m", 4)] } };
  const train = { optimizer: ADAGRAD, embeddingOptimizer };
  const both = await trainOn(data, runOf(start, { ...train, epochs: 2 }));
  const first = await trainOn(data, runOf(start, train));
  t.is(numbers(await trainOn(data, runOf(start, train, startOf(first, start, ADAGRAD, embeddingOptimizer)))), numbers(both));
  const reset = await trainOn(weightless(data), runOf(start, train, startOf(first, start, null)));
  for (const [index, { ids, vectors }] of first.network!.tables.entries()) {
    const own = reset.network!.tables[index]!;
    t.deepEqual(own.ids, ids);
    for (const [i, x] of vectors.entries()) t.true(Math.abs(own.vectors[i]! - x) <= 3e-7 * Math.abs(x) + 1e-8, `${own.vectors[i]} ${x}`);
  }
});

/** The other's tables, with when rows were touched as this one has it: its clock began anew. */
function again(one: TrainOutcome, other: TrainOutcome): v1.TableState.$Properties[] {
  const touched = one.networkState!.pack().tables!.map((own) => own.touched);
  return other.networkState!.pack().tables!.map((own, i) => ({ ...own, touched: touched[i]! }));
}

test.serial("where nothing is to be learned the network stays what it was, with the state kept or reset, whatever the head", async (t) => {
  for (const [kind, network] of Object.entries(NETWORKS))
    for (const head of [v1.Head.LOGISTIC, v1.Head.SQUARED, v1.Head.SOFTMAX]) {
      if (head === v1.Head.SOFTMAX && kind === "towers") continue;
      const p = head === v1.Head.SOFTMAX ? withClasses(data) : data;
      const start = { network, head, outputs: head === v1.Head.SOFTMAX ? 3 : 1 };
      const first = await trainOn(p, runOf(start, { optimizer: ADAGRAD }));
      const kept = await trainOn(weightless(p), runOf(start, { optimizer: ADAGRAD }, startOf(first, start, ADAGRAD)));
      t.is(numbers(kept), numbers(first), `${kind} ${head}`);
      const reset = await trainOn(weightless(p), runOf(start, { optimizer: ADAGRAD }, startOf(first, start, null)));
      t.deepEqual(reset.network, first.network);
      t.is(reset.networkScale, first.networkScale);
      for (const [f, w] of first.weights.entries()) t.true(Math.abs(reset.weights[f]! - w) <= 3e-7 * Math.abs(w));
      for (const [k, b] of first.intercepts.entries()) t.true(Math.abs(reset.intercepts[k]! - b) <= 3e-7 * Math.abs(b));
    }
});

test.serial("ids that are numbered anew take their vectors along: the same training in other places", async (t) => {
  const start = { network: { ...DEEP, linear: ["c0"] } };
  const first = await trainOn(data, runOf(start, { optimizer: ADAGRAD }));
  const rows = planOf(start).tables[0]!.rows;
  t.is(first.network!.tables[0]!.ids.length, rows, "every id has a vector");
  const to = Uint32Array.from({ length: rows }, (_, id) => (7 * id + 3) % rows);
  const ids = new Uint32Array(rows);
  for (const [id, now] of to.entries()) ids[now] = id;
  const renumbered = {
    ...data,
    packs: data.packs.map((pack) => ({ ...pack, ids: { ...pack.ids, c1: pack.ids["c1"]!.map((id) => to[id]!) } })),
  };
  const same = await trainOn(data, runOf(start, { optimizer: ADAGRAD }, startOf(first, start, ADAGRAD)));
  const other = await trainOn(renumbered, runOf(start, { optimizer: ADAGRAD }, startOf(first, { ...start, ids }, ADAGRAD)));
  t.deepEqual(other.network!.dense, same.network!.dense);
  const vectorOf = (outcome: TrainOutcome, id: number): Float32Array => outcome.network!.tables[0]!.vectors.subarray(5 * id, 5 * id + 5);
  for (const [id, now] of to.entries()) t.deepEqual(vectorOf(other, now), vectorOf(same, id));
});

test.serial("an id without an earlier one starts as in a training from zero, the others where they were", async (t) => {
  const start = { network: DEEP };
  const first = await trainOn(data, runOf(start, { optimizer: ADAGRAD }));
  const rows = planOf(start).tables[0]!.rows;
  const ids = Uint32Array.from({ length: rows }, (_, id) => (id < 10 ? 2 ** 32 - 1 : id));
  const begun = await trainOn(weightless(data), runOf(start, { optimizer: ADAGRAD }, startOf(first, { ...start, ids }, ADAGRAD)));
  const [was, is] = [first.network!.tables[0]!, begun.network!.tables[0]!];
  t.deepEqual([...is.ids], [...was.ids].slice(10));
  t.deepEqual(is.vectors, was.vectors.subarray(50));
  const fresh = await trainOn(data, runOf(start, { optimizer: ADAGRAD }, startOf(first, { ...start, ids }, ADAGRAD)));
  t.is(fresh.network!.tables[0]!.ids.length, rows);
});

test.serial("it is the same network for any number of workers", async (t) => {
  const start = { network: NORMED };
  const first = await trainOn(data, runOf(start, { optimizer: ADAGRAD }));
  const run = runOf(start, { optimizer: ADAGRAD }, startOf(first, start, ADAGRAD));
  t.is(networkBits(await trainOn(data, { ...run, options: { ...run.options!, workers: 2 } })), networkBits(await trainOn(data, run)));
});

test.serial("stopped and resumed it is the same network; the start is part of the key", async (t) => {
  const start = { network: { ...NORMED, tables: [table("c1", 5, { l2: 1e-3 }), table("c3", 3), table("m", 4, { maxNorm: 1 })] }, head: v1.Head.SQUARED };
  const optimizer = specOf({ kind: "adam", learningRate: 0.02, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 });
  const first = await trainOn(data, runOf(start, { optimizer }));
  for (const kept of [optimizer, null]) {
    const run = runOf(start, { optimizer, epochs: 2, checkpointEverySteps: 2 }, startOf(first, start, kept));
    const clean = networkBits(await trainOn(data, run));
    for (const step of [1, 5, 11]) {
      const root = temporaryFolder();
      await t.throwsAsync(trainUntil(step, data, { ...run, root }), { instanceOf: CrossbillError });
      const resumed = await trainOn(data, { ...run, root });
      t.true(resumed.resumedFromStep > 0);
      t.is(networkBits(resumed), clean);
      t.is(networkBits(await trainOn(data, { ...run, root })), clean, "a finished training returns at once");
    }
  }
  t.not((await trainOn(data, runOf(start, { optimizer }, startOf(first, start, null)))).key, first.key);
});

test.serial("numbers of another network, and a state of another optimiser, are refused", async (t) => {
  const start = { network: DEEP };
  const first = await trainOn(data, runOf(start, { optimizer: ADAGRAD }));
  const initial = startOf(first, start, ADAGRAD);
  const refused = async (network: InitialNetwork, code: string): Promise<void> => {
    await t.throwsAsync(trainOn(data, runOf(start, { optimizer: ADAGRAD }, { ...initial, network })), { instanceOf: CrossbillError, code });
  };
  await refused({ ...initial.network!, values: new Float32Array(3) }, "E_UNSUPPORTED");
  await refused({ ...initial.network!, running: new Float32Array(3) }, "E_UNSUPPORTED");
  await refused({ ...initial.network!, zeros: Uint32Array.of(2 ** 20) }, "E_UNSUPPORTED");
  await refused({ ...initial.network!, tables: [{ ...initial.network!.tables[0]!, name: "another" }] }, "E_UNSUPPORTED");
  await refused({ ...initial.network!, tables: [{ ...initial.network!.tables[0]!, words: new Float32Array(1) }] }, "E_UNSUPPORTED");
  const error = t.throws(() => startOf(first, start, specOf({ kind: "sgd", learningRate: 0.5 })), { instanceOf: CrossbillError });
  t.is(error.code, "E_CORRUPT");
});
