import { adam, defineConfig, linear } from "crossbill";
import { digits } from "./data.mjs";

export default defineConfig({
  data: digits,
  model: linear({ head: "softmax", l2: 1e-5 }),
  train: { optimizer: adam({ learningRate: 0.002 }), epochs: 25, batchSize: 128 },
});
