// Training with the layers computed by an engine: the kernels' own through the seam gives the same bits, TensorFlow.js the same numbers to rounding.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { CrossbillError, v1 } from "@crossbill/messages";
import test, { type ExecutionContext } from "ava";
import { type EngineChoice, type EngineSource, loadEngine } from "../dist/network/engine-choice.js";
import type { TrainOutcome } from "../dist/train-options.js";
import { ADAM, LINEAR_FTRL, networkBits } from "./network-run.js";
import { deepSpec, factorizedSpec, layer, placementOf, twoTowerSpec } from "./network-support.js";
import { ADAGRAD, problem, type Run, temporaryFolder, trainOn, trainUntil, withClasses } from "./support.js";

const { Kind } = v1.ActivationSpec;
const data = problem([400, 130], [150], 1, true);
const placement = placementOf(data);
const BUILT_IN: EngineSource = { module: new URL("./built-in-engine.js", import.meta.url).href, from: "here" };
const TFJS = { from: process.env.CROSSBILL_TFJS ?? path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../tools/tfjs") };

const HIDDEN = [layer(9, Kind.PRELU, { dropout: 0.2, batchNorm: true }), layer(7, Kind.RRELU, { dropout: 0.3 }), layer(6, Kind.TANH, { batchNorm: true })];
const PLAIN = [layer(9, Kind.PRELU, { dropout: 0.2 }), layer(7, Kind.RRELU)];
const NETWORKS: Record<string, v1.NetworkSpec.$Properties> = {
  deep: deepSpec(HIDDEN),
  "deep without batch norm": deepSpec(PLAIN),
  wideAndDeep: deepSpec(HIDDEN, { linear: ["c0", "x0"] }),
  twoTower: twoTowerSpec(HIDDEN, 4),
  "twoTower without batch norm": twoTowerSpec(PLAIN, 4),
  "towers of vectors alone": twoTowerSpec([], 0, {
    user: { inputs: twoTowerSpec([], 0).user!.inputs!.slice(0, 1) },
    item: { inputs: twoTowerSpec([], 0).item!.inputs!.slice(0, 1) },
  }),
};

function runOf(network: v1.NetworkSpec.$Properties, source: EngineSource | null, workers = 1, name = "tfjs"): Run {
  return {
    train: { optimizer: ADAM, linearOptimizer: LINEAR_FTRL, epochs: 2, batchSize: 100, engine: source === null ? "" : name },
    model: { network },
    options: { placement, workers, ...(source === null ? {} : { engine: source }) },
  };
}

for (const [name, network] of Object.entries(NETWORKS))
  test.serial(`${name}: kernels behind the seam give the bits of kernels without it`, async (t) => {
    const wanted = await trainOn(data, runOf(network, null));
    t.is(wanted.engine, null);
    for (const workers of name === "deep without batch norm" || !name.includes(" ") ? [1, 2] : [1]) {
      const outcome = await trainOn(data, runOf(network, BUILT_IN, workers));
      t.is(networkBits(outcome), networkBits(wanted), `${workers} workers`);
      t.deepEqual(outcome.metrics.curve, wanted.metrics.curve);
      t.is(outcome.engine, name === "towers of vectors alone" ? null : "built in as tfjs, from here");
      t.not(outcome.key, wanted.key);
    }
  });

test.serial("blocks of more panels than lanes have the same lanes behind the seam", async (t) => {
  const p = problem([1400], [60], 3, true);
  for (const name of ["deep", "deep without batch norm"]) {
    const { train } = runOf(NETWORKS[name]!, BUILT_IN);
    const trained = (engine: string): Promise<TrainOutcome> =>
      trainOn(p, {
        train: { ...train, batchSize: 700, engine },
        model: { network: NETWORKS[name]! },
        options: { placement: placementOf(p), engine: BUILT_IN },
      });
    t.is(networkBits(await trained("tfjs")), networkBits(await trained("")), name);
  }
});

test.serial("several classes, one row in the last block", async (t) => {
  const p = withClasses(problem([201], [60], 3, true));
  const given = { ...runOf(NETWORKS["deep"]!, null), model: { network: NETWORKS["deep"]!, head: v1.Head.SOFTMAX } };
  const wanted = await trainOn(p, { ...given, options: { placement: placementOf(p) } });
  const outcome = await trainOn(p, { ...given, train: { ...given.train, engine: "tfjs" }, options: { placement: placementOf(p), engine: BUILT_IN } });
  t.is(networkBits(outcome), networkBits(wanted));
});

test.serial("sampled classes: an engine is given those of the pass", async (t) => {
  const p = withClasses(problem([401], [60], 3, true));
  for (const head of [v1.Head.SAMPLED_SOFTMAX, v1.Head.NCE]) {
    const trained = (engine: string): Promise<TrainOutcome> => {
      const run = runOf(NETWORKS["deep"]!, BUILT_IN);
      const model = { network: NETWORKS["deep"]!, head, samples: 1 };
      return trainOn(p, { ...run, train: { ...run.train, batchSize: 3, engine }, model, options: { placement: placementOf(p), engine: BUILT_IN } });
    };
    const wanted = await trained("");
    const outcome = await trained("tfjs");
    t.is(networkBits(outcome), networkBits(wanted));
    t.deepEqual(outcome.metrics.curve, wanted.metrics.curve);
  }
});

test.serial("a training that was stopped goes on to the same bits, one of another engine does not", async (t) => {
  const run = runOf(NETWORKS["wideAndDeep"]!, BUILT_IN);
  const root = temporaryFolder();
  await t.throwsAsync(trainUntil(7, data, { ...run, root }), { code: "E_ABORTED" });
  t.is((await trainOn(data, { ...runOf(NETWORKS["wideAndDeep"]!, null), options: { placement, checkpointRoot: root } })).resumedFromStep, 0);
  await t.throwsAsync(trainUntil(7, data, { ...run, root }), { code: "E_ABORTED" });
  const resumed = await trainOn(data, { ...run, root });
  t.true(resumed.resumedFromStep > 0);
  t.is(networkBits(resumed), networkBits(await trainOn(data, run)));
});

test.serial("where a training diverges, the error is that of the kernels", async (t) => {
  for (const network of [NETWORKS["deep"]!, NETWORKS["deep without batch norm"]!]) {
    const diverging = (source: EngineSource | null): Run => {
      const run = runOf(network, source);
      return { ...run, train: { ...run.train, optimizer: { sgd: { learningRate: 1e30 } } } };
    };
    const messages = await Promise.all(
      [null, BUILT_IN].map(async (source) => (await t.throwsAsync(trainOn(data, diverging(source)), { code: "E_DIVERGED" })).message),
    );
    t.is(messages[1], messages[0]);
  }
});

test.serial("an engine that is not there, or is none, is an error that says what to do, and nothing is tried twice", async (t) => {
  const network = NETWORKS["deep"]!;
  const fails = async (run: Run): Promise<CrossbillError> => (await t.throwsAsync(trainOn(data, run), { instanceOf: CrossbillError })) as CrossbillError;
  const absent = await fails(runOf(network, { module: "@crossbill/no-such-engine" }, 2));
  t.deepEqual([absent.code, absent.exitCode], ["E_ENGINE", 2]);
  t.regex(absent.message, /no-such-engine, which cannot be imported.*npm install @crossbill\/engine-tfjs/);
  const nobody = runOf(network, null);
  t.regex((await fails({ ...nobody, train: { ...nobody.train, engine: "tfjs" } })).message, /hand over a module/);
  t.regex((await fails(runOf(network, { module: new URL("./support.js", import.meta.url).href }))).message, /exports no function loadEngine/);
  const other = await fails(runOf(network, BUILT_IN, 1, "torch"));
  t.deepEqual([other.code, other.message], ["E_TRAIN_SPEC", 'train.engine: "torch" is none; allowed are wasm, tfjs, tfjs-node']);
});

test.serial("a network without layers needs no engine", async (t) => {
  const outcome = await trainOn(data, runOf(factorizedSpec(false, 3), { module: "@crossbill/no-such-engine" }));
  t.is(outcome.engine, null);
});

/** Where TensorFlow.js comes from, or null where it is not installed, which is said. */
async function tensorflow(t: ExecutionContext, name: EngineChoice["name"]): Promise<EngineSource | null> {
  try {
    const source = { ...TFJS, module: import.meta.resolve("@crossbill/engine-tfjs") };
    await loadEngine({ ...source, name });
    return source;
  } catch (thrown) {
    // By its code: in a bundle of tests the engine's module has a class of its own.
    const { code, message } = thrown as CrossbillError;
    if (code !== "E_ENGINE") throw thrown;
    t.log(`skipped: ${message}`);
    t.pass();
    return null;
  }
}

/** How far the numbers of two trainings are apart, as a share of the largest (of 1, where all are small). */
function apart(a: TrainOutcome, b: TrainOutcome): number {
  const parts = ({ weights, intercepts, network }: TrainOutcome): readonly ArrayLike<number>[] => [
    weights,
    intercepts,
    network!.dense,
    network!.running,
    ...network!.tables.flatMap(({ ids, vectors }) => [ids, vectors]),
  ];
  const others = parts(b);
  return Math.max(
    ...parts(a).map((values, i) => {
      const wanted = Array.from(others[i]!);
      if (values.length !== wanted.length) return Infinity;
      const scale = wanted.reduce((most, w) => Math.max(most, Math.abs(w)), 1);
      return wanted.reduce((most, w, k) => Math.max(most, Math.abs(values[k]! - w) / scale), 0);
    }),
  );
}

for (const name of ["tfjs", "tfjs-node"] as const)
  test.serial(`${name}: 12 steps end within 1e-4 of the built-in engine's numbers, with 1 and 2 workers`, async (t) => {
    const source = await tensorflow(t, name);
    if (source === null) return;
    for (const [kind, network] of Object.entries(NETWORKS)) {
      // Adam's first steps have the size of its rate however small a gradient is, and of either sign: with it rounding could show.
      const trained = (given: EngineSource | null, workers: number): Promise<TrainOutcome> => {
        const run = runOf(network, given, workers, name);
        return trainOn(data, { ...run, train: { ...run.train, optimizer: ADAGRAD } });
      };
      const wanted = await trained(null, 1);
      for (const workers of ["deep", "twoTower"].includes(kind) ? [1, 2] : [1]) {
        const outcome = await trained(source, workers);
        const distance = apart(outcome, wanted);
        t.log(`${kind}, ${workers} workers: ${distance.toExponential(1)}`);
        t.true(distance < 1e-4, `${kind}, ${workers} workers: ${distance}`);
      }
    }
  });
