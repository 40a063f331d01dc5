import { defineConfig, exact, linear, vocabulary } from "crossbill";
import { likes } from "./data.mjs";

export default defineConfig({
  data: likes,
  columns: { user: vocabulary("userId"), film: vocabulary("movieId") },
  model: linear({ head: "logistic", l2: 6.25e-6 }),
  train: { optimizer: exact() },
});
