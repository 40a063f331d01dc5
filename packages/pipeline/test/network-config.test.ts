import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { CrossbillError, plainMessage, v1 } from "@crossbill/messages";
import test, { type ExecutionContext } from "ava";
import { deep, defineConfig, embedding, factorized, ftrl, linear, numeric, twoTower, vocabulary, wideAndDeep } from "../dist/config/build.js";
import { type CompiledConfig, compileConfig } from "../dist/config/compile.js";
import { chooseColumns } from "../dist/config/infer.js";
import { checkConfig, configProblems } from "../dist/config/load.js";

const { Kind: Activation } = v1.ActivationSpec;
const { Kind: Initializer } = v1.InitializerSpec;
const { MEAN, SUM, SQRTN } = v1.EmbeddingInput.Combiner;
const data = { train: "a.csv", label: "y" };
const columns = {
  age: { kind: "numeric", column: "age" },
  price: { kind: "numeric", column: "price", missing: "indicator" },
  site: { kind: "vocabulary", column: "site" },
  user: { kind: "hashed", column: "user", buckets: 64 },
  hour: { kind: "identity", column: "hour", size: 24 },
};

function folder(t: ExecutionContext, text = "y,age,price,site,user,hour\n1,2,3,a,b,4\n"): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-network-"));
  t.teardown(() => fs.rmSync(directory, { recursive: true, force: true }));
  fs.writeFileSync(path.join(directory, "a.csv"), text);
  return directory;
}

function compiled(t: ExecutionContext, raw: object): CompiledConfig {
  const config = checkConfig({ data, columns, ...raw }, "test");
  return compileConfig({ path: "test", directory: folder(t), config }, config.columns ?? {});
}

function network(t: ExecutionContext, model: object, more: object = {}): { network: object; columns: string[] } {
  const spec: v1.ModelSpec = compiled(t, { model, ...more }).model;
  return { network: plainMessage(spec.network!), columns: spec.columns };
}

const problems = (model: object, more: object = {}): string[] => configProblems({ data, columns, model, ...more });

const table = (name: string, more: object = {}): object => ({
  name,
  columns: [name],
  dimension: 0,
  initializer: { kind: Initializer.AUTO, scale: 0 },
  l2: 0,
  maxNorm: 0,
  frozen: false,
  ...more,
});
const layer = (units: number, more: object = {}): object => ({
  units,
  activation: { kind: Activation.RELU, a: 0, b: 0 },
  dropout: 0,
  batchNorm: false,
  initializer: { kind: Initializer.AUTO, scale: 0 },
  ...more,
});

test("function calls make the plain objects that JSON holds", (t) => {
  const called = defineConfig({
    data,
    columns: { age: numeric("age"), site: vocabulary("site") },
    model: wideAndDeep({
      wide: ["site"],
      deep: [embedding("site", { dimension: "auto", l2: 1e-6, from: { model: "current" } }), "age"],
      hidden: [8, 4],
      activation: [{ kind: "leakyRelu", slope: 0.1 }, "relu"],
      dropout: 0.2,
    }),
    train: { linearOptimizer: ftrl({ alpha: 0.5 }) },
  });
  const plain = {
    data,
    columns: { age: { kind: "numeric", column: "age" }, site: { kind: "vocabulary", column: "site" } },
    model: {
      kind: "wideAndDeep",
      wide: ["site"],
      deep: [{ kind: "embedding", column: "site", dimension: "auto", l2: 1e-6, from: { model: "current" } }, "age"],
      hidden: [8, 4],
      activation: [{ kind: "leakyRelu", slope: 0.1 }, "relu"],
      dropout: 0.2,
    },
    train: { linearOptimizer: { kind: "ftrl", alpha: 0.5 } },
  };
  t.deepEqual(called as unknown, plain);
  t.deepEqual(checkConfig(called, "test"), checkConfig(plain, "test"));
  t.deepEqual(deep({ hidden: [3] }), { kind: "deep", hidden: [3] });
  t.deepEqual(factorized(), { kind: "factorized" });
  t.deepEqual(twoTower({ user: [embedding("user")], item: ["age"] }), {
    kind: "twoTower",
    user: [{ kind: "embedding", column: "user" }],
    item: ["age"],
  });
  t.deepEqual(linear({ columns: ["age"] }), { kind: "linear", columns: ["age"] });
});

test("a deep model is compiled with its defaults: every column is an input, in its order", (t) => {
  t.deepEqual(network(t, { kind: "deep", l2: 0.5 }), {
    columns: ["age", "price", "site", "user", "hour"],
    network: {
      kind: v1.NetworkSpec.Kind.DEEP,
      tower: {
        inputs: [
          { numeric: "age" },
          { numeric: "price" },
          ...["site", "user", "hour"].map((column) => ({ embedding: { column, table: column, combiner: MEAN } })),
        ],
        hidden: [layer(100), layer(50), layer(20)],
        outputs: 0,
        l1: 0,
        l2: 0.5,
      },
      tables: [table("site"), table("user"), table("hour")],
    },
  });
});

const he = { initializer: { kind: Initializer.HE, scale: 0 } };

test("wide and deep: options of embeddings, layers one by one, only the columns in use", (t) => {
  const model = {
    kind: "wideAndDeep",
    wide: ["site", "age"],
    deep: [
      { kind: "embedding", column: "user", dimension: 8, combiner: "sqrtn", initializer: "zeros", l2: 0.1, maxNorm: 3 },
      "price",
      {
        kind: "embedding",
        column: "site",
        initializer: { kind: "normal", scale: 0.5 },
        trainable: false,
        from: { model: "../other", column: "place", map: { a: "b" } },
      },
    ],
    hidden: [8, 4],
    activation: ["tanh", { kind: "rrelu", low: 0.1 }],
    dropout: [0.5, 0],
    batchNorm: true,
    initializer: "he",
  };
  t.deepEqual(network(t, model), {
    columns: ["age", "price", "site", "user"],
    network: {
      kind: v1.NetworkSpec.Kind.DEEP,
      linear: ["site", "age"],
      tower: {
        inputs: [
          { embedding: { column: "user", table: "user", combiner: SQRTN } },
          { numeric: "price" },
          { embedding: { column: "site", table: "site", combiner: MEAN } },
        ],
        hidden: [
          layer(8, { ...he, activation: { kind: Activation.TANH, a: 0, b: 0 }, dropout: 0.5, batchNorm: true }),
          layer(4, { ...he, activation: { kind: Activation.RRELU, a: 0.1, b: 1 / 3 }, batchNorm: true }),
        ],
        outputs: 0,
        l1: 0,
        l2: 0,
      },
      tables: [
        table("user", { dimension: 8, initializer: { kind: Initializer.ZEROS, scale: 0 }, l2: 0.1, maxNorm: 3 }),
        table("site", {
          initializer: { kind: Initializer.NORMAL, scale: 0.5 },
          frozen: true,
          from: { model: "../other", table: "place", map: [{ key: "a", other: "b" }] },
        }),
      ],
    },
  });
});

test("activations by name have their stated defaults", (t) => {
  const kinds = (activation: unknown): unknown => {
    const { network: spec } = network(t, { kind: "deep", columns: ["age"], hidden: [2], activation });
    return (spec as { tower: { hidden: { activation: unknown }[] } }).tower.hidden[0]!.activation;
  };
  for (const [activation, kind, a, b] of [
    ["relu", Activation.RELU],
    ["linear", Activation.LINEAR],
    ["sigmoid", Activation.SIGMOID],
    ["tanh", Activation.TANH],
    ["softplus", Activation.SOFTPLUS],
    ["leakyRelu", Activation.LEAKY_RELU, 0.01],
    ["prelu", Activation.PRELU, 0.25],
    ["rrelu", Activation.RRELU, 1 / 8, 1 / 3],
    ["relu6", Activation.RELU_N, 6],
    ["reluN", Activation.RELU_N, 6],
    [{ kind: "reluN", cap: 2 }, Activation.RELU_N, 2],
    ["elu", Activation.ELU, 1],
    [{ kind: "elu", alpha: 0.5 }, Activation.ELU, 0.5],
    ["gelu", Activation.GELU],
    ["silu", Activation.SILU],
  ] as const)
    t.deepEqual(kinds(activation), { kind, a: a ?? 0, b: b ?? 0 }, JSON.stringify(activation));
});

test("a factorised model has a table for each categorical column, and all columns in its linear part", (t) => {
  t.deepEqual(network(t, { kind: "factorized", columns: ["site", "age", "hour"], rank: 4, fieldAware: true, l2: 0.25 }), {
    columns: ["age", "site", "hour"],
    network: {
      kind: v1.NetworkSpec.Kind.FACTORIZED,
      linear: ["site", "age", "hour"],
      factorized: {
        rank: 4,
        fieldAware: true,
        inputs: [
          { embedding: { column: "site", table: "site", combiner: SUM } },
          { numeric: "age" },
          { embedding: { column: "hour", table: "hour", combiner: SUM } },
        ],
        l2: 0.25,
      },
      tables: [table("site", { dimension: 4, l2: 0.25 }), table("hour", { dimension: 4, l2: 0.25 })],
    },
  });
});

test("embeddings of a factorised model have options of their own, but for the dimension", (t) => {
  const embedded = (column: string, more: object): object => ({ kind: "embedding", column, ...more });
  const from = { model: "current" };
  const { network: made } = network(t, {
    kind: "factorized",
    columns: [
      embedded("site", { l2: 0, initializer: { kind: "normal", scale: 0.5 }, maxNorm: 2, combiner: "sqrtn" }),
      "age",
      "hour",
      embedded("user", { from }),
    ],
    rank: 4,
    l2: 0.25,
  });
  const { linear, factorized: parts, tables } = made as v1.NetworkSpec;
  t.deepEqual(linear, ["site", "age", "hour", "user"]);
  t.deepEqual(
    parts.inputs.map(({ embedding: one, numeric: number }) => number ?? [one!.column, one!.table, one!.combiner]),
    [["site", "site", v1.EmbeddingInput.Combiner.SQRTN], "age", ["hour", "hour", SUM], ["user", "user", SUM]],
  );
  t.like(tables[0], { l2: 0, maxNorm: 2, dimension: 4, initializer: { kind: v1.InitializerSpec.Kind.NORMAL, scale: 0.5 } });
  t.like(tables[1], { l2: 0.25, dimension: 4 });
  t.like(tables[2], { l2: 0.25, from: { model: "current", table: "user" } });
});

test("two towers: biases of what is embedded, a field without an entry becomes a vocabulary", (t) => {
  const model = {
    kind: "twoTower",
    head: "squared",
    user: [{ kind: "embedding", column: "user", dimension: 3 }, "price"],
    item: [{ kind: "embedding", column: "film", dimension: 5 }],
  };
  const { columns: specs, model: spec } = compiled(t, { model });
  t.deepEqual(spec.columns, ["price", "user", "film"]);
  t.deepEqual(spec.network!.linear, ["user", "film"]);
  t.is(spec.network!.user!.outputs, 0);
  t.like(plainMessage(specs.at(-1)!), { name: "film", vocabulary: { field: "film", minCount: 1, outOfVocabulary: 1, maxSize: 0 } });
  t.is(compiled(t, { model: { ...model, dimension: 7, hidden: [9] } }).model.network!.item!.outputs, 7);
});

test("a network's optimisers are Adagrad, and FTRL of a wide part, where nothing else is said", (t) => {
  const kinds = (model: object, train?: object): unknown[] => {
    const { optimizer, linearOptimizer } = compiled(t, { model, ...(train === undefined ? {} : { train }) }).train;
    return [optimizer?.kind, linearOptimizer?.kind];
  };
  t.deepEqual(kinds({ kind: "linear" }), ["ftrl", undefined]);
  t.deepEqual(kinds({ kind: "deep" }), ["adagrad", undefined]);
  t.deepEqual(kinds({ kind: "wideAndDeep" }, { epochs: 2 }), ["adagrad", "ftrl"]);
  t.deepEqual(kinds({ kind: "wideAndDeep" }, { optimizer: { kind: "adam" }, linearOptimizer: { kind: "sgd" } }), ["adam", "sgd"]);
  t.deepEqual(kinds({ kind: "wideAndDeep" }, { linearOptimizer: null }), ["adagrad", undefined]);
  t.is(compiled(t, { model: { kind: "wideAndDeep" } }).train.linearOptimizer!.ftrl!.alpha, 0.1);
  t.falsy(compiled(t, { model: { kind: "deep" } }).train.embeddingOptimizer);
  t.like(compiled(t, { model: { kind: "deep" }, train: { embeddingOptimizer: { kind: "ftrl", l1: 2 } } }).train, {
    optimizer: { kind: "adagrad" },
    embeddingOptimizer: { ftrl: { alpha: 0.1, beta: 1, l1: 2, l2: 0 } },
  });
  t.is(compiled(t, { model: { kind: "deep", clipNorm: 2 } }).train.clip!.globalNorm, 2);
  t.is(compiled(t, { model: { kind: "deep" }, train: { clip: { norm: 3 } } }).train.clip!.norm, 3);
});

test("an engine is of layers: a model without any is trained as without it, and the built-in one is not named", (t) => {
  const engine = (model: object, train: object = { engine: "tfjs" }): string => compiled(t, { model, train }).train.engine;
  const towers = { kind: "twoTower", user: [{ kind: "embedding", column: "user", dimension: 3 }], item: [{ kind: "embedding", column: "site", dimension: 3 }] };
  for (const model of [{ kind: "deep" }, { kind: "wideAndDeep" }, { ...towers, hidden: [4] }, { ...towers, hidden: [], dimension: 2 }])
    t.is(engine(model), "tfjs");
  for (const model of [{ kind: "linear" }, { kind: "factorized" }, { ...towers, hidden: [] }]) t.is(engine(model), "", JSON.stringify(model));
  t.is(engine({ kind: "deep" }, { engine: "tfjs-node" }), "tfjs-node");
  for (const train of [{}, { engine: "wasm" }]) t.is(engine({ kind: "deep" }, train), "");
  t.regex(problems({ kind: "deep" }, { train: { engine: "torch" } }).join(), /^train\.engine: .*"wasm"\|"tfjs"\|"tfjs-node"/);
});

test("embeddings of one table say what it is together, and share it where their ids mean the same values", (t) => {
  const shared = {
    ...columns,
    seen: { kind: "hashed", column: "seen", buckets: 64, split: "list" },
    a: { kind: "vocabulary", column: "a", values: ["x", "y"] },
    b: { kind: "vocabulary", column: "b", values: ["x", "y"], split: "," },
  };
  const of = (column: string, more: object = {}): object => ({ kind: "embedding", column, table: "t", ...more });
  const { network: spec } = network(t, { kind: "deep", columns: [of("user", { dimension: 4 }), of("seen", { l2: 0.5 })], hidden: [] }, { columns: shared });
  t.deepEqual((spec as { tables: unknown }).tables, [{ ...table("t", { columns: ["user", "seen"], dimension: 4, l2: 0.5 }) }]);
  t.deepEqual(problems({ kind: "deep", columns: [of("a"), of("b")] }, { columns: shared }), []);
  const same = (columns: object[]): string[] => problems({ kind: "deep", columns }, { columns: shared });
  t.regex(same([of("user"), of("site")]).join(), /model\.columns\.1\.table: .*ids of "site" are fitted for that column alone/);
  t.regex(same([of("user"), of("hour")]).join(), /their ids mean different values/);
  t.regex(same([of("user", { dimension: 4 }), of("seen", { dimension: 5 })]).join(), /model\.columns\.1\.dimension: is 5, and 4 of another/);
});

test("what a network cannot be is told with its path and what is allowed, all at once", (t) => {
  const site = { kind: "embedding", column: "site" };
  const towers = { kind: "twoTower", user: [{ ...site, dimension: 3 }], item: [{ kind: "embedding", column: "user", dimension: 3 }] };
  for (const [model, more, told] of [
    [{ kind: "deep", hidden: [8, 4], activation: "linear" }, {}, /^model\.activation: .*layers 1 and 2, .*W2 \(W1 x\) = \(W2 W1\) x/],
    [{ kind: "deep", hidden: [8, 4, 2], activation: ["relu", "linear", "relu"] }, {}, /layers 2 and 3/],
    [{ kind: "deep", hidden: [8, 4], activation: ["relu"] }, {}, /^model\.activation: a list of 1 for 2 hidden layers/],
    [{ kind: "deep", hidden: [8, 4], dropout: [0.1, 0.1, 0.1] }, {}, /^model\.dropout: a list of 3/],
    [{ kind: "deep", activation: "swish" }, {}, /^model\.activation: one of relu, linear, .*leakyRelu/],
    [{ kind: "deep", dropout: 1 }, {}, /^model\.dropout/],
    [{ kind: "deep", columns: ["site"] }, {}, /^model\.columns\.0: "site" is vocabulary.*embedding\("site"/],
    [{ kind: "deep", columns: ["nobody"] }, {}, /^model\.columns\.0: "nobody" is not an entry of columns \(age, /],
    [{ kind: "deep", columns: ["age", "age"] }, {}, /^model\.columns\.1: "age" stands there twice/],
    [{ kind: "deep", columns: [site, site] }, {}, /^model\.columns\.1: the embedding of "site" stands there twice/],
    [{ kind: "deep", columns: [{ kind: "embedding", column: "age" }] }, {}, /^model\.columns\.0: "age" is numeric, .*bucketize/],
    [{ kind: "deep", columns: [{ ...site, trainable: false }] }, {}, /"site" is not trainable, and without from/],
    [{ kind: "deep", columns: [{ ...site, dimension: 0 }] }, {}, /^model\.columns\.0/],
    [{ kind: "wideAndDeep", wide: ["nobody"] }, {}, /^model\.wide\.0: "nobody" is not an entry/],
    [{ kind: "factorized", columns: ["site"] }, {}, /^model\.columns: factorized is of products of two columns/],
    [
      { kind: "factorized", columns: ["hour", { ...site, dimension: 3 }] },
      {},
      /^model\.columns\.1\.dimension: vectors of a factorized model have `rank` numbers/,
    ],
    [{ kind: "factorized", columns: ["site", site, "hour"] }, {}, /^model\.columns\.1: the embedding of "site" stands there twice/],
    [{ kind: "factorized", columns: ["site", { ...site, table: "other" }] }, {}, /^model\.columns\.1: "site" has another embedding/],
    [{ kind: "factorized", columns: ["hour", "nobody"] }, {}, /^model\.columns\.1: "nobody" is not an entry/],
    [{ kind: "factorized", columns: ["hour", { ...site, from: { model: "current" } }], fieldAware: true }, {}, /^model\.columns\.1\.from: with fieldAware/],
    [{ ...towers, head: "softmax" }, {}, /^model\.dimension: the head softmax has a product for every class/],
    [{ ...towers, user: [{ ...site, dimension: 4 }, "price"] }, {}, /^model\.item: its inputs are 3 numbers, those of user 6/],
    [{ kind: "twoTower", user: [site] }, {}, /^model\.item/],
    [{ kind: "deep" }, { train: { optimizer: { kind: "exact" } } }, /^train\.optimizer: exact .*allowed are adagrad, adam/],
    [{ kind: "deep" }, { train: { optimizer: { kind: "ftrl" } } }, /^train\.optimizer: ftrl .*train\.linearOptimizer, train\.embeddingOptimizer/],
    [{ kind: "deep", head: "oneVsOne" }, {}, /^model\.head: oneVsOne/],
    [{ kind: "wideAndDeep" }, { train: { linearOptimizer: { kind: "exact" } } }, /^train\.linearOptimizer/],
    [{ kind: "deep" }, { train: { linearOptimizer: { kind: "ftrl" } } }, /^train\.linearOptimizer: deep has no linear part/],
    [{ kind: "linear" }, { train: { linearOptimizer: { kind: "ftrl" } } }, /^train\.linearOptimizer: .*model\.kind is linear/],
    [{ kind: "linear" }, { train: { embeddingOptimizer: { kind: "ftrl" } } }, /^train\.embeddingOptimizer: .*model\.kind is linear/],
    [{ kind: "deep" }, { train: { embeddingOptimizer: { kind: "exact" } } }, /^train\.embeddingOptimizer: .*exact is not; allowed are ftrl, adagrad/],
    [{ kind: "deep" }, { train: { embeddingOptimizer: { kind: "ftrl", beta: 0 } } }, /^train\.embeddingOptimizer\.beta: 0 /],
    [{ kind: "deep", clipNorm: 1 }, { train: { clip: { norm: 1 } } }, /^model\.clipNorm/],
    [{ kind: "deeper" }, {}, /^model\.kind/],
  ] as const) {
    const found = problems(model, more);
    t.is(found.length, 1, `${JSON.stringify(model)}: ${found.join("\n")}`);
    t.regex(found[0] ?? "", told);
  }
  t.is(problems({ kind: "deep", hidden: [2, 2], activation: "linear", columns: ["site", "age", "age"] }, { train: { optimizer: { kind: "ftrl" } } }).length, 4);
});

test("problems with columns that the data chose are told, too", async (t) => {
  const directory = folder(t);
  const config = checkConfig({ data, model: { kind: "deep", columns: ["site"] } }, "test");
  const loaded = { path: path.join(directory, "c.json"), directory, config };
  const chosen = await chooseColumns(loaded, () => undefined);
  const error = t.throws(() => compileConfig(loaded, chosen), { instanceOf: CrossbillError });
  t.is(error?.code, "E_CONFIG");
  t.regex(error!.message, /"site" is vocabulary/);
});

test("without columns, a field with an embedding is a vocabulary: numbers, and what rows are split by, too", async (t) => {
  const directory = folder(t);
  const config = checkConfig(
    {
      data: { ...data, split: { by: "hash", column: "user" } },
      model: { kind: "deep", columns: [{ kind: "embedding", column: "hour" }, { kind: "embedding", column: "user" }, "age"] },
    },
    "test",
  );
  const chosen = await chooseColumns({ path: "c.json", directory, config }, () => undefined);
  t.deepEqual(
    Object.entries(chosen).map(([name, { kind }]) => [name, kind]),
    [
      ["age", "numeric"],
      ["price", "numeric"],
      ["site", "vocabulary"],
      ["user", "vocabulary"],
      ["hour", "vocabulary"],
    ],
  );
});

test("libsvm brings the column that a network embeds", async (t) => {
  const directory = folder(t);
  fs.writeFileSync(path.join(directory, "a.libsvm"), "1 1:0.5 2:1\n0 2:1\n");
  const model = { kind: "deep", head: "softmax", columns: [{ kind: "embedding", column: "features", dimension: 3, combiner: "sum" }], hidden: [64, 32] };
  const config = checkConfig({ data: { train: "a.libsvm" }, model }, "test");
  const loaded = { path: "c.json", directory, config };
  const compiledConfig = compileConfig(loaded, await chooseColumns(loaded, () => undefined));
  t.deepEqual(compiledConfig.model.columns, ["features"]);
  t.like(plainMessage(compiledConfig.columns[0]!), { name: "features", vocabulary: { field: "features", items: { kind: v1.ItemsSpec.Kind.LIST } } });
});
