import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { CrossbillError, encodeMessage, v1 } from "@crossbill/messages";
import test, { type ExecutionContext } from "ava";
import { planAblation } from "../dist/ablate/plan.js";
import { compileConfig } from "../dist/config/compile.js";
import { describeModel } from "../dist/config/describe-model.js";
import { checkConfig } from "../dist/config/load.js";
import { planTune, type TuneBase } from "../dist/tune/plan.js";

const raw = {
  data: { train: "a.csv", label: "y" },
  columns: {
    age: { kind: "numeric", column: "age" },
    site: { kind: "vocabulary", column: "site" },
    user: { kind: "hashed", column: "user", buckets: 10_000 },
    hour: { kind: "identity", column: "hour", size: 24 },
  },
};

function base(t: ExecutionContext, more: object): TuneBase {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-search-"));
  t.teardown(() => fs.rmSync(directory, { recursive: true, force: true }));
  fs.writeFileSync(path.join(directory, "a.csv"), "y,age,site,user,hour\n1,2,a,b,3\n");
  const loaded = { path: path.join(directory, "c.json"), directory, config: checkConfig({ ...raw, ...more }, "test") };
  const columns = loaded.config.columns!;
  return { loaded, columns, compiled: compileConfig(loaded, columns) };
}

const wide = {
  kind: "wideAndDeep",
  wide: ["site", "hour"],
  deep: [{ kind: "embedding", column: "user" }, "age", { kind: "embedding", column: "hour", dimension: 3 }],
  hidden: [8, 4],
  activation: { kind: "leakyRelu" },
};

test("a parameter's path leads into the inputs of a network, its layers and its linear optimiser", (t) => {
  const parameters = {
    "model.deep.0.dimension": [2, "auto"],
    "model.hidden": [[8], [16, 8]],
    "model.activation.slope": [0.01, 0.2],
    "train.linearOptimizer.alpha": [0.1],
  };
  const { trials } = planTune(base(t, { model: wide, tune: { parameters } }), {});
  t.is(trials.length, 8);
  t.deepEqual(
    trials.map(({ compiled: { model } }) => [
      model.network!.tables[0]!.dimension,
      model.network!.tower!.hidden.length,
      model.network!.tower!.hidden[0]!.activation!.a,
    ]),
    [2, 0].flatMap((d) => [1, 2].flatMap((layers) => [0.01, 0.2].map((slope) => [d, layers, slope]))),
  );
  const wrong = t.throws(() => checkConfig({ ...raw, model: wide, tune: { parameters: { "model.deep.0.dimension": [0] } } }, "test"));
  t.regex(wrong?.message ?? "", /tune\.parameters\.model\.deep\.0\.dimension: 0: /);
});

test("without parameters a network is searched over its rate, l2, and from 0.6 to 1.4 times its automatic dimensions", (t) => {
  const state = v1.FeatureState.create({
    columns: [
      v1.ColumnSpec.create({ name: "user", hashed: v1.HashedSpec.create({ field: "user", buckets: 10_000, salt: 0 }) }),
      v1.ColumnSpec.create({ name: "hour", identity: v1.IdentitySpec.create({ field: "hour", size: 24 }) }),
    ],
  }) as v1.FeatureState;
  const named = base(t, { model: wide });
  t.deepEqual(Object.keys(planTune(named, {}).parameters!), ["train.optimizer.learningRate", "model.l2"]);
  // Ten thousand buckets and one for what is missing: the fourth root is a little more than 10.
  t.deepEqual(planTune(named, {}, state).parameters!["model.deep.0.dimension"], [7, 9, 11, 13, 15]);
  t.is(planTune(named, {}, state).parameters!["model.deep.2.dimension"], undefined);
  const open = planTune(base(t, { columns: { user: raw.columns.user, hour: raw.columns.hour }, model: { kind: "deep" } }), { trials: 4 }, state);
  t.deepEqual(
    Object.entries(open.parameters!).filter(([name]) => name.startsWith("model.columns")),
    [
      ["model.columns.0.dimension", [7, 9, 11, 13, 15]],
      ["model.columns.1.dimension", [2, 3, 4]],
    ],
  );
  t.true(open.trials.every(({ compiled: { model } }) => model.network!.tables.every(({ dimension }) => dimension > 0)));
});

test("a column is left out of every part of a network that reads it", (t) => {
  const { loaded, compiled } = base(t, { model: wide });
  const trials = planAblation({ loaded, compiled }, undefined);
  t.deepEqual(
    trials.map(({ settings }) => settings.map(({ value }) => value)),
    [[], ["age"], ["site"], ["user"], ["hour"]],
  );
  t.deepEqual(encodeMessage(v1.ModelSpec, trials[0]!.compiled.model), encodeMessage(v1.ModelSpec, compiled.model));
  const { model } = trials[4]!.compiled;
  t.deepEqual(model.columns, ["age", "site", "user"]);
  t.deepEqual(model.network!.linear, ["site"]);
  t.deepEqual(
    model.network!.tower!.inputs.map(({ embedding, numeric }) => embedding?.column ?? numeric),
    ["user", "age"],
  );
  t.deepEqual(
    model.network!.tables.map(({ name }) => name),
    ["user"],
  );
  t.deepEqual(compiled.model.network!.linear, ["site", "hour"]);
});

test("a column that is all a tower sees is not left out", (t) => {
  const model = {
    kind: "twoTower",
    user: [{ kind: "embedding", column: "user", dimension: 2 }, "age"],
    item: [{ kind: "embedding", column: "site", dimension: 3 }],
  };
  const run = base(t, { model });
  t.deepEqual(
    planAblation(run, undefined).map(({ settings }) => settings.map(({ value }) => value)),
    [[], ["age"], ["user"]],
  );
  t.regex((t.throws(() => planAblation(run, ["site"]), { instanceOf: CrossbillError }) as CrossbillError).message, /needs the column site/);
  const pair = base(t, { model: { kind: "factorized", columns: ["user", "site"] } });
  t.regex(
    (t.throws(() => planAblation(pair, undefined), { instanceOf: CrossbillError }) as CrossbillError).message,
    /needs the column user|needs the column site/,
  );
});

test("a model is described by its kind, inputs and layers", (t) => {
  const of = (model: object): string => {
    const { config } = base(t, { model }).loaded;
    return describeModel(config.model, config.columns!);
  };
  t.is(of({ kind: "linear" }), "linear");
  t.is(
    of({ ...wide, dropout: [0.5, 0], batchNorm: true }),
    "wideAndDeep (user in auto numbers, age, hour in 3 numbers; hidden 8 leakyRelu dropout 0.5, 4 leakyRelu, batch norm)",
  );
  t.is(of({ kind: "factorized", rank: 4, fieldAware: true }), "factorized (rank 4, field-aware)");
});
