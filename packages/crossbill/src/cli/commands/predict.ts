import path from "node:path";
import { predictFile } from "@crossbill/evaluation";
import type { Spool } from "@crossbill/ingest";
import { inputFormat, type LoadedConfig, loadConfig, resolveModel, spoolOf, withDetectedDialect, workFolder } from "@crossbill/pipeline";
import { inputFiles } from "../input-files.js";
import type { CommonOptions } from "../options.js";
import { stopOnSignals } from "../signals.js";
import { out, outJson, table } from "../terminal.js";

export interface PredictOptions extends CommonOptions {
  input: string[];
  output: string;
  model?: string;
  keep?: string;
}

/** Batch scoring: the same rows out in the same order. */
export async function predict(options: PredictOptions): Promise<void> {
  const started = performance.now();
  const cwd = process.cwd();
  const configured = await loadConfig(options.config, cwd);
  const root = workFolder(configured, { workdir: options.workdir, cwd });
  const spool = spoolOf(configured, root);
  try {
    await predictFrom(spool, configured, root, options, started);
  } finally {
    await spool.close();
  }
}

async function predictFrom(spool: Spool, configured: LoadedConfig, root: string, options: PredictOptions, started: number): Promise<void> {
  const cwd = process.cwd();
  const loaded = await withDetectedDialect(configured, undefined, spool);
  const inputs = await inputFiles(options.input, cwd);
  const { model } = await resolveModel(options.model ?? "current", root, cwd);
  const keep = (options.keep ?? "").split(",").filter((name) => name !== "");
  const stop = stopOnSignals();
  const { read, written, rejected, unseen } = await predictFile({
    model,
    input: inputs,
    output: path.resolve(cwd, options.output),
    keep,
    format: (file) => inputFormat(loaded.config, file),
    spool,
    signal: stop.signal,
  }).finally(stop.done);
  const seconds = (performance.now() - started) / 1000;
  if (options.json === true) return outJson({ rows: { read, written, rejected }, unseen, seconds });
  out(
    table([
      ["what", "value"],
      ["rows read / written / rejected", `${read} / ${written} / ${rejected}`],
      ...Object.entries(unseen).map(([column, rows]) => [`unseen values of ${column}`, `${rows} rows`]),
      ["seconds", seconds.toFixed(1)],
      ["output", path.resolve(cwd, options.output)],
    ]),
  );
}
