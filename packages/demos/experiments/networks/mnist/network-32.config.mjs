import { adam, deep, defineConfig, embedding } from "crossbill";
import { digits } from "./data.mjs";

export default defineConfig({
  data: digits,
  model: deep({
    head: "softmax",
    columns: [embedding("features", { dimension: 32, combiner: "sum", initializer: { kind: "truncatedNormal", scale: 0.02 } })],
    hidden: [64, 32],
    activation: "relu",
  }),
  train: { optimizer: adam({ learningRate: 0.002 }), epochs: 25, batchSize: 128 },
});
