import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { loadModel } from "crossbill";
import { cli, clickConfig, clicks, csv, inline, retrain, scratch, threads } from "./kit.js";

const gate = { maxLogLossIncrease: 10, maxBias: 10 };
const warm = { warmStart: "current", epochs: 1, batchSize: 128 };
const config = (train: object): object => clickConfig("night-*.csv", { train, gate });

test.serial(
  "a night starts from the night before: what is mapped is told, the same night is skipped, and any number of workers gives the same model",
  async (t) => {
    const directory = scratch(t);
    const rows = clicks(6000, 5);
    const write = (night: number, of: typeof rows): void => fs.writeFileSync(path.join(directory, `night-${night}.csv`), csv(of));
    write(1, rows.slice(0, 4000));
    const base = inline(directory, config(warm));
    const first = await cli(["retrain", ...base, "--json"]);
    t.is(first.code, 0, first.stderr);
    t.regex(first.stderr, /nothing is published yet, training starts from zero/);
    t.true((await retrain(base)).skipped.includes("train"), "the model that is current now is what this very training made");
    write(
      2,
      rows.slice(4000).map((row, i) => (i % 10 === 0 ? { ...row, site: "a new site" } : row)),
    );
    const second = await cli(["retrain", ...base, "--json"]);
    t.is(second.code, 0, second.stderr);
    t.regex(
      second.stderr,
      new RegExp(
        `starts from ${first.json.published}: of \\d+ features \\d+ have its weights, 1 are new; 0 of its own are dropped; the optimiser's state is kept`,
      ),
    );
    const { lineage } = await loadModel(second.json.model.path);
    t.like(lineage!.start, { modelSha256: first.json.model.sha256, optimizerState: true });
    t.true((await retrain(base)).skipped.includes("train"));

    // The same nights elsewhere, alone, from the path of the first night's version.
    const other = path.join(directory, "other");
    fs.mkdirSync(other);
    for (const night of [1, 2]) fs.copyFileSync(path.join(directory, `night-${night}.csv`), path.join(other, `night-${night}.csv`));
    fs.renameSync(path.join(other, "night-2.csv"), path.join(other, "later"));
    const elsewhere = inline(other, config(warm));
    t.is((await retrain(elsewhere)).model!.sha256, first.json.model.sha256);
    fs.renameSync(path.join(other, "later"), path.join(other, "night-2.csv"));
    const version = path.dirname(first.json.model.path);
    const named = inline(other, config({ ...warm, warmStart: path.relative(other, version) }));
    t.is((await retrain(threads(named, 3))).model!.sha256, second.json.model.sha256);
    const reset = inline(other, config({ ...warm, warmStart: path.relative(other, version), optimizerState: "reset" }));
    t.not((await retrain(reset)).model!.sha256, second.json.model.sha256);
  },
);

test.serial("a state of another optimiser, another head and a path without a model are refused with what to do", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "night-1.csv"), csv(clicks(1500, 5)));
  await retrain(inline(directory, config(warm)));
  const attempt = async (train: object, model: object = {}): Promise<string> => {
    const { code, json } = await cli(["train", ...inline(directory, clickConfig("night-*.csv", { train, gate, model })), "--json"]);
    t.is(code, 2);
    return json.error.message;
  };
  const optimizer = { kind: "adagrad" };
  t.regex(await attempt({ ...warm, optimizer }), /another optimiser.*train\.optimizerState: "reset" takes its weights alone/);
  t.regex(await attempt({ ...warm, warmStart: "nowhere" }), /nowhere: no model there; allowed are "current"/);
  const reset = await retrain(inline(directory, config({ ...warm, optimizer, optimizerState: "reset" })));
  t.true(Number.isFinite(reset.test!.logLoss));
  const exact = await retrain(inline(directory, config({ ...warm, optimizer: { kind: "exact" } })));
  t.true(exact.train!.certificate!.converged, "the exact solver starts there, too");
});
