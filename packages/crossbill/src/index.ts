export { adagrad, bucketized, crossed, defineConfig, ftrl, hashed, identity, linear, numeric, vocabulary } from "@crossbill/pipeline";
export type { Config, ConfigInput, RunOptions, RunSummary } from "@crossbill/pipeline";
export { runCommand } from "@crossbill/pipeline";
export { CrossbillError } from "@crossbill/messages";
export { loadModel, type Model } from "@crossbill/models";
