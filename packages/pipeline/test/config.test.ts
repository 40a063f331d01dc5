import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { CrossbillError, plainMessage, v1 } from "@crossbill/messages";
import test from "ava";
import { adagrad, adam, bucketized, crossed, defineConfig, exact, linear, momentum, numeric, product, rmsprop, sgd, vocabulary } from "../dist/config/build.js";
import { compileConfig, inputFormat } from "../dist/config/compile.js";
import { withDetectedDialect } from "../dist/config/detected.js";
import { expandPaths } from "../dist/config/glob.js";
import { checkConfig, loadConfig } from "../dist/config/load.js";

const minimal = { data: { train: "a.csv", label: "y" } };

function folder(t: { teardown: (f: () => void) => void }, files: Record<string, string>): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-config-"));
  t.teardown(() => fs.rmSync(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    fs.writeFileSync(path.join(directory, name), text);
  }
  return directory;
}

test("two fields are enough; every other one has its default", (t) => {
  const config = checkConfig(minimal, "test");
  t.is(config.model.head, "logistic");
  t.is(config.data.maxRejected, 0.01);
  t.deepEqual(config.data.csv.missing, [""]);
  t.is(config.train.optimizer.kind, "ftrl");
  t.is(config.gate.falseBlocksPerYear, 2);
});

test("function calls make the plain objects that JSON holds", (t) => {
  const called = defineConfig({
    ...minimal,
    columns: {
      a: numeric("x", { scale: "log1p" }),
      b: bucketized("x", { quantiles: 4 }),
      c: vocabulary("s", { minCount: 2 }),
      d: crossed(["b", "c"], { buckets: 64 }),
      f: crossed(["s", "t"], { vocabulary: { minCount: 5 } }),
      e: product(["x", "x"], { scale: ["clip", "minmax"], clip: [0, null] }),
    },
    model: linear({ l1: 1e-6 }),
    train: { optimizer: adagrad({ learningRate: 0.2 }) },
  });
  const plain = {
    ...minimal,
    columns: {
      a: { kind: "numeric", column: "x", scale: "log1p" },
      b: { kind: "bucketized", column: "x", quantiles: 4 },
      c: { kind: "vocabulary", column: "s", minCount: 2 },
      d: { kind: "crossed", columns: ["b", "c"], buckets: 64 },
      f: { kind: "crossed", columns: ["s", "t"], vocabulary: { minCount: 5 } },
      e: { kind: "product", columns: ["x", "x"], scale: ["clip", "minmax"], clip: [0, null] },
    },
    model: { kind: "linear", l1: 1e-6 },
    train: { optimizer: { kind: "adagrad", learningRate: 0.2 } },
  };
  t.deepEqual(called as unknown, plain);
  t.deepEqual(checkConfig(called, "test"), checkConfig(plain, "test"));
});

test("the vocabulary of a cross is compiled with its defaults", (t) => {
  const where = folder(t, { "a.csv": "y,x\n1,2\n" });
  const config = checkConfig(
    { ...minimal, columns: { c: crossed(["r", "s"], { vocabulary: { minCount: 5 } }), d: crossed(["r", "s"], { buckets: 9 }) } },
    "test",
  );
  const [c, d] = compileConfig({ path: "", directory: where, config }, config.columns ?? {}).columns;
  t.like(c!.crossed, { inputs: ["r", "s"], buckets: 0, vocabulary: { minCount: 5, maxSize: 0, outOfVocabulary: 1 } });
  t.falsy(d!.crossed!.vocabulary);
});

test("the exact optimiser is compiled with its defaults", (t) => {
  const where = folder(t, { "a.csv": "y,x\n1,2\n" });
  const compiled = (config: unknown) => {
    const checked = checkConfig(config, "test");
    return compileConfig({ path: "", directory: where, config: checked }, checked.columns ?? {});
  };
  const { optimizer } = compiled({ ...minimal, train: { optimizer: exact() } }).train;
  t.like(optimizer?.exact, { tolerance: 1e-8, maxIterations: 200 });
  t.is(optimizer?.kind, "exact");
  t.is(compiled({ ...minimal, train: { optimizer: { kind: "exact", tolerance: 1e-10 } } }).train.optimizer?.exact?.tolerance, 1e-10);
});

test("every optimiser compiles with its defaults, schedules and clipping with them; absurd numbers are told", (t) => {
  const directory = folder(t, { "a.csv": "" });
  const trained = (train: object): v1.TrainSpec => {
    const config = checkConfig({ ...minimal, train }, "test");
    return compileConfig({ path: "", directory, config }, config.columns ?? {}).train;
  };
  const plain = (train: object) => plainMessage(trained(train).optimizer!);
  const none = { weightDecay: 0 };
  t.like(plain({ optimizer: adam() }), { adam: { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, ...none } });
  t.like(plain({ optimizer: rmsprop() }), { rmsprop: { learningRate: 0.001, rho: 0.9, epsilon: 1e-8, ...none } });
  t.like(plain({ optimizer: momentum({ nesterov: true }) }), { momentum: { learningRate: 0.01, momentum: 0.9, nesterov: true, ...none } });
  t.like(plain({ optimizer: sgd({ weightDecay: 0.1 }) }), { sgd: { learningRate: 0.01, weightDecay: 0.1 } });
  t.falsy(trained({ optimizer: sgd() }).optimizer!.sgd!.rate);
  const { Kind } = v1.RateSpec;
  for (const [schedule, wanted] of [
    [
      { kind: "exponential", decay: 0.5, steps: 1000 },
      { kind: Kind.EXPONENTIAL, decay: 0.5, steps: 1000 },
    ],
    [
      { kind: "inverseTime", steps: 10 },
      { kind: Kind.INVERSE_TIME, decay: 1, steps: 10 },
    ],
    [
      { kind: "inverseSquareRoot", steps: 10 },
      { kind: Kind.INVERSE_SQUARE_ROOT, steps: 10 },
    ],
    [
      { kind: "step", decay: 0.1, steps: 3 },
      { kind: Kind.STEP, decay: 0.1, steps: 3 },
    ],
    [
      { kind: "polynomial", steps: 10 },
      { kind: Kind.POLYNOMIAL, steps: 10, end: 0, power: 1 },
    ],
    [{ kind: "constant" }, { kind: Kind.CONSTANT }],
  ] as const)
    t.like(trained({ optimizer: adam({ schedule, warmUp: 100 }) }).optimizer!.adam!.rate, { ...wanted, warmUp: 100 });
  t.is(trained({ clip: { globalNorm: 2 } }).clip!.globalNorm, 2);
  t.falsy(trained({}).clip);
  for (const [train, told] of [
    [{ optimizer: { kind: "adamw" } }, /train\.optimizer/],
    [{ optimizer: { kind: "adam", beta1: 1 } }, /train\.optimizer\.beta1/],
    [{ optimizer: { kind: "sgd", learningRate: 0 } }, /train\.optimizer\.learningRate/],
    [{ optimizer: { kind: "sgd", momentum: 0.9 } }, /momentum/],
    [{ optimizer: { kind: "ftrl", schedule: { kind: "constant" } } }, /schedule/],
    [{ optimizer: { kind: "sgd", schedule: { kind: "exponential", decay: 2, steps: 10 } } }, /schedule\.decay/],
    [{ optimizer: { kind: "sgd", schedule: { kind: "step", decay: 0.5 } } }, /schedule\.steps/],
    [{ clip: {} }, /train\.clip/],
    [{ clip: { value: 1, norm: 1 } }, /train\.clip/],
    [{ clip: { norm: -1 } }, /train\.clip\.norm/],
  ] as const)
    t.regex((t.throws(() => trained(train), { instanceOf: CrossbillError }) as CrossbillError).message, told, JSON.stringify(train));
});

test("every problem is reported at once, with its path, code and exit code", (t) => {
  const error = t.throws(
    () =>
      checkConfig(
        {
          data: { train: "a.csv" },
          train: { epochs: -1, epochz: 2 },
          model: { kind: "linear", l1: "much" },
          columns: { a: { kind: "wordwheel", column: "x" } },
        },
        "test",
      ),
    {
      instanceOf: CrossbillError,
    },
  );
  t.is(error.code, "E_CONFIG");
  t.is(error.exitCode, 2);
  for (const word of ["data.label", "train.epochs", "epochz", "model.l1", "columns.a"]) t.true(error.message.includes(word), `${word} in ${error.message}`);
});

for (const [what, more, word] of [
  ["a column of the model that is none", { columns: { a: numeric("x") }, model: { kind: "linear", columns: ["b"] } }, "model.columns.0"],
  ["a cross of a number", { columns: { a: numeric("x"), c: crossed(["a", "s"]) } }, "bucketize"],
  ["a cross of itself", { columns: { c: crossed(["c", "s"]) } }, "itself"],
  ["a cross with buckets and a vocabulary", { columns: { c: crossed(["r", "s"], { buckets: 8, vocabulary: {} }) } }, "one of the two"],
  ["a cross of given values", { columns: { c: { kind: "crossed", columns: ["r", "s"], vocabulary: { values: ["a"] } } } }, "columns.c.vocabulary"],
  ["a cross of a product", { columns: { a: product(["x", "y"]), c: crossed(["a", "s"]) } }, "bucketize"],
  ["a product of one field", { columns: { a: product(["x"]) } }, "columns.a.columns"],
  ["a step twice", { columns: { a: numeric("x", { scale: ["minmax", "minmax"] }) } }, "each step once"],
  ["a logarithm of what is standardized", { columns: { a: numeric("x", { scale: ["standardize", "log"] }) } }, "log comes before"],
  ["a clip without bounds", { columns: { a: numeric("x", { scale: ["log1p", "clip"] }) } }, "columns.a.clip"],
  ["a clip alone without bounds", { columns: { a: product(["x", "y"], { scale: "clip" }) } }, "columns.a.clip"],
  ["a clip that falls", { columns: { a: numeric("x", { clip: [2, 1] }) } }, "columns.a.clip"],
  ["outliers as missing where missing is an error", { columns: { a: numeric("x", { outliers: "null", missing: "error" }) } }, "reject-row"],
  ["quantiles that are no shares", { columns: { a: numeric("x", { bounds: { quantiles: [1, 99] } }) } }, "columns.a.bounds"],
  ["bounds by an unknown name", { columns: { a: { kind: "numeric", column: "x", bounds: { zscore: 3 } } } }, '"zscore"'],
  ["bounds by two rules", { columns: { a: numeric("x", { bounds: { zScore: 3, iqr: 1.5 } }) } }, "give one of"],
  ["a z-score of zero", { columns: { a: numeric("x", { bounds: { zScore: 0 } }) } }, "columns.a.bounds"],
  ["boundaries that fall", { columns: { a: bucketized("x", { boundaries: [2, 1] }) } }, "strictly increasing"],
  ["boundaries and quantiles", { columns: { a: bucketized("x", { boundaries: [1], quantiles: 2 }) } }, "either"],
  ["a default outside an identity", { columns: { a: { kind: "identity", column: "x", size: 3, default: 3 } } }, "below size"],
  ["no names without a header", { data: { ...minimal.data, csv: { header: false } } }, "csv.names"],
  ["shares that leave nothing to train on", { data: { ...minimal.data, split: { by: "order", validation: 0.5, test: 0.5 } } }, "leave rows to train on"],
  ["no days", { data: { ...minimal.data, split: { by: "time", column: "t", test: { days: 0 } } } }, "data.split.test"],
  ["test files and test days", { data: { ...minimal.data, test: "t.csv", split: { by: "time", column: "t", test: { days: 1 } } } }, "data.split.test"],
  ["test files and a test share", { data: { ...minimal.data, test: "t.csv", split: { by: "hash", column: "u", test: 0.1 } } }, "data.split.test"],
] as const) {
  test(`${what} is refused`, (t) => {
    const error = t.throws(() => checkConfig({ ...minimal, ...more }, "test"), { instanceOf: CrossbillError });
    t.true(error.message.includes(word), error.message);
  });
}

test("TypeScript, JavaScript, JSON and YAML files say the same", async (t) => {
  const directory = folder(t, {
    "ts/crossbill.config.ts": `const label: string = "y"; export default { data: { train: "a.csv", label } };`,
    "mjs/crossbill.config.mjs": `export default { data: { train: "a.csv", label: "y" } };`,
    "json/crossbill.config.json": JSON.stringify(minimal),
    "yaml/crossbill.config.yaml": "data:\n  train: a.csv\n  label: y\n",
  });
  const loaded = await Promise.all(["ts", "mjs", "json", "yaml"].map((name) => loadConfig(undefined, path.join(directory, name))));
  for (const { config } of loaded) t.deepEqual(config, loaded[0]!.config);
  const missing = await t.throwsAsync(loadConfig(undefined, directory), { instanceOf: CrossbillError });
  t.is(missing.code, "E_CONFIG_MISSING");
  const hostile = folder(t, { "crossbill.config.json": '{"data":{"train":"a.csv","label":"y"},"columns":{"__proto__":{"kind":"numeric","column":"x"}}}' });
  t.is((await t.throwsAsync(loadConfig(undefined, hostile), { instanceOf: CrossbillError })).code, "E_CONFIG_READ");
});

test("files are taken in byte order of their names, however they were listed", (t) => {
  const directory = folder(t, { "b.csv": "", "a.csv": "", "B.csv": "", "sub/c.csv": "", "sub/deep/d.csv": "", "n.txt": "" });
  const names = (patterns: string[]): string[] => expandPaths(patterns, directory, "data.train").map((file) => path.relative(directory, file));
  t.deepEqual(names(["b.csv", "a.csv", "./a.csv"]), ["a.csv", "b.csv"]);
  t.deepEqual(names(["*.csv"]), ["B.csv", "a.csv", "b.csv"]);
  t.deepEqual(names(["**/*.csv"]), ["B.csv", "a.csv", "b.csv", "sub/c.csv", "sub/deep/d.csv"]);
  t.deepEqual(names(["[ab].csv", "?.txt"]), ["a.csv", "b.csv", "n.txt"]);
  for (const pattern of ["c.csv", "x*.csv", "sub"]) t.is(t.throws(() => names([pattern]), { instanceOf: CrossbillError }).code, "E_FILE_MISSING");
});

test("a compiled configuration holds no path in what keys are made of, and splits what has no files of its own", (t) => {
  const directory = folder(t, { "a.tsv": "", "t.tsv": "" });
  const compile = (data: object): ReturnType<typeof compileConfig> =>
    compileConfig({ path: "x", directory, config: checkConfig({ data: { train: "a.tsv", label: "y", ...data } }, "test") }, {}, { seed: 9 });
  const plain = compile({});
  t.deepEqual(plain.files.train, [path.join(directory, "a.tsv")]);
  t.is(plain.data.csv?.delimiter, "\t");
  t.deepEqual(plain.data.split?.index?.test, [0]);
  t.is(plain.train.seed, 9);
  t.deepEqual(compile({ test: "t.tsv" }).data.split?.index?.test, []);
  t.is(compile({ test: "t.tsv", split: { by: "hash", column: "u" } }).data.split?.hash?.test, 0);
  t.is(compile({ split: { by: "hash", column: "u" } }).data.split?.hash?.test, 0.1);
  t.false(Buffer.from(v1.DataSpec.encode(plain.data).finish()).includes(directory));
});

test("a folder named by an environment variable is asked for by name", (t) => {
  const directory = folder(t, {});
  delete process.env["CROSSBILL_NOT_SET"];
  const loaded = { path: "x", directory, config: checkConfig({ data: { train: "${CROSSBILL_NOT_SET}/a.csv", label: "y" } }, "test") };
  const error = t.throws(() => compileConfig(loaded, {}), { instanceOf: CrossbillError });
  t.is(error.code, "E_DATA_FOLDER");
  t.true(error.message.includes("CROSSBILL_NOT_SET"));
});

test("the format of the data is what the configuration says, else what the files' names say, which must agree", (t) => {
  const directory = folder(t, { "a.csv.gz": "", "b.tsv": "", "c.data": "" });
  const compiled = (data: object) => compileConfig({ path: "", directory, config: checkConfig({ data: { label: "y", ...data } }, "test") }, {});
  const said = (data: object) => [compiled(data).data.format, compiled(data).data.csv.delimiter];
  t.deepEqual(said({ train: "a.csv.gz" }), ["csv", ","]);
  t.deepEqual(said({ train: "b.tsv" }), ["tsv", "\t"]);
  t.deepEqual(said({ train: "c.data", format: "tsv" }), ["tsv", "\t"]);
  t.deepEqual(said({ train: ["a.csv.gz", "c.data"] }), ["csv", ","]);
  t.deepEqual(said({ train: ["a.csv.gz", "b.tsv"], format: "csv" }), ["csv", ","]);
  const error = t.throws(() => compiled({ train: ["a.csv.gz", "b.tsv"] }), { instanceOf: CrossbillError, message: /b\.tsv/ });
  t.deepEqual([error?.code, error?.exitCode], ["E_FORMAT", 2]);
});

test("a file that is scored has the format that its name says, where that is not delimited text told otherwise", (t) => {
  const of = (data: object, file: string): string => inputFormat(checkConfig({ data: { ...minimal.data, ...data } }, "test"), file).format;
  t.is(of({}, "new.jsonl"), "jsonl");
  t.is(of({ format: "csv" }, "new.parquet"), "parquet");
  t.is(of({ format: "tsv" }, "new.csv"), "tsv");
  t.is(of({ format: "jsonl" }, "new.csv"), "csv");
  t.is(of({ format: "jsonl" }, "new.data"), "jsonl");
  t.is(of({}, "new.data"), "csv");
});

test("a dialect is what the configuration says, then what is detected if that is asked for, then the default", async (t) => {
  const directory = folder(t, { "a.csv": "1;'x, z'\n2;'y'\n3;'z'\n" });
  const dialect = async (csv: object): Promise<v1.CsvDialect> => {
    const loaded = await withDetectedDialect({ path: "", directory, config: checkConfig({ data: { ...minimal.data, csv } }, "test") });
    return compileConfig(loaded, {}).data.csv;
  };
  t.like(await dialect({}), { delimiter: ",", header: true, quote: '"', names: [], trim: false });
  t.like(await dialect({ detect: true }), { delimiter: ";", header: false, quote: "'", names: ["column1", "column2"], missing: [""] });
  t.like(await dialect({ detect: true, delimiter: ",", quote: null, header: true }), { delimiter: ",", header: true, quote: "", names: [] });
  t.like(await dialect({ detect: true, names: ["a", "b"] }), { delimiter: ";", names: ["a", "b"] });
});

test("every option of a number is compiled to its specification; names alone are what they were", (t) => {
  const directory = folder(t, { "a.csv": "" });
  const spec = (column: object): v1.ColumnSpec.$Properties => {
    const config = checkConfig({ ...minimal, columns: { c: column } }, "test");
    const compiled = compileConfig({ path: "x", directory, config }, config.columns!).columns[0]!;
    return plainMessage(v1.ColumnSpec.decode(v1.ColumnSpec.encode(compiled).finish()));
  };
  const { Scale, Missing, Outliers } = v1.NumericSpec;
  t.deepEqual(spec(numeric("x")), { name: "c", numeric: { field: "x", scale: Scale.STANDARDIZE } });
  t.deepEqual(
    spec(numeric("x", { scale: ["log1p", "standardize"], robust: true, missing: "indicator", outliers: "reject-row", bounds: { quantiles: [null, 0.99] } })),
    {
      name: "c",
      numeric: {
        field: "x",
        scales: [Scale.LOG1P, Scale.STANDARDIZE],
        robust: true,
        missing: Missing.INDICATOR,
        outliers: Outliers.REJECT_ROW,
        bounds: { quantiles: { high: 0.99 } },
      },
    },
  );
  t.deepEqual(spec(product(["w", "h"], { scale: "none", outliers: "null", bounds: [0, 120] })), {
    name: "c",
    product: {
      fields: ["w", "h"],
      number: { outliers: Outliers.AS_MISSING, bounds: { fixed: { low: 0, high: 120 } } },
    },
  });
  t.deepEqual(spec(numeric("x", { outliers: "clip", bounds: { iqr: 1.5 }, clip: [0, null] }))["numeric"], {
    field: "x",
    scale: Scale.STANDARDIZE,
    clipLow: 0,
    outliers: Outliers.TO_BOUND,
    bounds: { iqr: 1.5 },
  });
  t.deepEqual((spec(numeric("x", { bounds: { zScore: 4 } }))["numeric"] as v1.NumericSpec).bounds as object, { zScore: 4 });
});

test("splits by order and by time are compiled; a part without files of its own has a tenth by default", (t) => {
  const directory = folder(t, { "a.csv": "", "t.csv": "" });
  const split = (data: object): object => {
    const config = checkConfig({ data: { ...minimal.data, ...data } }, "test");
    return plainMessage(compileConfig({ path: "", directory, config }, {}).data.split!);
  };
  t.deepEqual(split({ split: { by: "order" } }), { order: { validation: 0.1, test: 0.1 } });
  t.deepEqual(split({ test: "t.csv", split: { by: "order" } }), { order: { validation: 0.1, test: 0 } });
  t.deepEqual(split({ split: { by: "time", column: "t", test: { days: 2 } } }), { time: { field: "t", validation: { share: 0.1 }, test: { days: 2 } } });
});

test("the metric of early stopping, or the kept step's, is one that the head has; checkpoints say when", (t) => {
  const problems = (train: object, head: string): string => {
    try {
      checkConfig({ ...minimal, train, model: { kind: "linear", head } }, "test");
      return "";
    } catch (thrown) {
      return (thrown as CrossbillError).message;
    }
  };
  t.is(problems({ keep: "averagePrecision" }, "logistic"), "");
  t.is(problems({ earlyStopping: {} }, "squared"), "");
  t.is(problems({ keep: "last" }, "softmax"), "");
  t.regex(problems({ keep: "rmse" }, "oneVsRest"), /train\.keep: rmse is not defined for the head oneVsRest; allowed are loss, logLoss, accuracy/);
  t.regex(problems({ earlyStopping: { metric: "logLoss" } }, "squared"), /train\.earlyStopping\.metric: logLoss is not defined/);
  t.regex(problems({ keep: "f1" }, "logistic"), /train\.keep/);
  const compiled = (train: object): v1.TrainSpec => {
    const directory = folder(t, { "a.csv": "y,x\n1,2\n" });
    const config = checkConfig({ ...minimal, train }, "test");
    return compileConfig({ path: path.join(directory, "c.json"), directory, config }, {}).train;
  };
  t.is(compiled({ keep: "auc" }).keep, "auc");
  t.like(compiled({ checkpoint: { everyBlocks: 100, everySeconds: 2.5 } }), { checkpointEverySteps: 100, checkpointEverySeconds: 2.5 });
  t.throws(() => compiled({ checkpoint: {} }), { message: /train\.checkpoint: give everyBlocks, everySeconds or both/ });
  t.like(compiled({ earlyStopping: { metric: "brier", minimumGain: 0.5 } }).earlyStopping, { metric: "brier", patience: 2, minimumGain: 0.5 });
});
