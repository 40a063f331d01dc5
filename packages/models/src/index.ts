export type { Row } from "@crossbill/columns";
export { numericIndicators, numericInputs, numericMissing, numericTransform } from "@crossbill/columns";
export type { EmbedPart } from "./embeddings/embed-row.js";
export { type Embedding, embeddingOf, vectorOf } from "./embeddings/embedding-of.js";
export { Examples, type NearExample } from "./embeddings/examples.js";
export { type Clustering, clusters, kMeans } from "./embeddings/k-means.js";
export { METRICS as SIMILARITIES, type Neighbour, type NeighbourOptions, neighbours } from "./embeddings/neighbours.js";
export { itemFields, type Recommendation, Recommender, type RecommenderOptions, recommend, recommender, userRow } from "./embeddings/recommend.js";
export { silhouette } from "./embeddings/silhouette.js";
export type { EmbeddingTable } from "./export/embedding-file.js";
export { EXPORT_FORMATS, type ExportFormat, type ExportOptions, exportModel } from "./export/export-model.js";
export { importEmbedding } from "./export/import-embedding.js";
export { type ProjectorTensor, writeProjector } from "./export/projector.js";
export { type ClassResponse, classPairs, classResponse, outputNames, outputSigns, outputsOf } from "./heads.js";
export type { CategoricalColumn, EncodedRowPairs, EncodedRows, LiveColumn, NumericColumn } from "./live-column.js";
export { loadModel } from "./load-model.js";
export { type FeatureMap, mapFeatures, NO_FEATURE } from "./map-features.js";
export { type ClassPrediction, type Contribution, type Explanation, Model, type ModelInfo, type Prediction, type RowScore } from "./model.js";
export { MODEL_FILE, MODEL_FORMAT, NETWORK_FILE, WEIGHTS_FILE } from "./model-files.js";
export {
  BATCH_NORM_MOMENTUM,
  DENSE_ENGINES,
  type DenseEngine,
  type DenseEngineModule,
  type DenseEngineName,
  type TowerBatch,
  type TowerNumbers,
  type TowerPass,
} from "./network/engine.js";
export { forwardTwin, type TwinRow } from "./network/forward-twin.js";
export { initialDense, initialRunning } from "./network/initial-dense.js";
export { mapNetwork, type NetworkMap, type NetworkMatch, type TableMap } from "./network/map-network.js";
export type { ModelKind, NetworkInfo } from "./network/network-info.js";
export {
  type ActivationPlan,
  BATCH_NORM_EPSILON,
  type EmbeddingInputPlan,
  type FactorizedPlan,
  type InitializerPlan,
  type InputPlan,
  inputColumns,
  type LayerPlan,
  meanSlope,
  type NetworkKind,
  type NetworkPlan,
  type NetworkWeights,
  type NumericInputPlan,
  type TablePlan,
  type TableWeights,
  type TowerPlan,
} from "./network/network-plan.js";
export { type DensePart, denseParts } from "./network/network-tensors.js";
export { fromPanels, lanesOf, toPanels } from "./network/panels.js";
export { autoDimension, planNetwork } from "./network/plan.js";
export { activationTwin, type TwinNumbers, towerTwin } from "./network/tower-twin.js";
export { wasmEngine } from "./network/wasm-engine.js";
export { type PlacedColumn, type Placement, placeColumns } from "./placement.js";
export { readWeights } from "./read-weights.js";
export { canRecalibrate } from "./recalibrate.js";
export { type ModelContent, type SavedModel, saveModel } from "./save-model.js";
export { largest, softmax } from "./softmax.js";
export { strongestWeights, type WeightsSummary } from "./strongest-weights.js";
export { normsOf, type WeightNorms, weightNorms } from "./weight-norms.js";
