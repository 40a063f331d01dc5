import { decodeMessage, encodeMessage, HEAD_NAMES, v1 } from "@crossbill/messages";
import { canPause, metricsOf } from "@crossbill/trainer";
import { type CompiledConfig, compileConfig } from "../config/compile.js";
import { checkConfig, configProblems, type LoadedConfig } from "../config/load.js";
import { withTowerInputs } from "../config/network-columns.js";
import { throwProblems } from "../config/problems.js";
import type { ColumnConfig, Config } from "../config/schema.js";
import { type TuneConfig, type TuneMetric, type TuneSearch, tuneSchema } from "../config/tune-schema.js";
import { defaultParameters } from "./default-space.js";
import { planHalving, type Rung } from "./halving.js";
import { type Setting, withSettings } from "./parameter-path.js";
import { drawPoints, gridOf, gridSize, type Point } from "./points.js";
import { type Dimension, isList, spaceOf } from "./space.js";

/** A configuration to train. */
export interface PlannedTrial {
  /** From 1, in the order of the search. */
  readonly number: number;
  readonly settings: readonly Setting[];
  /** With these values in place, checked. */
  readonly config: Config;
  readonly compiled: CompiledConfig;
  /** What this is the first epochs of; absent: of nothing. */
  readonly whole?: CompiledConfig;
  /** This search has trained some of its epochs already. */
  readonly goesOn?: boolean;
}

/** What is in force without a parameter set. */
export interface TuneBase {
  readonly loaded: LoadedConfig;
  readonly columns: Record<string, ColumnConfig>;
  readonly compiled: CompiledConfig;
}

/** What a search will do; depends on the configuration, the columns that the data chose, and the overrides alone. */
export interface TunePlan extends TuneBase {
  /** In force without a parameter set, with the columns and the seed. */
  readonly config: Config;
  readonly search: TuneSearch;
  readonly metric: TuneMetric;
  readonly seed: number;
  readonly parallel: number | undefined;
  /** As configured, or the default. */
  readonly parameters: TuneConfig["parameters"];
  /** Whether the configuration names no parameters. */
  readonly byDefault: boolean;
  readonly space: readonly Dimension[];
  readonly trials: readonly PlannedTrial[];
  /** Of halving; else one, of all trials. */
  readonly rungs: readonly Rung[];
  /** Of the search `path`; else null. */
  readonly path: { readonly lambdas: number; readonly ratio: number } | null;
}

export interface TuneOverrides {
  readonly search?: TuneSearch | undefined;
  readonly trials?: number | undefined;
  readonly parallel?: number | undefined;
  readonly seed?: number | undefined;
}

/** The parameter of a path. */
const L1 = { path: "model.l1", keys: ["model", "l1"], values: [] } as const;
/** A grid of more is a mistake, or takes weeks. */
const MOST_TRIALS = 10_000;
const SHOWN_PROBLEMS = 20;

/** Heads whose loss is nothing like another's. */
const OWN_LOSSES: ReadonlySet<string> = new Set(["squared", "poisson", "multiLabel"]);

/** What a validation part has of a head. */
function metricsFor(head: v1.Head): readonly TuneMetric[] {
  return head === v1.Head.ONE_VS_ONE ? metricsOf(v1.Head.SOFTMAX) : metricsOf(head);
}

/**
 * The trials of a search, every one checked and compiled as any configuration.
 * @param state what was fitted of the columns, where that is known: dimensions of embeddings are searched by default, then
 * @throws E_CONFIG (exit code 2) naming every problem
 */
export function planTune({ loaded, columns, compiled }: TuneBase, overrides: TuneOverrides, state: v1.FeatureState | null = null): TunePlan {
  const base = { loaded, columns, compiled };
  const model = withTowerInputs(loaded.config.model, columns);
  const config: Config = { ...loaded.config, columns, model, train: { ...loaded.config.train, seed: compiled.train.seed } };
  const tune = config.tune ?? tuneSchema.parse({});
  const exact = config.train.optimizer.kind === "exact";
  const given = tune.parameters;
  const search = overrides.search ?? tune.search ?? searchFor(given, exact);
  const common = { metric: tune.metric, seed: overrides.seed ?? tune.seed, parallel: overrides.parallel ?? tune.parallel, byDefault: given === undefined };
  const problems: string[] = [];
  if (search === "path") {
    if (given !== undefined) problems.push("tune.parameters: the search path is over model.l1 alone; leave parameters out, or take grid or random");
    if (!exact)
      problems.push(`tune.search: path is the exact optimiser's; train.optimizer is ${config.train.optimizer.kind}: take exact, or grid, random or halving`);
    const path = { ...tune.path, lambdas: overrides.trials ?? tune.path.lambdas };
    if (path.lambdas < 2) problems.push("tune.path.lambdas: a path has two values of model.l1 at least");
    throwProblems(loaded.path, [...problems, ...metricProblems(tune.metric, [compiled.model.head])], SHOWN_PROBLEMS);
    return { ...common, ...base, config, search, parameters: undefined, space: [L1], trials: [], rungs: [], path };
  }
  const parameters = given ?? defaultParameters(config, state);
  const { space, problems: wrong } = spaceOf(config, parameters, configProblems);
  if (space.some(({ path }) => path === "train.recalibrate"))
    wrong.push("tune.parameters.train.recalibrate: trials are compared by what training measures, before a recalibration; leave it out");
  throwProblems(loaded.path, wrong, SHOWN_PROBLEMS);
  const size = gridSize(space);
  if (search === "grid" && size > MOST_TRIALS)
    throwProblems(loaded.path, [`tune.parameters: a grid of ${size} trials, at most ${MOST_TRIALS}; take fewer values, or the search random or halving`]);
  const points = search === "grid" ? gridOf(space) : drawPoints(space, common.seed, overrides.trials ?? tune.trials);
  const { trials, problems: refused } = compileTrials(loaded, config, space, points, compiled);
  const rungs = search === "halving" ? planHalving(trials.length, config.train.epochs, tune.halving.factor) : [{ trials: trials.length, epochs: 0 }];
  problems.push(
    ...refused,
    ...metricProblems(
      tune.metric,
      trials.map(({ compiled: { model } }) => model.head),
    ),
  );
  if (search === "halving") problems.push(...halvingProblems(config, trials, space, rungs, tune.halving.factor));
  throwProblems(loaded.path, problems, SHOWN_PROBLEMS);
  return { ...common, ...base, config, search, parameters, space, trials, rungs, path: null };
}

function searchFor(parameters: TuneConfig["parameters"], exact: boolean): TuneSearch {
  if (parameters === undefined) return exact ? "path" : "random";
  return Object.values(parameters).every(Array.isArray) ? "grid" : "random";
}

function compileTrials(
  loaded: LoadedConfig,
  config: Config,
  space: readonly Dimension[],
  points: readonly Point[],
  { files }: CompiledConfig,
): { trials: PlannedTrial[]; problems: string[] } {
  const problems = new Set<string>();
  const trials: PlannedTrial[] = [];
  for (const [i, point] of points.entries()) {
    const settings = space.map(({ path, keys }, d) => ({ path, keys, value: point[d]! }));
    const set = withSettings(config, settings);
    const found = typeof set === "string" ? [set] : configProblems(set.raw);
    for (const problem of found) problems.add(`tune.parameters: with ${told(settings)}: ${problem}`);
    if (found.length === 0) trials.push(compileTrial(loaded, config, i + 1, settings, files));
  }
  return { trials, problems: [...problems] };
}

/** Trial `number` of a path. */
export function withL1({ loaded, config, compiled }: TunePlan, number: number, l1: number): PlannedTrial {
  return compileTrial(loaded, config, number, [{ ...L1, value: l1 }], compiled.files);
}

/** A trial whose settings have no problem. */
function compileTrial(loaded: LoadedConfig, config: Config, number: number, settings: readonly Setting[], files: CompiledConfig["files"]): PlannedTrial {
  const set = withSettings(config, settings) as { readonly raw: object };
  const checked = checkConfig(set.raw, loaded.path);
  return { number, settings, config: checked, compiled: compileConfig({ ...loaded, config: checked }, checked.columns ?? {}, { files }) };
}

/** The trial, trained for so many epochs at most; where training can pause, as the beginning of its whole training. @param goesOn some of them are done */
export function withEpochs(trial: PlannedTrial, epochs: number, goesOn: boolean): PlannedTrial {
  const { compiled } = trial;
  const train = decodeMessage(v1.TrainSpec, encodeMessage(v1.TrainSpec, compiled.train), "train");
  train.epochs = epochs;
  return { ...trial, compiled: { ...compiled, train }, ...(canPause(compiled.train) ? { whole: compiled, goesOn } : {}) };
}

/** "model.l1 = 0.001, train.batchSize = 64" */
export function told(settings: readonly Setting[]): string {
  return settings.map(({ path, value }) => `${path} = ${JSON.stringify(value)}`).join(", ");
}

function halvingProblems(config: Config, trials: readonly PlannedTrial[], space: readonly Dimension[], rungs: readonly Rung[], factor: number): string[] {
  const problems: string[] = [];
  if (space.some(({ path }) => path === "train.epochs" || path === "train"))
    problems.push("tune.parameters.train.epochs: halving sets the epochs itself; leave it out, or take grid or random");
  if (trials.some(({ compiled }) => compiled.train.optimizer?.exact != null))
    problems.push("tune.search: halving gives trials more and more epochs, and the exact optimiser has none; take grid or random");
  else if (rungs.length === 1 && trials.length > 0)
    problems.push(
      `tune.search: with ${trials.length} trials of ${config.train.epochs} epochs and factor ${factor} there is nothing to halve; take more of them, or random`,
    );
  return problems;
}

function metricProblems(metric: TuneMetric, heads: readonly v1.Head[]): string[] {
  const different = [...new Set(heads)];
  const names = different.map((head) => HEAD_NAMES[head]);
  const problems = different
    .filter((head) => !metricsFor(head).includes(metric))
    .map((head) => `tune.metric: ${metric} is not defined for the head ${HEAD_NAMES[head]}; allowed are ${metricsFor(head).join(", ")}`);
  const apart = names.filter((name) => OWN_LOSSES.has(name));
  if (apart.length > 0 && names.length > 1) problems.push(`tune.parameters: the heads ${names.join(", ")} have losses that cannot be compared`);
  return problems;
}

/** Whether a dimension is drawn on a logarithmic axis. */
export function isLog(dimension: Dimension): boolean {
  if (!isList(dimension)) return dimension.scale === "log";
  const numbers = dimension.values.filter((value): value is number => typeof value === "number");
  return numbers.length === dimension.values.length && Math.min(...numbers) > 0 && Math.max(...numbers) >= 30 * Math.min(...numbers);
}
