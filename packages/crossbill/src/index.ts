export { CrossbillError } from "@crossbill/messages";
export { loadModel, type Model } from "@crossbill/models";
export type { Config, ConfigInput, RunOptions, RunSummary } from "@crossbill/pipeline";
export {
  adagrad,
  bucketized,
  crossed,
  defineConfig,
  exact,
  ftrl,
  hashed,
  history,
  identity,
  linear,
  numeric,
  product,
  runCommand,
  vocabulary,
} from "@crossbill/pipeline";
