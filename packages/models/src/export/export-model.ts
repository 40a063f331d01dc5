import { CrossbillError } from "@crossbill/messages";
import { atomicWrite, type Written } from "@crossbill/storage";
import { outputNames } from "../heads.js";
import type { Model } from "../model.js";
import { readWeights } from "../read-weights.js";
import { weightRows } from "./weight-rows.js";

export const EXPORT_FORMATS = ["onnx", "arrow", "tsv"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const LINES_AT_ONCE = 4096;

/**
 * Writes a model for other tools: `onnx` (a graph over encoded rows, see `encodeOnnx`), `arrow` or `tsv` (its intercepts and its weights other than 0). The file
 * appears whole or not at all, and depends on the model alone.
 * @throws E_EXPORT_FORMAT (exit code 2), E_EXPORT_HEAD, E_EXPORT_EMPTY, E_EXPORT_SIZE; E_CORRUPT when the model's files were changed; E_NO_SPACE, E_IO
 */
export async function exportModel(model: Model, format: string, output: string): Promise<Written> {
  if (format === "tensorboard")
    throw new CrossbillError("E_EXPORT_FORMAT", "--format tensorboard is for embeddings, and a linear model has none; onnx, arrow and tsv are for it", {
      exitCode: 2,
    });
  if (!isFormat(format))
    throw new CrossbillError("E_EXPORT_FORMAT", `format ${JSON.stringify(format)}; there are ${EXPORT_FORMATS.join(", ")}`, { exitCode: 2 });
  const weights = await readWeights(model);
  if (format === "onnx") {
    const { encodeOnnx } = await import("./onnx-model.js");
    return atomicWrite(output, encodeOnnx(model, weights));
  }
  const rows = weightRows(model, weights);
  const outputs = model.classes.length === 0 ? [] : outputNames(model.head, model.classes);
  if (format === "arrow") {
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
  const { tsvLines } = await import("./tsv.js");
  return atomicWrite(output, async (file) => {
    let lines: string[] = [];
    const flush = async (): Promise<void> => {
      if (lines.length > 0) await file.write(Buffer.from(`${lines.join("\n")}\n`));
      lines = [];
    };
    for (const line of tsvLines(rows, outputs.length > 0)) if (lines.push(line) === LINES_AT_ONCE) await flush();
    await flush();
  });
}

function isFormat(format: string): format is ExportFormat {
  return (EXPORT_FORMATS as readonly string[]).includes(format);
}
