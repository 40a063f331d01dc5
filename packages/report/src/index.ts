export type {
  JsonBias,
  JsonBin,
  JsonComparison,
  JsonDifference,
  JsonGate,
  JsonHistogram,
  JsonSlice,
  JsonSliceKey,
  JsonTest,
  JsonTrain,
  Num,
  ReportJson,
} from "./json.js";
export { renderReport } from "./render.js";
export { summarize } from "./summary.js";
