import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CrossbillError, v1 } from "@crossbill/messages";
import { planNetwork } from "@crossbill/models";
import test from "ava";
import { ADAM, KILLED_RUN, NETWORK_RUN, networkBits, trainedBy } from "./network-run.js";
import { deepSpec, embed, layer, modelOf, placementOf, table, twoTowerSpec } from "./network-support.js";
import { NetworkTwin, twinRows } from "./network-twin.js";
import { OPTIMIZERS, scheduled } from "./optimizer-cases.js";
import { type Problem, problem, type Run, temporaryFolder, trainOn, trainUntil, withClasses } from "./support.js";

const { Kind } = v1.ActivationSpec;
const data = NETWORK_RUN.problem();
const placement = placementOf(data);
const run = NETWORK_RUN.run;

for (const { name, options } of OPTIMIZERS) {
  test.serial(`${name}: stopped and resumed it is the same network`, async (t) => {
    const own = { ...run, train: { ...run.train, ...trainedBy(scheduled(options, { kind: "constant" }, 0, 0.01)) } };
    const clean = networkBits(await trainOn(data, own));
    for (const step of [2, 9]) {
      const root = temporaryFolder();
      await t.throwsAsync(trainUntil(step, data, { ...own, root }), { instanceOf: CrossbillError });
      const resumed = await trainOn(data, { ...own, root });
      t.true(resumed.resumedFromStep > 0);
      t.is(networkBits(resumed), clean);
      t.is(networkBits(await trainOn(data, { ...own, root })), clean, "a finished training returns at once");
    }
  });
}

test.serial("killed with SIGKILL it goes on to the same network; memory does not matter", async (t) => {
  const root = temporaryFolder();
  const child = spawnSync(process.execPath, [fileURLToPath(new URL("./network-resume-child.js", import.meta.url)), root], {
    env: { ...process.env, CROSSBILL_FAULT: "trainer:block:kill:11" },
    encoding: "utf8",
  });
  t.is(child.signal, "SIGKILL", child.stderr);
  const clean = networkBits(await trainOn(data, KILLED_RUN));
  const resumed = await trainOn(data, { ...KILLED_RUN, root });
  t.true(resumed.resumedFromStep > 0);
  t.is(networkBits(resumed), clean);
  t.is(networkBits(await trainOn(data, { ...KILLED_RUN, options: { ...KILLED_RUN.options, memoryBytes: 0 } })), clean);
  t.not(networkBits(await trainOn(data, { ...KILLED_RUN, train: { ...KILLED_RUN.train, seed: 8 } })), clean);
});

test.serial("random sleeps before every barrier change nothing", async (t) => {
  const shared = {
    ...run,
    model: {
      network: {
        ...twoTowerSpec([layer(4, Kind.TANH, { batchNorm: true })], 3),
        tables: [table("c0", 4), table("m", 4)],
        item: { inputs: [embed("m"), embed("c0")], hidden: [], outputs: 3 },
      },
    },
    train: { ...run.train, epochs: 1, clip: { globalNorm: 0.05 } },
  };
  const wanted = networkBits(await trainOn(data, shared));
  process.env["CROSSBILL_FAULT"] = "gang:*:sleep";
  try {
    t.is(networkBits(await trainOn(data, { ...shared, options: { placement, workers: 3 } })), wanted);
  } finally {
    delete process.env["CROSSBILL_FAULT"];
  }
});

test("vectors to start with: a frozen table keeps them, another one learns from them; ids that no block holds have none of their own", async (t) => {
  const given = { name: "c1", ids: Uint32Array.of(1, 7, 30), vectors: new Float32Array(15).map((_, i) => i / 10), sha256: "a" };
  const keys = new Set<string>();
  for (const frozen of [true, false]) {
    const network = deepSpec([layer(4, Kind.TANH)], { tables: [table("c1", 5, { frozen }), table("c3", 3), table("m", 4)] });
    const outcome = await trainOn(data, { train: { optimizer: ADAM }, model: { network }, options: { placement, tables: [given] } });
    const [c1, c3] = outcome.network!.tables;
    const at = (id: number): number[] => [...c1!.vectors.subarray(5 * c1!.ids.indexOf(id), 5 * c1!.ids.indexOf(id) + 5)];
    if (frozen) t.deepEqual([...c1!.ids], [...given.ids]);
    for (const [i, id] of given.ids.entries()) t.is(JSON.stringify(at(id)) === JSON.stringify([...given.vectors.subarray(5 * i, 5 * i + 5)]), frozen);
    const seen = new Set(data.packs.slice(0, 2).flatMap(({ ids }) => [...ids["c3"]!]));
    t.deepEqual(
      [...c3!.ids],
      [...seen].sort((a, b) => a - b),
    );
    keys.add(outcome.key);
  }
  const network = deepSpec([layer(4)]);
  keys.add((await trainOn(data, { train: { optimizer: ADAM, epochs: 1 }, model: { network }, options: { placement } })).key);
  keys.add(
    (await trainOn(data, { train: { optimizer: ADAM, epochs: 1 }, model: { network }, options: { placement, tables: [{ ...given, sha256: "b" }] } })).key,
  );
  t.is(keys.size, 4, "what a training starts from is a part of its key");
  const wrong = trainOn(data, { train: { optimizer: ADAM }, model: { network }, options: { placement, tables: [{ ...given, name: "c9" }] } });
  t.is(((await t.throwsAsync(wrong, { instanceOf: CrossbillError })) as CrossbillError).code, "E_UNSUPPORTED");
});

test("a layer without an activation and the one behind it are one matrix: W2 (W1 x + b) = (W2 W1) x + W2 b", async (t) => {
  const model = modelOf({ network: deepSpec([layer(4, Kind.LINEAR)]) });
  const { network, intercepts } = await trainOn(data, { train: { optimizer: ADAM }, model, options: { placement } });
  const plan = planNetwork(model, placement, 1)!;
  const [first, last] = plan.towers[0]!.layers;
  const one = planNetwork(modelOf({ network: deepSpec([]) }), placement, 1)!;
  const { dense } = network!;
  const product = new Float64Array(first!.inputs);
  let constant = intercepts[0]!;
  for (let j = 0; j < first!.outputs; j++) {
    const w = dense[last!.weights + j]!;
    constant += w * dense[first!.bias + j]!;
    for (let i = 0; i < first!.inputs; i++) product[i] = product[i]! + w * dense[first!.weights + j * first!.inputs + i]!;
  }
  const tables = network!.tables.map(({ ids, vectors }, k) => {
    const { rows, dimension } = plan.tables[k]!;
    const all = new Float64Array(rows * dimension);
    for (const [i, id] of ids.entries()) all.set(vectors.subarray(i * dimension, (i + 1) * dimension), id * dimension);
    return all;
  });
  const rows = twinRows(data, data.packs[0]!, 0, 100);
  const two = new NetworkTwin(plan, "logistic", 7).outputs({ dense: Float64Array.from(dense), tables, intercepts: Float64Array.from(intercepts) }, rows, null);
  const collapsed = new NetworkTwin(one, "logistic", 7).outputs({ dense: product, tables, intercepts: Float64Array.of(constant) }, rows, null);
  for (const [r, [z]] of two.entries()) t.true(Math.abs(z! - collapsed[r]![0]!) < 1e-12);
  t.true(two.some(([z]) => Math.abs(z! - two[0]![0]!) > 0.01));
});

test("heads of classes learn, sampled ones too; value and norm clipping change the network", async (t) => {
  const p = withClasses(problem([300, 100], [], 1, true));
  const network = deepSpec([layer(6, Kind.TANH)], { linear: ["c0"] });
  for (const head of [v1.Head.SOFTMAX, v1.Head.ONE_VS_REST, v1.Head.SAMPLED_SOFTMAX, v1.Head.NCE]) {
    const { curve } = (
      await trainOn(p, { train: { optimizer: ADAM, epochs: 5 }, model: { head, samples: 2, network }, options: { placement: placementOf(p) } })
    ).metrics;
    t.true(curve.at(-1)!.observedLoss! < curve[0]!.observedLoss!, `${head}`);
  }
  const models = new Set<string>();
  for (const clip of [{ value: 1e-3 }, { norm: 0.01 }, { globalNorm: 0.01 }, {}])
    models.add(
      networkBits(
        await trainOn(p, {
          train: { optimizer: { sgd: { learningRate: 0.1 } }, clip, epochs: 1 },
          model: { head: v1.Head.SOFTMAX, network },
          options: { placement: placementOf(p) },
        }),
      ),
    );
  t.is(models.size, 4);
});

async function thrown(p: Problem, one: Run): Promise<CrossbillError> {
  try {
    await trainOn(p, one);
  } catch (error) {
    if (error instanceof CrossbillError) return error;
    throw error;
  }
  throw new Error("it did not throw");
}

test("a number that does not come through the network is traced to step, row, layer, unit and value", async (t) => {
  for (const batchNorm of [false, true]) {
    const network = deepSpec([layer(4, Kind.TANH), layer(3, Kind.RELU, { batchNorm })]);
    for (const [value, where] of [
      [1e308, { layer: 0, column: "x0", value: 1e308 }],
      [3e38, { column: "x0", value: 3e38 }],
    ] as const) {
      if (batchNorm && value < 1e308) continue; // its statistics are float64: it comes through
      const p = problem([200], [], 1, true);
      p.packs[0]!.numbers["x0"]![77] = value;
      const error = await thrown(p, {
        train: { optimizer: ADAM, shuffle: false, batchSize: 50 },
        model: { network: deepSpec([layer(4, Kind.SOFTPLUS), layer(3, Kind.RELU, { batchNorm })]) },
        options: { placement },
      });
      t.is(error.code, "E_DIVERGED");
      t.like(error.details, { pack: "pack-0", row: 77, ...where }, error.message);
    }
    const steep = await thrown(data, { train: { optimizer: { sgd: { learningRate: 1e30 } }, batchSize: 50 }, model: { network }, options: { placement } });
    t.is(steep.code, "E_DIVERGED");
    t.regex(steep.message, /layer|vector/);
  }
});

test("FTRL of layers, FTRL of vectors that it cannot hold, and the exact solver are refused for a network", async (t) => {
  const exact = { exact: { tolerance: 1e-8, maxIterations: 10 } };
  for (const train of [
    { optimizer: { ftrl: { alpha: 0.1, beta: 1 } } },
    { optimizer: exact },
    { optimizer: ADAM, embeddingOptimizer: exact },
    { optimizer: ADAM, embeddingOptimizer: { ftrl: { alpha: 0.1, beta: 0 } } },
  ]) {
    const error = await thrown(data, { train, model: { network: deepSpec([]) }, options: { placement } });
    t.is(error.code, "E_TRAIN_SPEC");
  }
});
