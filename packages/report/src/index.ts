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
export { renderTune } from "./render-tune.js";
export { summarizeTune } from "./summarize-tune.js";
export { summarize } from "./summary.js";
export { REPORT_TABLES, type ReportTableName, reportTables } from "./tables.js";
export { eventFile } from "./tensorboard/event-file.js";
export type { TuneChoiceJson, TuneJson, TuneTrialJson } from "./tune-json.js";
