import { spawnSync } from "node:child_process";
import test from "ava";
import * as crossbill from "crossbill";

test("the umbrella offers the functions of a configuration, the run and the model", (t) => {
  t.deepEqual(
    Object.keys(crossbill).sort((a, b) => (a < b ? -1 : 1)),
    [
      "CrossbillError",
      "adagrad",
      "adam",
      "bucketized",
      "crossed",
      "deep",
      "defineConfig",
      "embedding",
      "exact",
      "factorized",
      "ftrl",
      "hashed",
      "history",
      "identity",
      "linear",
      "loadModel",
      "momentum",
      "numeric",
      "product",
      "rmsprop",
      "runCommand",
      "sgd",
      "tune",
      "twoTower",
      "vocabulary",
      "wideAndDeep",
    ],
  );
});

test("importing the models package pulls in no thread pool, configuration or chart library", (t) => {
  const hook = "export async function load(url, context, next) { process._rawDebug(url); return next(url, context); }";
  const program = `import { register } from "node:module"; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)}); await import("@crossbill/models");`;
  const traced = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  t.is(traced.status, 0);
  t.true(traced.stderr.includes("node_modules/protobufjs/"), "the trace works");
  for (const name of ["piscina", "zod", "@observablehq", "linkedom", "commander", "jiti", "apache-arrow"])
    t.false(traced.stderr.includes(`node_modules/${name}/`), name);
});
