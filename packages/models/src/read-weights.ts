import path from "node:path";
import { CrossbillError } from "@crossbill/messages";
import { readWhole, sha256Hex } from "@crossbill/storage";
import type { Model } from "./model.js";
import { WEIGHTS_FILE } from "./model-files.js";
import type { ColumnWeights } from "./weights-file.js";

/** The non-zero weights of a model, read again from its folder. @throws E_CORRUPT when the file was changed since the model was loaded; E_NOT_FOUND */
export async function readWeights(model: Model): Promise<ColumnWeights[]> {
  const { decodeWeights } = await import("./weights-file.js");
  const file = path.join(model.path, WEIGHTS_FILE);
  const bytes = await readWhole(file);
  if (sha256Hex(bytes) !== model.weightsSha256)
    throw new CrossbillError("E_CORRUPT", `${file}: was changed since the model was loaded; run the same command again`, { details: { path: file } });
  return decodeWeights(bytes, file, model.classes.length === 0 ? 0 : model.intercepts.length);
}
