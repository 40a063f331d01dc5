export {
  type BootstrapComparison,
  type BootstrapInterval,
  type BootstrapOptions,
  bootstrapComparison,
  bootstrapInterval,
  type RankingMetric,
} from "./bootstrap.js";
export { type ChosenThreshold, chooseThreshold, chooseThresholdOf } from "./choose-threshold.js";
export type { ClassScores } from "./class-rows.js";
export { type Confusion, confusionAt, confusionOf } from "./confusion.js";
export {
  type ClassCounts,
  type ClassMeasures,
  type ConfusionMatrix,
  type ConfusionMatrixOptions,
  confusionMatrix,
} from "./confusion-matrix.js";
export {
  ConfusionMatrixAccumulator,
  type ConfusionMatrixAccumulatorOptions,
  type ConfusionMatrixValue,
} from "./confusion-matrix-accumulator.js";
export { aucInterval, compareAuc } from "./delong.js";
export { DelongAccumulator, type DelongValue } from "./delong-accumulator.js";
export type { AucComparison, AucInterval, IntervalOptions } from "./delong-intervals.js";
export { type DetCurve, type DetOptions, detCurve, detCurveOf } from "./det.js";
export { type GainCurve, gainCurve, gainCurveOf, type LiftCurve, liftCurve, liftCurveOf } from "./gain.js";
export type { RankingGain } from "./group-measures.js";
export { type GroupedRowsOptions, meanAveragePrecision, meanReciprocalRank, ndcg, precisionAt, recallAt } from "./group-ranking.js";
export { GroupRankingAccumulator, type GroupRankingOptions, type GroupRankingValue } from "./group-ranking-accumulator.js";
export { classAucs, handTill, type MultiClassAucOptions, multiClassAuc } from "./multi-class-auc.js";
export { type PartialRocAuc, type PartialRocAucOptions, partialRocAuc, partialRocAucOf } from "./partial-roc.js";
export { averagePrecision, averagePrecisionOf, type PrecisionRecallCurve, precisionRecallCurve, precisionRecallCurveOf } from "./precision-recall.js";
export {
  type PrecisionRecallGainCurve,
  precisionRecallGainArea,
  precisionRecallGainAreaOf,
  precisionRecallGainCurve,
  precisionRecallGainCurveOf,
} from "./precision-recall-gain.js";
export type { GroupKey } from "./ranked-groups.js";
export { type Ranking, rankRows } from "./ranking.js";
export { DEFAULT_CAPACITY, RankingAccumulator, type RankingValue } from "./ranking-accumulator.js";
export { type RocCurve, rocAuc, rocAucOf, rocCurve, rocCurveOf } from "./roc.js";
export type { OutcomeCosts, ThresholdCriterion, ThresholdMetric } from "./threshold-criteria.js";
export { predictedClasses, type TopKOptions, type TopTies, topKAccuracy } from "./top-classes.js";
