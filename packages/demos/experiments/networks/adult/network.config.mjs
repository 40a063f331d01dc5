import { adagrad, defineConfig, embedding, ftrl, wideAndDeep } from "crossbill";
import { categories, columns, data, numbers } from "./columns.mjs";

const initializer = { kind: "truncatedNormal", scale: 0.05 };
const dimension = { sex: 2, race: 2, educationOccupation: 8 };

export default defineConfig({
  data,
  columns,
  model: wideAndDeep({
    head: "logistic",
    wide: categories,
    deep: [...categories.map((name) => embedding(name, { dimension: dimension[name] ?? 4, initializer })), ...numbers],
    hidden: [64, 32],
    activation: "relu",
    dropout: 0.4,
  }),
  train: {
    optimizer: adagrad({ learningRate: 0.02 }),
    linearOptimizer: ftrl({ alpha: 0.05, l1: 0.1, l2: 0.5 }),
    epochs: 40,
    batchSize: 256,
    earlyStopping: { metric: "logLoss", patience: 6 },
  },
});
