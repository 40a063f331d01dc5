import { adagrad, defineConfig, embedding, twoTower, vocabulary } from "crossbill";
import { likes } from "./data.mjs";

export default defineConfig({
  data: likes,
  columns: { user: vocabulary("userId"), film: vocabulary("movieId") },
  model: twoTower({ head: "logistic", user: [embedding("user", { dimension: 8, l2: 4e-5 })], item: [embedding("film", { dimension: 8, l2: 4e-5 })] }),
  train: { optimizer: adagrad({ learningRate: 0.05 }), epochs: 60, batchSize: 512, earlyStopping: { metric: "logLoss", patience: 4 } },
});
