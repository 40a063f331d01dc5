import { defineConfig, exact, linear, vocabulary } from "crossbill";
import { ratings } from "./data.mjs";

/** Biases alone. */
export default defineConfig({
  data: { ...ratings, label: "rating" },
  columns: { user: vocabulary("userId"), film: vocabulary("movieId") },
  model: linear({ head: "squared", l2: 5e-5 }),
  train: { optimizer: exact() },
});
