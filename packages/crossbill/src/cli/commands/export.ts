import path from "node:path";
import { exportModel } from "@crossbill/models";
import { loadConfig, resolveModel, workFolder } from "@crossbill/pipeline";
import type { CommonOptions } from "../options.js";
import { out, outJson, table } from "../terminal.js";

export interface ExportOptions extends CommonOptions {
  format: string;
  output: string;
  column?: string;
  model?: string;
}

/** A model, its weights or its embeddings, for other tools. */
export async function exportTo(options: ExportOptions): Promise<void> {
  const cwd = process.cwd();
  const root = workFolder(await loadConfig(options.config, cwd), { workdir: options.workdir, cwd });
  const { name, model } = await resolveModel(options.model ?? "current", root, cwd);
  const output = path.resolve(cwd, options.output);
  const { length, sha256 } = await exportModel(model, options.format, output, { column: options.column });
  if (options.json === true) return outJson({ format: options.format, output, bytes: length, sha256, model: { ref: name, sha256: model.sha256 } });
  out(
    table([
      ["what", "value"],
      ["model", name],
      ["model sha256", model.sha256],
      ["weights non-zero / all", `${model.nonZero} / ${model.parameters}`],
      ["format", options.format],
      ["bytes", String(length)],
      ["output", output],
    ]),
  );
}
