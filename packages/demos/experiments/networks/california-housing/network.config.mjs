import { adam, deep, defineConfig, embedding } from "crossbill";
import { columns, data, grids, numbers } from "./columns.mjs";

const dimensions = [4, 6, 6, 6];
const initializer = { kind: "truncatedNormal", scale: 0.04 };

export default defineConfig({
  data,
  columns,
  model: deep({
    head: "squared",
    columns: [
      embedding("ocean", { dimension: 3, initializer }),
      ...grids.map((name, i) => embedding(name, { dimension: dimensions[i], initializer })),
      ...numbers,
    ],
    hidden: [100, 50],
    activation: "relu",
  }),
  train: {
    optimizer: adam({ learningRate: 0.002, schedule: { kind: "polynomial", steps: 6000, end: 0.0001 } }),
    epochs: 60,
    batchSize: 128,
    earlyStopping: { metric: "rmse", patience: 10 },
  },
});
