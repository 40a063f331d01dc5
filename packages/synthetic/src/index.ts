export {
  APARTMENT_HEADER,
  APARTMENT_NOISE,
  type ApartmentOptions,
  type ApartmentRow,
  apartmentLog,
  apartmentRows,
  apartmentWords,
} from "./apartment-log.js";
export { type BenchOptions, benchLog } from "./bench-log.js";
export { CHOICE_HEADER, type ChoiceOptions, type ChoiceRow, choiceFloor, choiceLog, choiceRows } from "./choice-log.js";
export { CATEGORICAL_COLUMNS, CLICK_HEADER, NUMERIC_COLUMNS } from "./click-columns.js";
export { type ClickOptions, clickLog, dayFile, dayFileName, dayRows, rowsOfDay } from "./click-log.js";
export type { ClickRow } from "./click-row.js";
export { describeTruth, type Truth } from "./click-truth.js";
export { PLANE_SHAPES, type PlaneOptions, type PlanePoint, type PlaneShape, planeLog, planePoints } from "./plane-log.js";
export { type City, DAYS, dayHourFactors, TRAFFIC_HEADER, type TrafficOptions, type TrafficRow, trafficLog, trafficRows } from "./traffic-log.js";
