import path from "node:path";
import { weightKindName } from "@crossbill/evaluation";
import { CrossbillError, HEAD_NAMES, v1 } from "@crossbill/messages";
import { atomicWrite } from "@crossbill/storage";
import { type RunContext, type RunOptions, withRun } from "../context.js";
import { checkEngine } from "../engine.js";
import { ingestStep } from "../steps/ingest-step.js";
import { partRows } from "../summary.js";
import { type FoundTrial, type SearchKind, searchTrials } from "../tune/search.js";
import { type RowLosses, TrialStore } from "../tune/trial-store.js";
import { type ColumnEffect, effectOf, saidOf } from "./conclude.js";
import { planAblation } from "./plan.js";

export interface AblateOptions extends RunOptions {
  /** Columns and crosses to leave out one at a time; default: every one of the model. */
  columns?: readonly string[] | undefined;
  parallel?: number | undefined;
}

/** A model that was trained and measured. Undefined numbers are NaN. */
export interface AblatedModel {
  loss: number;
  auc: number;
  nonZero: number;
  parameters: number;
}

export interface AblatedColumn extends ColumnEffect {
  column: string;
  /** The model without it; null: it failed. */
  without: AblatedModel | null;
  /** Told by the interval of the loss. */
  said: ReturnType<typeof saidOf>;
  /** Why there is nothing to tell: its training failed. */
  error: { code: string; message: string } | null;
}

/** What `crossbill ablate --json` prints. */
export interface AblateSummary {
  /** What the models were measured on. */
  part: "validation" | "test";
  rows: number;
  head: string;
  /** The model with all its columns. */
  whole: AblatedModel;
  /** By falling loss without the column: what brings most first. Those that failed last. */
  columns: AblatedColumn[];
  /** Absolute path of ablate.json, which holds all but this, `trainings` and `seconds`. */
  file: string;
  /** Of this run, and found done. */
  trainings: { done: number; known: number };
  seconds: { total: number };
}

/**
 * What each column of the model brings: the same configuration is trained without one column (or cross) after another, over the same packs, and measured by row on the validation
 * part, or the test part where there is none. A cross that reads a left-out field stays: name it in `columns`, too. Trials start from zero, and what was trained before is found.
 * @throws E_CONFIG, E_NO_ROWS (exit code 2); E_ABLATE_FAILED when the model with all its columns cannot be trained; what the steps throw
 */
export async function ablate(options: AblateOptions): Promise<AblateSummary> {
  return withRun(options, async (run) => {
    const started = performance.now();
    const trials = planAblation(run, options.columns);
    checkEngine(run);
    if (run.compiled.warmStart !== null || run.compiled.recalibrate !== null)
      run.notice("ablate: every model starts from zero and is measured as it was trained; train.warmStart and train.recalibrate are left aside");
    const { manifest } = await ingestStep(run);
    await run.rest();
    const { part, rows } = partOf(manifest);
    const logistic = run.compiled.model.head === v1.Head.LOGISTIC;
    const kind: SearchKind = { name: "ablate", part, keepPredictions: logistic };
    const plan = { trials, rungs: [{ trials: trials.length, epochs: 0 }], metric: "loss" as const, parallel: options.parallel };
    const outcome = await searchTrials(run, plan, manifest, kind);
    const found = await conclude(run, outcome.trials);
    const facts = {
      part: part === v1.Part.VALIDATION ? ("validation" as const) : ("test" as const),
      rows,
      head: HEAD_NAMES[run.compiled.model.head],
      ...found,
    };
    const file = path.join(run.root, "ablate.json");
    await atomicWrite(file, Buffer.from(`${JSON.stringify(facts, null, 1)}\n`));
    return { ...facts, file, trainings: { done: outcome.trained, known: outcome.known }, seconds: { total: (performance.now() - started) / 1000 } };
  });
}

function partOf(manifest: v1.IngestManifest): { part: v1.Part; rows: number } {
  const { validation, test } = partRows(manifest);
  if (validation > 0) return { part: v1.Part.VALIDATION, rows: validation };
  if (test > 0) return { part: v1.Part.TEST, rows: test };
  throw new CrossbillError(
    "E_NO_ROWS",
    "ablate measures on the validation part, or the test part, and both have no rows; give data.split.validation or data.validation",
    {
      exitCode: 2,
    },
  );
}

async function conclude(run: RunContext, [whole, ...others]: readonly FoundTrial[]): Promise<Pick<AblateSummary, "whole" | "columns">> {
  const { result } = whole!;
  if (result.errorCode !== "")
    throw new CrossbillError("E_ABLATE_FAILED", `the model with all its columns failed with ${result.errorCode}: ${result.errorMessage}`);
  const store = new TrialStore(run.root, "ablate");
  const rows = await store.losses(result.key);
  const columns: AblatedColumn[] = [];
  for (const other of others) columns.push(await columnOf(run, store, rows, other));
  const cost = ({ difference }: AblatedColumn): number => (Number.isNaN(difference) ? Number.NEGATIVE_INFINITY : difference);
  return { whole: modelOf(result), columns: columns.sort((a, b) => (cost(a) === cost(b) ? 0 : cost(b) - cost(a))) };
}

async function columnOf(run: RunContext, store: TrialStore, whole: RowLosses, { trial, result }: FoundTrial): Promise<AblatedColumn> {
  const column = trial.settings[0]!.value as string;
  if (result.errorCode !== "") {
    const error = { code: result.errorCode, message: result.errorMessage };
    return { column, difference: Number.NaN, low: Number.NaN, high: Number.NaN, pValue: Number.NaN, auc: null, said: "undefined", without: null, error };
  }
  const kind = weightKindName(run.compiled.data.weightKind);
  const effect = effectOf(whole, await store.losses(result.key), kind);
  return { column, ...effect, said: saidOf(effect), without: modelOf(result), error: null };
}

function modelOf({ loss, auc, nonZero, weights }: v1.TrialResult): AblatedModel {
  return { loss, auc, nonZero, parameters: weights };
}
