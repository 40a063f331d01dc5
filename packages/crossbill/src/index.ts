export { CrossbillError } from "@crossbill/messages";
export { loadModel, type Model } from "@crossbill/models";
export type { Config, ConfigInput, RunOptions, RunSummary, TuneOptions, TuneSummary } from "@crossbill/pipeline";
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
  runCommand,
  sgd,
  tune,
  twoTower,
  vocabulary,
  wideAndDeep,
} from "@crossbill/pipeline";
