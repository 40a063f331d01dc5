export { type ChosenThreshold, chooseThreshold, chooseThresholdOf, type ThresholdCriterion, type ThresholdMetric } from "./choose-threshold.js";
export { type Confusion, confusionAt, confusionOf } from "./confusion.js";
export { type AucComparison, type AucInterval, aucInterval, compareAuc, type IntervalOptions } from "./delong.js";
export { averagePrecision, averagePrecisionOf, type PrecisionRecallCurve, precisionRecallCurve, precisionRecallCurveOf } from "./precision-recall.js";
export { type Ranking, rankRows } from "./ranking.js";
export { DEFAULT_CAPACITY, RankingAccumulator, type RankingValue } from "./ranking-accumulator.js";
export { type RocCurve, rocAuc, rocAucOf, rocCurve, rocCurveOf } from "./roc.js";
