import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import type { Num } from "./json.js";
import type { TuneChoiceJson, TuneJson, TuneMetricName, TuneTrialJson } from "./tune-json.js";

const num = (x: number): Num => (Number.isFinite(x) ? x : null);

function parametersOf(paths: readonly string[], values: readonly string[]): TuneTrialJson["parameters"] {
  const parameters: TuneTrialJson["parameters"] = Object.create(null) as TuneTrialJson["parameters"];
  for (const [i, path] of paths.entries()) parameters[path] = JSON.parse(values[i] ?? "null");
  return parameters;
}

function trial(t: v1.TuneTrial, paths: readonly string[]): TuneTrialJson {
  const r = v1.TrialResult.create(t.result ?? {}) as v1.TrialResult;
  const failed = r.errorCode !== "";
  const of = (x: number): Num => (failed ? null : num(x));
  return {
    trial: t.number,
    parameters: parametersOf(paths, t.values),
    loss: of(r.loss),
    lossStandardError: of(r.lossStandardError),
    logLoss: of(r.logLoss),
    rmse: of(r.rmse),
    auc: of(r.auc),
    averagePrecision: of(r.averagePrecision),
    brier: of(r.brier),
    accuracy: of(r.accuracy),
    macroAuc: of(r.macroAuc),
    deviance: of(r.deviance),
    bias: of(r.bias),
    calibrationSlope: of(r.calibrationSlope),
    objective: of(r.objective),
    difference: of(t.difference),
    differenceStandardError: of(t.differenceStandardError),
    nonZero: of(r.nonZero),
    weights: of(r.weights),
    bytes: of(r.bytes),
    epochs: r.epochs,
    rung: t.rung,
    rows: r.rows,
    modelSha256: r.modelSha256,
    error: failed ? { code: r.errorCode, message: r.errorMessage } : null,
  };
}

const HIGHER: ReadonlySet<TuneMetricName> = new Set(["auc", "averagePrecision", "accuracy", "macroAuc"]);

function bestFirst(trials: readonly TuneTrialJson[], metric: TuneMetricName): number[] {
  const sign = HIGHER.has(metric) ? -1 : 1;
  const failed = (t: TuneTrialJson): number => (t[metric] === null ? 1 : 0);
  const order = (s: TuneTrialJson, t: TuneTrialJson): number =>
    failed(s) - failed(t) || t.rung - s.rung || sign * ((s[metric] ?? 0) - (t[metric] ?? 0)) || s.trial - t.trial;
  return [...trials].sort(order).map((t) => t.trial);
}

/** What `tune.json` holds, and all the page is drawn from. Pure. */
export function summarizeTune(input: v1.ITuneInput): TuneJson {
  const r = decodeMessage(v1.TuneInput, encodeMessage(v1.TuneInput, input), "tune input");
  const paths = r.parameters.map(({ path }) => path);
  const trials = r.trials.map((t) => trial(t, paths));
  const choice = (number: number, configuration: string): TuneChoiceJson => {
    const chosen = trials.find((t) => t.trial === number) ?? trials[0]!;
    return { ...chosen, configuration: JSON.parse(configuration === "" ? "{}" : configuration) as TuneChoiceJson["configuration"] };
  };
  return {
    formatVersion: 1,
    title: r.title,
    search: r.search,
    metric: r.metric as TuneMetricName,
    head: r.head,
    seed: r.seed,
    rows: { train: r.trainRows, validation: r.validationRows },
    parameters: r.parameters.map(({ path, values, log }) => ({ path, values: JSON.parse(values), log })),
    rungs: r.rungs.map(({ trials: of, epochs }) => ({ trials: of, epochs })),
    trials,
    bestFirst: bestFirst(trials, r.metric as TuneMetricName),
    best: choice(r.best, r.bestConfiguration),
    oneStandardError: r.sparsest === 0 ? null : { ...choice(r.sparsest, r.sparsestConfiguration), limit: num(r.limit) },
  };
}
