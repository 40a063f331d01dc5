export { type AblatedColumn, type AblatedModel, type AblateOptions, type AblateSummary, ablate } from "./ablate/ablate.js";
export { BUILD } from "./build.js";
export { candidatePath, readCandidate } from "./candidate.js";
export { type CommandOptions, runCommand, type StepCommand } from "./commands.js";
export type { ComparisonSummary, DifferenceSummary, SliceDifference } from "./comparison-summary.js";
export {
  adagrad,
  adam,
  bucketized,
  crossed,
  deep,
  defineConfig,
  embedding,
  exact,
  factorized,
  ftrl,
  hashed,
  history,
  identity,
  linear,
  momentum,
  numeric,
  product,
  rmsprop,
  sgd,
  twoTower,
  vocabulary,
  wideAndDeep,
} from "./config/build.js";
export { type CompiledConfig, compileConfig, inputFormat } from "./config/compile.js";
export { withDetectedDialect } from "./config/detected.js";
export { expandPaths } from "./config/glob.js";
export { chooseColumns } from "./config/infer.js";
export { checkConfig, type LoadedConfig, loadConfig } from "./config/load.js";
export { expandRemote } from "./config/remote-paths.js";
export type { ColumnConfig, Config, ConfigInput } from "./config/schema.js";
export { TUNE_SEARCHES, type TuneSearch } from "./config/tune-schema.js";
export { type RunContext, type RunOptions, type StepName, type StepProgress, spoolOf, withRun, workFolder } from "./context.js";
export { decideGate, type GateDecision } from "./gate.js";
export { type InitOptions, initConfig } from "./init/init.js";
export type { InitPlan } from "./init/plan-init.js";
export { inspectCollisions } from "./inspect-collisions.js";
export { baselineOf, resolveModel } from "./model-ref.js";
export type { MultiClassSummary } from "./multi-class-summary.js";
export { type ReadRows, type RowFiles, readRows } from "./recommend/read-rows.js";
export { type RecommendedFile, type RecommendFileOptions, recommendFile } from "./recommend/recommend-file.js";
export { recommendFor, type UserRecommendations } from "./recommend/recommend-for.js";
export type { NamedModel } from "./steps/evaluate-step.js";
export type { CertificateSummary, DataCheckSummary, ModelSummary, RunSummary, TrainSummary } from "./summary.js";
export { checkSummaries, outlierRows, partRows } from "./summary.js";
export type { BiasSummary, SliceSummary, TestSummary } from "./test-summary.js";
export { type TuneOptions, type TuneSummary, tune } from "./tune/tune.js";
