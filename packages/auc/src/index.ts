export { type ChosenThreshold, chooseThreshold, chooseThresholdOf, type ThresholdCriterion, type ThresholdMetric } from "./choose-threshold.js";
export { type Confusion, confusionAt, confusionOf } from "./confusion.js";
export { aucInterval, compareAuc } from "./delong.js";
export { DelongAccumulator, type DelongValue } from "./delong-accumulator.js";
export type { AucComparison, AucInterval, IntervalOptions } from "./delong-intervals.js";
export { averagePrecision, averagePrecisionOf, type PrecisionRecallCurve, precisionRecallCurve, precisionRecallCurveOf } from "./precision-recall.js";
export { type Ranking, rankRows } from "./ranking.js";
export { DEFAULT_CAPACITY, RankingAccumulator, type RankingValue } from "./ranking-accumulator.js";
export { type RocCurve, rocAuc, rocAucOf, rocCurve, rocCurveOf } from "./roc.js";
