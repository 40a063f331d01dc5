export { type BenchOptions, benchLog } from "./bench-log.js";
export { CHOICE_HEADER, type ChoiceOptions, type ChoiceRow, choiceFloor, choiceLog, choiceRows } from "./choice-log.js";
export { CATEGORICAL_COLUMNS, CLICK_HEADER, NUMERIC_COLUMNS } from "./click-columns.js";
export { type ClickOptions, clickLog, dayFile, dayFileName, dayRows, rowsOfDay } from "./click-log.js";
export type { ClickRow } from "./click-row.js";
export { describeTruth, type Truth } from "./click-truth.js";
