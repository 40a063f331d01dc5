import { adagrad, deep, defineConfig, embedding } from "crossbill";
import { categorical, columns, data, numbers } from "./columns.mjs";

const initializer = { kind: "truncatedNormal", scale: 0.05 };
const dimension = { company: 6, pickupArea: 6, dropoffArea: 6, paymentCompany: 6, dayHour: 6, payment: 3, day: 3, month: 3 };

export default defineConfig({
  data,
  columns,
  model: deep({
    head: "logistic",
    columns: [...Object.keys(categorical).map((name) => embedding(name, { dimension: dimension[name] ?? 4, initializer })), ...numbers],
    hidden: [64, 32],
    activation: "relu",
    dropout: 0.2,
  }),
  train: { optimizer: adagrad({ learningRate: 0.02 }), epochs: 40, batchSize: 128, earlyStopping: { metric: "logLoss", patience: 6 } },
});
