import { defineConfig, exact, linear } from "crossbill";
import { columns, data, grids, numbers } from "./columns.mjs";

/** With the crossed coordinates of two sizes and a penalty: what a linear model can do. */
export default defineConfig({
  data,
  columns,
  model: linear({ head: "squared", l2: 1e-4, columns: [...numbers, "ocean", ...grids] }),
  train: { optimizer: exact() },
});
