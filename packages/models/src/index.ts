export type { Row } from "@crossbill/columns";
export { numericMissing, numericTransform } from "@crossbill/columns";
export type { CategoricalColumn, EncodedRowPairs, EncodedRows, LiveColumn, NumericColumn } from "./live-column.js";
export { loadModel } from "./load-model.js";
export { type Contribution, type Explanation, Model, type ModelInfo, type RowScore } from "./model.js";
export { MODEL_FILE, MODEL_FORMAT, WEIGHTS_FILE } from "./model-files.js";
export { type PlacedColumn, type Placement, placeColumns } from "./placement.js";
export { type ModelContent, type SavedModel, saveModel } from "./save-model.js";
export { strongestWeights, type WeightsSummary } from "./strongest-weights.js";
