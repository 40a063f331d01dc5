import { defineConfig, ftrl, linear } from "crossbill";
import { columns, data } from "./columns.mjs";

export default defineConfig({
  data,
  columns,
  model: linear({ head: "logistic" }),
  train: { optimizer: ftrl({ alpha: 0.05, l1: 0.1, l2: 0.5 }), epochs: 60, batchSize: 256, earlyStopping: { metric: "logLoss", patience: 5 } },
});
