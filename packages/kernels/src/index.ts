export { Arena, type Room } from "./arena.js";
export type { KernelExports, MemoryKernels } from "./exports.js";
export { CODE_RECORD_BYTES, type CodeKernels, NO_CODE } from "./exports-codes.js";
export { CSV_DIALECT_BYTES, CSV_FLAGS, CSV_STATES, type CsvBytes, type CsvKernels, csvDialectBlock } from "./exports-csv.js";
export {
  ACTIVATIONS,
  type ActivationKernels,
  type BatchNormKernels,
  type DenseKernels,
  type DenseOptimizerKernels,
  type DropoutKernels,
  type NetworkKernels,
  PANEL_ROWS,
} from "./exports-dense.js";
export { ITEM_KINDS, ITEMS, type ItemKernels } from "./exports-items.js";
export { JSON_ERROR_TEXTS, JSON_ERRORS, JSON_FLAGS, JSON_MAX_DEPTH, JSON_NAMES, type JsonKernels } from "./exports-json.js";
export type { KeyKernels } from "./exports-keys.js";
export { LINE_STATES, type LineKernels, NO_COMMENT } from "./exports-lines.js";
export type { LogLossKernels } from "./exports-log-loss.js";
export type { MathKernels } from "./exports-math.js";
export { EXACT_SUMS, type MomentKernels, WHOLE_NUMBERS } from "./exports-moments.js";
export type { NarrowKernels } from "./exports-narrow.js";
export type { NeighbourKernels } from "./exports-neighbours.js";
export type { ClipKernels, FtrlKernels, GradientKernels, LazyKernels, OptimizerKernels } from "./exports-optimizers.js";
export { HYBRID_BYTES, PAGE_SLACK, type ParquetKernels } from "./exports-parquet.js";
export { PROFILE, type ProfileKernels } from "./exports-profile.js";
export type { RankingKernels } from "./exports-ranking.js";
export type { RowKernels } from "./exports-rows.js";
export { SPARSE_BATCH, SPARSE_ERROR_TEXTS, SPARSE_ERRORS, SPARSE_FLAGS, SPARSE_ROW_BYTES, type SparseKernels } from "./exports-sparse.js";
export type { EmbeddingKernels, FactorizedKernels, TableKernels, TablePanelKernels, TableSharedKernels, TableStepKernels } from "./exports-tables.js";
export { DICTIONARY, MISSING_TEXT, NUMBER_STATUS, type TextKernels } from "./exports-text.js";
export type { BlockKernels, ExactKernels, LinearKernels, TrainingKernels } from "./exports-training.js";
export { createKernelMemory, instantiateKernels, kernelModule, MAX_PAGES, PAGE_BYTES } from "./module.js";
export { NearestVectors, type Neighbours, type Similarity } from "./nearest-vectors.js";
export { hashedTextIds, textFingerprint, textFingerprintPrefix } from "./text-ids.js";
export { activateBackwardTwin, activateTwin, type TwinActivation } from "./twins/activations.js";
export { adagradUpdateTwin } from "./twins/adagrad.js";
export {
  type BatchStatistics,
  batchStatisticsTwin,
  batchSumsTwin,
  foldPanelsTwin,
  normalizeBackwardSumsTwin,
  normalizeBackwardTwin,
  normalizeTwin,
} from "./twins/batch-norm.js";
export { buildBlockTwin, buildCsrBlockTwin, type TwinBlock } from "./twins/block.js";
export { checksum } from "./twins/checksum.js";
export { groupOf, groupSquaresTwin, SQUARES_CHUNK } from "./twins/clip.js";
export { type CrossPart, crossKey, crossKeyParts } from "./twins/cross-keys.js";
export { type CsvRow, csvRowsTwin } from "./twins/csv.js";
export { denseBackwardInputsTwin, denseBackwardWeightsTwin, denseForwardTwin, type LayerShape } from "./twins/dense.js";
export {
  type DensePenalty,
  denseAdagradTwin,
  denseAdamTwin,
  denseMomentumTwin,
  denseRmspropTwin,
  denseSgdTwin,
  sumLanesTwin,
} from "./twins/dense-optimizers.js";
export { TextCounts } from "./twins/dictionary.js";
export { dropoutMaskTwin, type PanelPlace, randomSlopesTwin } from "./twins/dropout.js";
export {
  columnsAddTwin,
  columnsPickTwin,
  conjugateTwin,
  coordinateSweepTwin,
  matrixProductTwin,
  rowsDotTwin,
  rowsPairsTwin,
  softmaxScaleTwin,
  softmaxTermsTwin,
  type Terms,
  type TwinMatrix,
  termsTwin,
} from "./twins/exact.js";
export { columnsTwin, rowsTwin, type TwinColumns } from "./twins/exact-matrix.js";
export {
  dotTwin,
  type Factors,
  type FieldVectors,
  factorizedGradientTwin,
  factorizedTwin,
  fieldAwareGradientTwin,
  fieldAwareTwin,
  type Vectors,
} from "./twins/factorized.js";
export { crossedId, fingerprint64, fingerprintCat64, hashedId } from "./twins/fingerprint.js";
export { type FtrlTwinOptions, ftrlUpdateTwin, ftrlWeightTwin } from "./twins/ftrl.js";
export { type AdamTwinOptions, adamUpdateTwin, momentumUpdateTwin, rmspropUpdateTwin, sgdUpdateTwin } from "./twins/gradient-methods.js";
export { type Item, type ItemSplit, splitItems } from "./twins/items.js";
export { type JsonRow, jsonRowsTwin } from "./twins/json.js";
export { type LazyRule, lazyWeightTwin, METRICS, metricTwin } from "./twins/lazy.js";
export { libsvmRowTwin } from "./twins/libsvm.js";
export {
  blockDotTwin,
  type ClassResiduals,
  classResidualsTwin,
  denseAddTwin,
  denseGradientTwin,
  featureGradientsTwin,
  LOSS_CHUNK_ROWS,
  type OneHead,
  type Residuals,
  residualsTwin,
  sampledResidualsTwin,
  vectorResidualsTwin,
} from "./twins/linear.js";
export { type LineScan, lineRowsTwin, linesScanTwin } from "./twins/lines.js";
export { type CrossInput, combinePairs, crossPairs, type Pairs } from "./twins/lists.js";
export { rowLogLossTwin } from "./twins/log-loss.js";
export { exp, expm1, log, log1p, logit, sigmoid, softplus } from "./twins/math.js";
export { expm1NegativeF32, expNegativeF32, log1pUnitF32, tanhF32 } from "./twins/math-f32.js";
export { clipKept, exactSums } from "./twins/moments.js";
export { narrowed } from "./twins/narrow.js";
export { nearestTwin } from "./twins/neighbours.js";
export { normalQuantile } from "./twins/normal.js";
export { parseDecimal } from "./twins/number.js";
export { assignedCodes, hybridTwin, plainTextsTwin, snappyTwin, spread, tallies } from "./twins/parquet.js";
export { philox, philoxInto } from "./twins/philox.js";
export { fromOrderedBits, numberCells, orderedBits, textSample } from "./twins/profile.js";
export { countedScores, type RankingRecord, rankingRecords, sortedRecords } from "./twins/ranking.js";
export { gathered, validityBits } from "./twins/rows.js";
export type { SparseRow } from "./twins/sparse.js";
export {
  COMBINERS,
  limitNormTwin,
  poolTwin,
  TABLE_INITIALIZERS,
  type TableRule,
  tableFtrlWeightTwin,
  tableGradientTwin,
  tableInitTwin,
  tableUpdateTwin,
  tableWeightTwin,
  vectorWidth,
} from "./twins/tables.js";
export { vwRowTwin } from "./twins/vw.js";
export { xxh64Twin } from "./twins/xxh64.js";
