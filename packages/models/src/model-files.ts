/** Names of the files of a model's folder, and the kind of the sealed one. */
export const MODEL_FILE = "model.pb";
export const WEIGHTS_FILE = "weights.arrow";
/** Only of a model with a network. */
export const NETWORK_FILE = "network.arrow";
export const MODEL_KIND = "model";
/** Versions of the model folder's format: of one prediction, of several classes, with 16-bit weights or a pruned vocabulary, with a recalibration, and with a network. Newer ones than MODEL_FORMAT are refused. */
export const BINARY_FORMAT = 1;
export const CLASSES_FORMAT = 2;
export const COMPACT_FORMAT = 3;
export const RECALIBRATED_FORMAT = 4;
export const NETWORK_FORMAT = 5;
export const MODEL_FORMAT = 5;
