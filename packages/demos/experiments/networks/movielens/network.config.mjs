import { adagrad, defineConfig, embedding, twoTower, vocabulary } from "crossbill";
import { ratings } from "./data.mjs";

export default defineConfig({
  data: { ...ratings, label: "rating" },
  columns: { user: vocabulary("userId"), film: vocabulary("movieId") },
  model: twoTower({ head: "squared", user: [embedding("user", { dimension: 16, l2: 1e-4 })], item: [embedding("film", { dimension: 16, l2: 1e-4 })] }),
  train: { optimizer: adagrad({ learningRate: 0.05 }), epochs: 30, batchSize: 512, earlyStopping: { metric: "rmse", patience: 4 } },
});
