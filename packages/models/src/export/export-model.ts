import { CrossbillError } from "@crossbill/messages";
import { atomicWrite, type Written } from "@crossbill/storage";
import { embeddingOf } from "../embeddings/embedding-of.js";
import { outputNames } from "../heads.js";
import type { Model } from "../model.js";
import { readWeights } from "../read-weights.js";
import { linesOf, tsvLines } from "./tsv.js";
import { weightRows } from "./weight-rows.js";

export const EXPORT_FORMATS = ["onnx", "arrow", "tsv", "tensorboard", "int8"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportOptions {
  /** `arrow` and `tsv`: the embedding of this column instead of weights. */
  readonly column?: string | undefined;
}

/**
 * Writes a model for other tools: `onnx` (a graph over encoded rows, see `encodeOnnx`), `arrow` or `tsv` (intercepts and weights other than 0 of its linear part, or of a column its embedding), `int8` (the layers of a network in 8 bits, see `encodeInt8`), or
 * `tensorboard` (a folder with all embeddings, see `writeProjector`). A file appears whole or not at all, and depends on the model alone.
 * @throws E_EXPORT_FORMAT (exit code 2), E_EMBEDDING (exit code 2), E_EXPORT_HEAD, E_EXPORT_EMPTY, E_EXPORT_SIZE; E_CORRUPT when the model's files were changed; E_NO_SPACE, E_IO
 */
export async function exportModel(model: Model, format: string, output: string, options: ExportOptions = {}): Promise<Written> {
  const { column } = options;
  if (!isFormat(format))
    throw new CrossbillError("E_EXPORT_FORMAT", `format ${JSON.stringify(format)}; there are ${EXPORT_FORMATS.join(", ")}`, { exitCode: 2 });
  if (column !== undefined && format !== "arrow" && format !== "tsv")
    throw new CrossbillError("E_EXPORT_FORMAT", `an embedding of a column is written as arrow or tsv, not as ${format}`, { exitCode: 2 });
  if (format === "tensorboard") {
    const { projectorTensors, writeProjector } = await import("./projector.js");
    return writeProjector(output, projectorTensors(model));
  }
  if (column !== undefined) {
    const { embeddingLines, encodeEmbedding } = await import("./embedding-file.js");
    const embedding = embeddingOf(model, column);
    return atomicWrite(output, format === "arrow" ? encodeEmbedding(embedding) : linesOf(embeddingLines(embedding)));
  }
  if (format === "int8") {
    const { encodeInt8 } = await import("./int8-file.js");
    return atomicWrite(output, encodeInt8(model));
  }
  const weights = await readWeights(model);
  if (format === "onnx") {
    const { encodeOnnx } = await import("./onnx-model.js");
    return atomicWrite(output, encodeOnnx(model, weights));
  }
  const rows = weightRows(model, weights);
  const outputs = model.classes.length === 0 ? [] : outputNames(model.head, model.classes);
  if (format === "tsv") return atomicWrite(output, linesOf(tsvLines(rows, outputs.length > 0)));
  const { encodeWeightsTable } = await import("./weights-table.js");
  return atomicWrite(
    output,
    encodeWeightsTable(
      rows,
      weights.map(({ name }) => name),
      outputs,
    ),
  );
}

function isFormat(format: string): format is ExportFormat {
  return (EXPORT_FORMATS as readonly string[]).includes(format);
}
