/** Names of the files of a model's folder, and the kind of the sealed one. */
export const MODEL_FILE = "model.pb";
export const WEIGHTS_FILE = "weights.arrow";
export const MODEL_KIND = "model";
/** Version of the model folder's format that this release writes; newer ones are refused. */
export const MODEL_FORMAT = 1;
