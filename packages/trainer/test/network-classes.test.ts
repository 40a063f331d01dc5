// Networks whose head samples classes: the last layer has a row for each, of which a block reads and learns those of its draw.
import { CrossbillError, v1 } from "@crossbill/messages";
import { mapNetwork, type NetworkPlan, planNetwork } from "@crossbill/models";
import { exp, softplus } from "@crossbill/numerics";
import test from "ava";
import { ClassSampler, type Sample } from "../dist/loop/class-sampler.js";
import { initialNetwork } from "../dist/network/initial-network.js";
import type { GradientMethodOptions } from "../dist/optimizers/optimizer-options.js";
import { LINEAR_FTRL, networkBits } from "./network-run.js";
import { deepSpec, embed, layer, modelOf, number, placementOf, table } from "./network-support.js";
import { furthest, NetworkTwin, type TwinNumbers, twinRows } from "./network-twin.js";
import { OPTIMIZERS, scheduled, specOf } from "./optimizer-cases.js";
import { type Problem, problem, type Run, temporaryFolder, trainOn, trainUntil, withClasses } from "./support.js";

const { Kind } = v1.ActivationSpec;
const SEED = 7;
const ROWS = 70;
const CLASSES = ["a", "b", "c", "d", "e", "f", "g", "h"];

/** Eight classes, of which rows have the first four: of the others a block holds those that are drawn. */
function withFew(p: Problem): Problem {
  return {
    ...p,
    manifest: v1.IngestManifest.create({ ...p.manifest, classes: CLASSES }),
    packs: p.packs.map((pack) => {
      const label = new Float64Array(new SharedArrayBuffer(pack.label.byteLength));
      label.set(pack.label.map((y, r) => y + 2 * (pack.ids["c1"]![r]! % 2)));
      return { ...pack, label };
    }),
  };
}

type Sampled = "sampledSoftmax" | "nce";
const HEADS: Record<Sampled, v1.Head> = { sampledSoftmax: v1.Head.SAMPLED_SOFTMAX, nce: v1.Head.NCE };

/** The sampled loss of a draw. */
class SampledTwin extends NetworkTwin {
  sample: Sample = { classes: new Uint32Array(0), sampled: new Uint8Array(0), corrections: new Float64Array(0) };
  readonly sampled: Sampled;

  constructor(plan: NetworkPlan, sampled: Sampled) {
    super(plan, "softmax", SEED);
    this.sampled = sampled;
  }

  override loss(numbers: TwinNumbers, rows: ReturnType<typeof twinRows>, step: number | null): number {
    const outputs = this.outputs(numbers, rows, step);
    const { classes, sampled, corrections } = this.sample;
    let [sum, weight] = [0, 0];
    for (const [r, { labels, weight: own }] of rows.entries()) {
      const c = [...classes].map((k, i) => outputs[r]![k]! - corrections[i]!);
      const mine = classes.indexOf(labels[0]!);
      const others = c.filter((_, i) => i !== mine && sampled[i] === 1);
      const loss =
        this.sampled === "nce"
          ? softplus(-c[mine]!) + others.reduce((all, x) => all + softplus(x), 0)
          : Math.log(1 + others.reduce((all, x) => all + exp(x - c[mine]!), 0));
      sum += own * loss;
      weight += own;
    }
    return sum / weight;
  }
}

interface State {
  m: number;
  v: number;
  n: number;
}

/** The update rule of one number, without penalties. */
function moved(o: GradientMethodOptions, s: State, w: number, mean: number, weight: number): number {
  const g = o.kind === "adagrad" ? mean * weight : mean;
  const rate = o.learningRate;
  s.n++;
  if (o.kind === "sgd") return w - rate * g;
  if (o.kind === "adagrad") {
    s.v += g * g;
    return w - (rate * g) / Math.sqrt(s.v);
  }
  if (o.kind === "momentum") {
    s.m = o.momentum * s.m + g;
    return w - rate * (o.nesterov ? g + o.momentum * s.m : s.m);
  }
  if (o.kind === "rmsprop") {
    s.v = o.rho * s.v + (1 - o.rho) * g * g;
    return w - (rate * g) / (Math.sqrt(s.v) + o.epsilon);
  }
  s.m = o.beta1 * s.m + (1 - o.beta1) * g;
  s.v = o.beta2 * s.v + (1 - o.beta2) * g * g;
  return w - (rate * (s.m / (1 - o.beta1 ** s.n))) / (Math.sqrt(s.v / (1 - o.beta2 ** s.n)) + o.epsilon);
}

const small = withFew(problem([ROWS], [], 3));
const smallNetwork = { tables: [], tower: { inputs: [number("x0"), number("x1")], hidden: [layer(5, Kind.TANH)] } };

for (const { name, options } of OPTIMIZERS) {
  if (options.kind === "ftrl") continue;
  const optimizer = { ...options, ...("epsilon" in options ? { epsilon: 1e-3 } : {}) } as GradientMethodOptions;
  test(`${name}: a class learns in the blocks that hold it, and rests in the others, as in plain float64`, async (t) => {
    for (const head of ["sampledSoftmax", "nce"] as const) {
      const model = modelOf({ network: smallNetwork, head: HEADS[head], samples: 1, sampler: v1.ModelSpec.Sampler.UNIFORM });
      const placement = placementOf(small);
      const steps = 3;
      const train = { optimizer: specOf(optimizer), epochs: steps, batchSize: ROWS, shuffle: false, seed: SEED };
      const outcome = await trainOn(small, { train, model, options: { placement } });
      const plan = planNetwork(model, placement, CLASSES.length)!;
      const twin = new SampledTwin(plan, head);
      const numbers = twin.start([], new Array<number>(CLASSES.length).fill(0));
      const begun = numbers.dense.slice();
      const rows = twinRows(small, small.packs[0]!, 0, ROWS);
      const weight = rows.reduce((sum, row) => sum + row.weight, 0);
      const sampler = new ClassSampler({ sampler: "uniform", samples: 1, counts: CLASSES.map(() => 0), seed: SEED });
      const last = plan.towers[0]!.layers.at(-1)!;
      const start = (): State => ({ m: 0, v: optimizer.kind === "adagrad" ? optimizer.initialAccumulator : 0, n: 0 });
      const states = { dense: Array.from(numbers.dense, start), intercepts: CLASSES.map(start) };
      const met = new Set<number>();
      for (let step = 0; step < steps; step++) {
        twin.sample = sampler.draw(
          step,
          Float64Array.from(rows, ({ labels }) => labels[0]!),
        );
        const g = twin.gradient(numbers, rows, step);
        for (const k of twin.sample.classes) met.add(k);
        for (const [k, w] of numbers.intercepts.entries())
          if (twin.sample.classes.includes(k)) numbers.intercepts[k] = moved(optimizer, states.intercepts[k]!, w, g.intercepts[k]!, weight);
        for (const [k, w] of numbers.dense.entries()) {
          const unit = k < last.weights ? -1 : Math.floor((k - last.weights) / last.inputs);
          if (unit < 0 || twin.sample.classes.includes(unit)) numbers.dense[k] = moved(optimizer, states.dense[k]!, w, g.dense[k]!, weight);
        }
      }
      t.true(met.size > 4 && met.size < 8, `${met.size} classes`);
      const apart = Math.max(furthest(plan, outcome.network!, numbers), ...outcome.intercepts.map((w, k) => Math.abs(w - numbers.intercepts[k]!)));
      t.true(apart < 2e-5, `${head}: ${apart} apart`);
      for (const [k, w] of begun.entries()) {
        const unit = Math.floor((k - last.weights) / last.inputs);
        if (k >= last.weights) t.is(outcome.network!.dense[k] === w, !met.has(unit), `a weight of class ${unit}`);
      }
    }
  });
}

test("two towers: the products of the classes that are drawn are those of the sampled loss, all others rest", async (t) => {
  const towers: v1.NetworkSpec.$Properties = {
    kind: v1.NetworkSpec.Kind.TWO_TOWER,
    user: { inputs: [number("x0")], hidden: [layer(4, Kind.TANH)], outputs: 2 },
    item: { inputs: [number("x1")], hidden: [], outputs: 2 },
  };
  for (const head of ["sampledSoftmax", "nce"] as const) {
    const model = modelOf({ network: towers, head: HEADS[head], samples: 1, sampler: v1.ModelSpec.Sampler.UNIFORM });
    const train = { optimizer: { sgd: { learningRate: 0.5 } }, epochs: 1, batchSize: ROWS, shuffle: false, seed: SEED };
    const outcome = await trainOn(small, { train, model, options: { placement: placementOf(small) } });
    const plan = planNetwork(model, placementOf(small), CLASSES.length)!;
    const twin = new SampledTwin(plan, head);
    const numbers = twin.start([], new Array<number>(CLASSES.length).fill(0));
    const rows = twinRows(small, small.packs[0]!, 0, ROWS);
    const labels = Float64Array.from(rows, (row) => row.labels[0]!);
    twin.sample = new ClassSampler({ sampler: "uniform", samples: 1, counts: CLASSES.map(() => 0), seed: SEED }).draw(0, labels);
    const g = twin.gradient(numbers, rows, 0);
    const { weights, inputs } = plan.towers[0]!.layers.at(-1)!;
    for (const k of CLASSES.keys()) {
      const own = g.dense.subarray(weights + 2 * k * inputs, weights + 2 * (k + 1) * inputs);
      t.is(
        own.some((x) => x !== 0),
        twin.sample.classes.includes(k),
      );
    }
    for (const [i, w] of numbers.dense.entries()) numbers.dense[i] = w - 0.5 * g.dense[i]!;
    t.true(furthest(plan, outcome.network!, numbers) < 2e-5);
  }
});

for (const { name, options } of OPTIMIZERS) {
  if (options.kind === "ftrl") continue;
  test(`${name}: with all classes drawn it is softmax, penalties, clipping and what is watched too`, async (t) => {
    const p = withClasses(problem([200], [], 1, true));
    for (const penalty of [0, 1e-3]) {
      const optimizer = { ...options, weightDecay: penalty, ...("epsilon" in options ? { epsilon: 1e-3 } : {}) };
      const network = deepSpec([layer(6, Kind.TANH)], { linear: ["c0"] }, { l1: penalty / 10, l2: penalty });
      const train = { optimizer: specOf(optimizer), batchSize: 70, epochs: 2, clip: { norm: 0.1 } };
      const run = { train, model: { network, samples: 3 }, options: { placement: placementOf(p) } };
      const full = await trainOn(p, { ...run, model: { ...run.model, head: v1.Head.SOFTMAX } });
      const sampled = await trainOn(p, { ...run, model: { ...run.model, head: v1.Head.SAMPLED_SOFTMAX } });
      const close = (a: ArrayLike<number>, b: ArrayLike<number>, within: number): void => {
        t.is(a.length, b.length);
        for (let i = 0; i < a.length; i++) t.true(Math.abs(a[i]! - b[i]!) <= within, `${i}: ${a[i]} and ${b[i]}`);
      };
      close(sampled.network!.dense, full.network!.dense, 2e-5);
      const points = [full, sampled].map(({ metrics }) => metrics.curve.at(-1)!);
      t.true(Math.abs(points[1]!.gradientNorm! / points[0]!.gradientNorm! - 1) < 1e-3);
      t.true(Math.abs(points[1]!.nonZero! - points[0]!.nonZero!) <= 2);
      for (const [l, one] of points[0]!.layers!.entries()) {
        const other = points[1]!.layers![l]!;
        // Of a step on trial the penalties of classes are due later.
        for (const field of ["gradient", "weights", ...(penalty > 0 ? [] : (["updateRatio"] as const))] as const)
          t.true(Math.abs(other[field]! / one[field]! - 1) < 1e-3, `${l} ${field} ${other[field]} ${one[field]}`);
      }
    }
  });
}

const data = withFew(problem([200, 100], [64], 1, true));
const placement = placementOf(data);
const network = deepSpec(
  [layer(5, 6, { dropout: 0.2, batchNorm: true })],
  { linear: ["c0", "x0"], tables: [table("c1", 5, { l2: 1e-3 }), table("c3", 3), table("m", 4)] },
  { l1: 1e-5, l2: 1e-4 },
);

function runOf(head: Sampled, train: v1.TrainSpec.$Properties): Run {
  return {
    train: { linearOptimizer: LINEAR_FTRL, batchSize: 40, epochs: 2, checkpointEverySteps: 3, ...train },
    model: { network, head: HEADS[head], samples: 2, sampler: v1.ModelSpec.Sampler.UNIFORM },
    options: { placement },
  };
}

test.serial("one model for 1, 2 and 4 workers, whatever is clipped, and after a stop", async (t) => {
  for (const { name, options } of OPTIMIZERS) {
    if (!["Adam", "Adagrad", "Nesterov"].includes(name)) continue;
    const head = name === "Adagrad" ? "nce" : "sampledSoftmax";
    const clip = name === "Adagrad" ? { value: 0.01 } : name === "Nesterov" ? { globalNorm: 0.05 } : {};
    const run = runOf(head, { optimizer: specOf(scheduled(options, { kind: "constant" }, 0, 0.01)), clip });
    const one = networkBits(await trainOn(data, run));
    for (const workers of name === "Adam" ? [2, 4] : [3])
      t.is(networkBits(await trainOn(data, { ...run, options: { placement, workers } })), one, `${name}, ${workers} workers`);
    const root = temporaryFolder();
    await t.throwsAsync(trainUntil(7, data, { ...run, root }), { instanceOf: CrossbillError });
    const resumed = await trainOn(data, { ...run, root });
    t.true(resumed.resumedFromStep > 0);
    t.is(networkBits(resumed), one, `${name}, resumed`);
  }
});

test.serial("a later training goes on from its state, to the bit, and begins with its weights where the state is reset", async (t) => {
  const data = withFew(problem([200, 100], [], 1, true));
  const optimizer = specOf(OPTIMIZERS.find(({ name }) => name === "Adagrad")!.options);
  const model = { network: deepSpec([layer(5, Kind.TANH)]), head: v1.Head.SAMPLED_SOFTMAX, samples: 8 };
  const run = { train: { optimizer, batchSize: 64, epochs: 1, shuffle: false }, model, options: { placement } };
  const both = await trainOn(data, { ...run, train: { ...run.train, epochs: 2 } });
  const first = await trainOn(data, run);
  const plan = planNetwork(modelOf(model), placement, CLASSES.length)!;
  const map = mapNetwork(plan, plan, { same: new Set(placement.columns.map(({ name }) => name)), fromOutputs: [...CLASSES.keys()] });
  if (typeof map === "string") throw new Error(map);
  const { weights, intercepts, optimizerState, seen, shifts, networkState } = first;
  const ids = map.tables.map(({ index }) => Uint32Array.from({ length: plan.tables[index]!.rows }, (_, id) => id));
  const start = (kept: boolean) => ({
    weights: Float64Array.from(weights),
    intercepts,
    sha256: first.key,
    network: initialNetwork({
      plan,
      map,
      ids,
      numbers: kept ? { state: networkState!.pack(), optimizer, steps: networkState!.steps } : first.network!,
      labelScale: null,
    }),
    ...(kept ? { optimizerState, seen, shifts } : {}),
  });
  const second = await trainOn(data, { ...run, options: { placement, initial: start(true) } });
  t.deepEqual(second.network, both.network);
  t.notDeepEqual(second.network, first.network);
  const weightless = { ...data, packs: data.packs.map((pack) => ({ ...pack, weight: pack.weight.map(() => 0) })) };
  t.deepEqual((await trainOn(weightless, { ...run, options: { placement, initial: start(false) } })).network, first.network);
});

test("a weight that runs off is told by its class", async (t) => {
  const steep = { optimizer: { sgd: { learningRate: 1e30 } }, linearOptimizer: LINEAR_FTRL, batchSize: 50 };
  const error = (await t.throwsAsync(
    trainOn(data, {
      train: steep,
      model: { network: deepSpec([], {}, { inputs: [embed("c1"), number("x0")] }), head: v1.Head.SAMPLED_SOFTMAX, samples: 2 },
      options: { placement },
    }),
    { instanceOf: CrossbillError },
  )) as CrossbillError;
  t.is(error.code, "E_DIVERGED");
  t.regex(error.message, /layer|vector/);
});
