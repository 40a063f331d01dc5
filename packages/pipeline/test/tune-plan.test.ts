import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { CrossbillError } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { compileConfig } from "../dist/config/compile.js";
import { checkConfig, configProblems } from "../dist/config/load.js";
import type { Config } from "../dist/config/schema.js";
import { planHalving } from "../dist/tune/halving.js";
import { fragmentOf, keysOf, withSettings } from "../dist/tune/parameter-path.js";
import { planTune, type TuneOverrides, type TunePlan } from "../dist/tune/plan.js";
import { drawPoints, gridOf } from "../dist/tune/points.js";
import { type Dimension, spaceOf } from "../dist/tune/space.js";

const raw = {
  data: { train: "a.csv", label: "y" },
  columns: {
    age: { kind: "numeric", column: "age" },
    site: { kind: "vocabulary", column: "site" },
    "site.band": { kind: "bucketized", column: "age", quantiles: 4 },
  },
  model: { kind: "linear", l2: 1e-6 },
  train: { optimizer: { kind: "ftrl", alpha: 0.1 }, epochs: 9 },
};
const config = checkConfig(raw, "test");
const named = { path: "x", keys: ["x"] };

/** The plan of a configuration with this section `tune`. */
function planOf(t: { teardown: (f: () => void) => void }, tune: object | undefined, more: object = {}, overrides: TuneOverrides = {}): TunePlan {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-tune-"));
  t.teardown(() => fs.rmSync(directory, { recursive: true, force: true }));
  fs.writeFileSync(path.join(directory, "a.csv"), "y,age,site\n1,2,a\n");
  const loaded = {
    path: path.join(directory, "crossbill.config.json"),
    directory,
    config: checkConfig({ ...raw, ...more, ...(tune === undefined ? {} : { tune }) }, "test"),
  };
  const columns = loaded.config.columns!;
  return planTune({ loaded, columns, compiled: compileConfig(loaded, columns) }, overrides);
}

function problemsOf(body: () => unknown): string[] {
  try {
    body();
  } catch (thrown) {
    if (thrown instanceof CrossbillError && thrown.code === "E_CONFIG" && thrown.exitCode === 2) return thrown.details["problems"] as string[];
    throw thrown;
  }
  return [];
}

test("a grid is every combination, the last parameter fastest; ranges are spaced, ends included", (t) => {
  const space: Dimension[] = [
    { ...named, values: ["a", null] },
    { ...named, min: 0.001, max: 1, scale: "log", integer: false, steps: 4 },
    { ...named, min: 1, max: 8, scale: "linear", integer: true, steps: 3 },
  ];
  t.deepEqual(gridOf(space.slice(0, 2)), [
    ["a", 0.001],
    ["a", 0.01],
    ["a", 0.1],
    ["a", 1],
    [null, 0.001],
    [null, 0.01],
    [null, 0.1],
    [null, 1],
  ]);
  t.deepEqual(gridOf(space.slice(2)), [[1], [5], [8]]);
  t.is(gridOf(space).length, 24);
  t.deepEqual(gridOf([{ ...named, min: 1, max: 3, scale: "log", integer: true, steps: 9 }]), [[1], [2], [3]], "whole numbers stand once");
});

test("drawn points are a golden: the seed's streams, the parameters in their order", (t) => {
  const space: Dimension[] = [
    { ...named, min: 1e-6, max: 1, scale: "log", integer: false, steps: 5 },
    { ...named, min: 16, max: 4096, scale: "log", integer: true, steps: 5 },
    { ...named, values: ["relu", "tanh"] },
  ];
  t.deepEqual(drawPoints(space, 7, 5), [
    [0.534051, 30, "relu"],
    [0.000933767, 89, "tanh"],
    [0.448455, 143, "tanh"],
    [0.0035932, 39, "tanh"],
    [0.0157616, 59, "relu"],
  ]);
  t.deepEqual(drawPoints(space, 7, 9).slice(0, 5), drawPoints(space, 7, 5), "more trials begin with the same ones");
  t.notDeepEqual(drawPoints(space, 8, 5), drawPoints(space, 7, 5));
  t.is(drawPoints([{ ...named, values: [1, 2, 3] }], 0, 20).length, 3, "a space of three has three");
});

test("drawn numbers lie in their range, whole ones reach both ends evenly", (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 1, max: 100_000 }),
      fc.constantFrom("linear" as const, "log" as const),
      fc.boolean(),
      fc.nat(1000),
      (min, width, scale, integer, seed) => {
        const range = { ...named, min, max: min + width, scale, integer, steps: 7 };
        for (const [x] of [...drawPoints([range], seed, 20), ...gridOf([range])]) {
          t.true(typeof x === "number" && x >= min && x <= min + width);
          if (integer) t.true(Number.isInteger(x));
        }
      },
    ),
    { numRuns: 200 },
  );
  const counts = new Map<number, number>();
  for (let seed = 0; seed < 3000; seed++) {
    const x = drawPoints([{ ...named, min: 1, max: 3, scale: "linear", integer: true, steps: 2 }], seed, 1)[0]![0] as number;
    counts.set(x, (counts.get(x) ?? 0) + 1);
  }
  t.deepEqual(
    [...counts.keys()].sort((a, b) => a - b),
    [1, 2, 3],
  );
  for (const n of counts.values()) t.true(Math.abs(n - 1000) < 5 * Math.sqrt(1000 * (2 / 3)), `${n} of 3000`);
});

test("halving is planned in rungs of about the same cost, the last with all epochs", (t) => {
  t.deepEqual(planHalving(27, 27, 3), [
    { trials: 27, epochs: 1 },
    { trials: 9, epochs: 3 },
    { trials: 3, epochs: 9 },
    { trials: 1, epochs: 27 },
  ]);
  t.deepEqual(planHalving(20, 5, 3), [
    { trials: 20, epochs: 1 },
    { trials: 6, epochs: 5 },
  ]);
  t.deepEqual(planHalving(4, 100, 2), [
    { trials: 4, epochs: 25 },
    { trials: 2, epochs: 50 },
    { trials: 1, epochs: 100 },
  ]);
  t.deepEqual(planHalving(20, 2, 3), [{ trials: 20, epochs: 2 }]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 2, max: 10 }), (trials, epochs, factor) => {
      const rungs = planHalving(trials, epochs, factor);
      t.deepEqual([rungs[0]!.trials, rungs.at(-1)!.epochs], [trials, epochs]);
      for (const [i, rung] of rungs.entries()) {
        t.true(rung.trials >= 1 && rung.epochs >= 1);
        if (i > 0) t.true(rung.trials < rungs[i - 1]!.trials && rung.epochs > rungs[i - 1]!.epochs);
      }
    }),
  );
});

test("a path finds its field; names of columns may hold dots", (t) => {
  const columns = Object.keys(config.columns!);
  t.deepEqual(keysOf("columns.site.band.quantiles", columns), ["columns", "site.band", "quantiles"]);
  t.deepEqual(keysOf("columns.site.minCount", columns), ["columns", "site", "minCount"]);
  t.deepEqual(keysOf("model.l1", columns), ["model", "l1"]);
  t.regex(keysOf("columns.sight.minCount", columns) as string, /there are age, site, site\.band/);
  for (const path of ["data.split", "tune.trials", "evaluate.threshold", "gate", ""]) t.is(typeof keysOf(path, columns), "string", path);
});

test("a value is put in its place in a copy; what has no place is said", (t) => {
  const set = (keys: string[], value: number): Config | string => {
    const made = withSettings(config, [{ path: keys.join("."), keys, value }]);
    return typeof made === "string" ? made : (made.raw as Config);
  };
  const before = structuredClone(config);
  t.is((set(["train", "optimizer", "alpha"], 0.5) as Config).train.optimizer.kind, "ftrl");
  t.deepEqual((set(["train", "earlyStopping", "patience"], 5) as Config).train.earlyStopping, { patience: 5 } as never);
  t.deepEqual((set(["model", "head", "samples"], 5) as Config).model.head, { kind: "logistic", samples: 5 } as never);
  t.regex(set(["model", "l1", "x"], 1) as string, /model\.l1 is 0, which has no fields/);
  t.regex(set(["model", "__proto__", "x"], 1) as string, /no name of a field/);
  t.deepEqual(config, before);
  t.is(({} as Record<string, unknown>)["x"], undefined);
});

test("a checked configuration is one again, word for word: a trial differs in its parameters alone", (t) => {
  t.deepEqual(checkConfig(structuredClone(config), "again"), config);
  const made = withSettings(config, [{ path: "model.l1", keys: ["model", "l1"], value: 0.25 }]) as { raw: object };
  t.deepEqual(checkConfig(made.raw, "again"), { ...config, model: { ...config.model, l1: 0.25 } });
});

test("the fragment holds the parameters, and the whole of an object with a kind", (t) => {
  t.deepEqual(
    fragmentOf(config, [
      ["train", "optimizer", "alpha"],
      ["train", "batchSize"],
      ["columns", "site", "minCount"],
    ]),
    { train: { optimizer: { kind: "ftrl", alpha: 0.1, beta: 1, l1: 0, l2: 0 }, batchSize: 1024 }, columns: { site: config.columns!["site"] } } as never,
  );
});

test("whether a range is of whole numbers, its field says", (t) => {
  const { space, problems } = spaceOf(
    config,
    {
      "train.batchSize": { min: 32, max: 512, scale: "log", steps: 5 },
      "model.l2": { min: 1, max: 3, scale: "linear", steps: 5 },
      "train.optimizer.alpha": { min: 0.01, max: 1, scale: "log", steps: 5 },
    },
    configProblems,
  );
  t.deepEqual(problems, []);
  t.deepEqual(
    space.map((d) => "min" in d && d.integer),
    [true, false, false],
  );
});

test("every problem of the section is told at once, with its path, before anything is looked at", (t) => {
  const problems = problemsOf(() =>
    checkConfig(
      {
        ...raw,
        tune: {
          parameters: {
            "train.optimizer.alhpa": [0.1],
            "model.head": { min: 0, max: 1 },
            "train.epochs": [0, 5],
            "data.train": ["b.csv"],
            "columns.nowhere.minCount": [1],
            "train.batchSize": { min: 1.5, max: 1.75 },
            train: [{}],
          },
        },
      },
      "test",
    ),
  );
  for (const wanted of [
    /^tune\.parameters\.train\.optimizer\.alhpa: 0\.1: train\.optimizer: .*alhpa/,
    /^tune\.parameters\.model\.head: 0: model\.head: /,
    /^tune\.parameters\.train\.epochs: 0: train\.epochs: /,
    /^tune\.parameters\.data\.train: a parameter is a path below columns, model or train/,
    /^tune\.parameters\.columns\.nowhere\.minCount: no entry of columns begins this path; there are age, site, site\.band/,
    /^tune\.parameters\.train\.batchSize: 1\.5: train\.batchSize: /,
    /^tune\.parameters\.train\.epochs: lies within train/,
  ])
    t.true(
      problems.some((p) => wanted.test(p)),
      `${wanted} in ${problems.join("\n")}`,
    );
  t.false(problems.some((p) => /train\.epochs: 5/.test(p)));
  const shape = problemsOf(() =>
    checkConfig({ ...raw, tune: { trials: 0, parameters: { "model.l1": { min: 0, max: 1, scale: "log" }, "model.l2": { min: 2, max: 1 } } } }, "test"),
  );
  t.is(shape.length, 3);
});

test("trials are planned: numbered, checked, compiled", (t) => {
  const plan = planOf(t, { parameters: { "model.l1": [0, 0.1], "train.optimizer": [{ kind: "ftrl" }, { kind: "adagrad" }] } });
  t.is(plan.search, "grid");
  t.deepEqual(
    plan.trials.map(({ number, compiled: { model, train } }) => [number, model.l1, train.optimizer.ftrl == null ? "adagrad" : "ftrl"]),
    [
      [1, 0, "ftrl"],
      [2, 0, "adagrad"],
      [3, 0.1, "ftrl"],
      [4, 0.1, "adagrad"],
    ],
  );
  t.is(planOf(t, { parameters: { "model.l1": { min: 0, max: 1 } } }).search, "random");
  t.is(planOf(t, { parameters: { "model.l1": { min: 0, max: 1 } } }, {}, { trials: 3, seed: 5 }).trials.length, 3);
  const byDefault = planOf(t, undefined);
  t.true(byDefault.byDefault);
  t.deepEqual([byDefault.search, byDefault.trials.length, byDefault.space.map(({ path }) => path)], ["random", 20, ["train.optimizer.alpha", "model.l1"]]);
});

test("what a search cannot do is refused before anything runs", (t) => {
  const exact = { train: { optimizer: { kind: "exact" } } };
  const l2 = { parameters: { "model.l2": [0.1, 0.2, 0.3] } };
  t.regex(problemsOf(() => planOf(t, { ...l2, search: "halving" }, exact)).join(), /halving .* the exact optimiser has none; take grid or random/);
  t.regex(problemsOf(() => planOf(t, { ...l2, search: "halving" }, { train: { epochs: 2 } })).join(), /nothing to halve/);
  t.regex(problemsOf(() => planOf(t, { parameters: { "train.epochs": [1, 2, 3] }, search: "halving" })).join(), /halving sets the epochs itself/);
  t.regex(problemsOf(() => planOf(t, { ...l2, search: "path" })).join(), /leave parameters out.*|path is the exact optimiser's/);
  t.regex(problemsOf(() => planOf(t, { ...l2, metric: "rmse" })).join(), /rmse is not defined for the head logistic; allowed are loss, logLoss, auc/);
  t.regex(problemsOf(() => planOf(t, { parameters: { "model.head": ["logistic", "squared"] } })).join(), /losses that cannot be compared/);
  const combined = problemsOf(() =>
    planOf(t, { parameters: { "model.head": ["softmax", "oneVsOne"], "train.optimizer": [{ kind: "exact" }, { kind: "ftrl" }] } }),
  );
  t.deepEqual(combined.length > 0 && combined.every((p) => /oneVsOne/.test(p)), true, combined.join("\n"));
});
