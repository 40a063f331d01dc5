// What every experiment does: write a log, train configurations on the same rows, compare their models row by row, print tables.
import fs from "node:fs";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { loadModel, runCommand } from "crossbill";

const HERE = path.dirname(fileURLToPath(import.meta.url));
/** Where the pages go. */
export const DOCS = path.resolve(HERE, "../../../docs");
/** Threads of every training, so that seconds are of one core. */
const WORKERS = 1;

/** Writes `chunks` to data/<name>, unless it is there. Returns the path. */
export function dataFile(name, chunks) {
  const file = path.join(HERE, "data", name);
  if (fs.existsSync(file)) return file;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const out = fs.openSync(`${file}.part`, "w");
  for (const chunk of chunks()) fs.writeSync(out, chunk);
  fs.closeSync(out);
  fs.renameSync(`${file}.part`, file);
  return file;
}

/** Models of one experiment, in work folders of their own under .crossbill/<experiment>. */
export class Laboratory {
  #folder;

  constructor(experiment) {
    this.#folder = path.join(HERE, ".crossbill", experiment);
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The night after that of `earlier`, in a copy of its work folder. @param files what it brings */
  async night(name, earlier, config, files) {
    fs.cpSync(earlier.options.cwd, path.join(this.#folder, name), { recursive: true });
    return this.train(name, config, files);
  }

  /** Ingests and trains. Seconds are of the training alone. @param files copied to the folder `nights` beside the configuration */
  async train(name, config, files = []) {
    const folder = path.join(this.#folder, name);
    for (const file of files) fs.cpSync(file, path.join(folder, "nights", path.basename(file)));
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, "crossbill.config.json"), JSON.stringify(config, null, 2));
    const options = { cwd: folder, workdir: path.join(folder, "work"), workers: WORKERS };
    process.stderr.write(`${path.basename(this.#folder)}: ${name}\n`);
    await runCommand("ingest", options);
    const { model, train, seconds } = await runCommand("train", options);
    const { epochs, validationLoss, steps, bestStep, logLoss, stoppedEarly } = train;
    return {
      name,
      options,
      seconds: seconds.train,
      nonZero: model.nonZero,
      bytes: model.bytes,
      path: model.path,
      epochs,
      validationLoss,
      steps,
      bestStep,
      trainingLoss: logLoss,
      stoppedEarly,
    };
  }

  /** Test metrics of a trained model; `against` another one: also their paired difference in log-loss, with a 95% interval. */
  async test(trained, against = null) {
    const { test } = await runCommand("evaluate", { ...trained.options, ...(against === null ? {} : { against: against.path }) });
    return test;
  }
}

/** Microseconds to load the model and to predict one of `rows` in process: the best of several rounds. */
export async function servingCost({ path: folder }, rows) {
  let [load, row] = [Infinity, Infinity];
  for (let round = 0; round < 5; round++) {
    const before = performance.now();
    const model = await loadModel(folder);
    const loaded = performance.now();
    for (const one of rows) model.predict(one);
    const done = performance.now();
    load = Math.min(load, loaded - before);
    row = Math.min(row, (1000 * (done - loaded)) / rows.length);
  }
  return { loadMilliseconds: load, rowMicroseconds: row };
}

export const fixed = (x, digits) => (Number.isFinite(x) ? x.toFixed(digits) : "-");
export const thousands = (n) => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ",");
/** A number that may be of dollars: a large one without decimals. */
export const size = (x, digits = 4) => (Math.abs(x) >= 1000 ? thousands(x) : fixed(x, digits));
export const signed = (x, digits) => `${x < 0 ? "-" : "+"}${size(Math.abs(x), digits)}`;
export const difference = ({ against }, digits = 5) =>
  against === undefined ? "" : `${signed(against.logLossDifference, digits)} (${signed(against.low, digits)} to ${signed(against.high, digits)})`;

/** A Markdown table. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
