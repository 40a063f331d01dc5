import fs from "node:fs";
import path from "node:path";
import { CrossbillError, encodeMessage, HEAD_NAMES, v1 } from "@crossbill/messages";
import type { TuneJson } from "@crossbill/report";
import { atomicWrite, readWhole, sha256Hex } from "@crossbill/storage";
import { BUILD } from "../build.js";
import type { TuneSearch } from "../config/tune-schema.js";
import { type RunContext, type RunOptions, withRun } from "../context.js";
import { checkEngine } from "../engine.js";
import { ingestStep } from "../steps/ingest-step.js";
import { partRows } from "../summary.js";
import { type Conclusion, conclude } from "./conclude.js";
import { fragmentOf } from "./parameter-path.js";
import { isLog, planTune, type TunePlan } from "./plan.js";
import { type SearchOutcome, searchTrials } from "./search.js";
import { searchPath } from "./search-path.js";
import { TrialStore } from "./trial-store.js";

export interface TuneOptions extends RunOptions {
  search?: TuneSearch | undefined;
  trials?: number | undefined;
  parallel?: number | undefined;
}

/** What `crossbill tune --json` prints: what stands in tune.json, and of this run where it is and how much was to do. */
export interface TuneSummary extends TuneJson {
  /** Absolute paths. */
  report: string;
  bestFile: string;
  /** Of this run, and found done. */
  trainings: { done: number; known: number };
  seconds: { total: number };
}

/**
 * Searches over hyper-parameters: ingests what is new, trains every trial of the search, measures it on the validation rows, and writes tune.html, tune.json and tune.best.json into the
 * work folder. It publishes nothing and reads no test row; trials start from zero, whatever `train.warmStart` says.
 * @throws E_CONFIG, E_NO_VALIDATION (exit code 2); E_TUNE_FAILED when every trial failed; what the steps throw
 */
export async function tune(options: TuneOptions): Promise<TuneSummary> {
  return withRun(options, async (run) => {
    const started = performance.now();
    const first = planTune(run, options); // every problem is told before anything is read
    checkEngine(run);
    if (run.compiled.warmStart !== null)
      run.notice("tune: every trial starts from zero, so that trials are told apart by their own fields; train.warmStart is left aside");
    const { manifest } = await ingestStep(run);
    await run.rest();
    const plan = first.byDefault ? planTune(run, options, manifest.state) : first;
    if (plan.byDefault) run.notice(`tune: no parameters are configured, so the search is ${told(plan)}`);
    const rows = partRows(manifest);
    if (rows.validation === 0)
      throw new CrossbillError(
        "E_NO_VALIDATION",
        "tune measures trials on the validation part (the test part stays unseen), and it has no rows; give it some with data.split.validation or data.validation",
        { exitCode: 2 },
      );
    const outcome = await (plan.path === null ? searchTrials : searchPath)(run, plan, manifest);
    const store = new TrialStore(run.root);
    const conclusion = await conclude(outcome.trials, plan.metric, run.compiled.data.weightKind, store);
    if (conclusion === null) throw allFailed(plan, outcome);
    const input = tuneInput(run, plan, outcome, conclusion, rows);
    const { json, report, bestFile } = await writePage(run, input);
    return {
      ...json,
      report,
      bestFile,
      trainings: { done: outcome.trained, known: outcome.known },
      seconds: { total: (performance.now() - started) / 1000 },
    };
  });
}

function told(plan: TunePlan): string {
  if (plan.path !== null)
    return `path: ${plan.path.lambdas} values of model.l1, from the smallest that makes every weight 0 down to ${plan.path.ratio} of it, with the l2 that is configured`;
  const over = plan.space.map((d) => `${d.path} ${"values" in d ? `of ${d.values.map((v) => JSON.stringify(v)).join(", ")}` : `from ${d.min} to ${d.max}`}`);
  return `${plan.search}, ${plan.trials.length} trials, over ${over.join("; ")}`;
}

function allFailed({ metric }: TunePlan, { trials }: SearchOutcome): CrossbillError {
  const { trial, result } = trials[0]!;
  const why = result.errorCode === "" ? `${metric} is undefined for every one` : `the first, ${trial.number}, with ${result.errorCode}: ${result.errorMessage}`;
  return new CrossbillError("E_TUNE_FAILED", `all ${trials.length} trials failed, ${why}`, {
    details: { codes: [...new Set(trials.map((t) => t.result.errorCode))] },
  });
}

function tuneInput(
  run: RunContext,
  plan: TunePlan,
  { trials }: SearchOutcome,
  { best, sparsest, differences }: Conclusion,
  rows: ReturnType<typeof partRows>,
): v1.TuneInput {
  const fragment = (index: number): string => {
    const { config, settings } = trials[index]!.trial;
    return JSON.stringify(
      fragmentOf(
        config,
        settings.map(({ keys }) => keys),
      ),
      null,
      2,
    );
  };
  return v1.TuneInput.create({
    title: path.basename(run.loaded.directory),
    search: plan.search,
    metric: plan.metric,
    head: HEAD_NAMES[trials[best]!.trial.compiled.model.head],
    seed: plan.seed,
    trainRows: rows.train,
    validationRows: rows.validation,
    parameters: plan.space.map((dimension) => ({
      path: dimension.path,
      values: JSON.stringify(plan.path ?? plan.parameters?.[dimension.path] ?? null),
      log: plan.path !== null || isLog(dimension),
    })),
    rungs: plan.search === "halving" ? plan.rungs.map((rung) => ({ ...rung })) : [],
    trials: trials.map(({ trial, result, rung }, i) => ({
      number: trial.number,
      values: trial.settings.map(({ value }) => JSON.stringify(value)),
      rung: plan.search === "halving" ? rung : 0,
      result,
      difference: differences[i]!.difference,
      differenceStandardError: differences[i]!.standardError,
    })),
    best: trials[best]!.trial.number,
    bestConfiguration: fragment(best),
    ...(sparsest === null
      ? { limit: Number.NaN }
      : { sparsest: trials[sparsest.index]!.trial.number, sparsestConfiguration: fragment(sparsest.index), limit: sparsest.limit }),
  }) as v1.TuneInput;
}

/** An equal page is left as it is. */
async function writePage(run: RunContext, input: v1.TuneInput): Promise<{ json: TuneJson; report: string; bestFile: string }> {
  const at = (name: string): string => path.join(run.root, name);
  const [report, bestFile] = [at("tune.html"), at("tune.best.json")];
  const { renderTune, summarizeTune } = await import("@crossbill/report"); // charts are loaded when one is drawn
  const key = `${sha256Hex(Buffer.concat([Buffer.from(`${BUILD}\n`), encodeMessage(v1.TuneInput, input)]))}\n`;
  const keyFile = path.join(run.root, "tune", "page.key");
  const isThere = [report, bestFile, at("tune.json"), keyFile].every((file) => fs.existsSync(file));
  if (!run.fresh && isThere && Buffer.from(await readWhole(keyFile)).toString() === key) return { json: summarizeTune(input), report, bestFile };
  const { html, json } = await renderTune(input);
  await atomicWrite(at("tune.json"), Buffer.from(`${JSON.stringify(json, null, 1)}\n`));
  await atomicWrite(bestFile, Buffer.from(`${input.bestConfiguration}\n`));
  await atomicWrite(report, Buffer.from(html));
  await atomicWrite(keyFile, Buffer.from(key));
  return { json, report, bestFile };
}
