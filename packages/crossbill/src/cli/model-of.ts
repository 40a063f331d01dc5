import type { Model } from "@crossbill/models";
import { type LoadedConfig, loadConfig, resolveModel, workFolder } from "@crossbill/pipeline";
import type { CommonOptions } from "./options.js";

/** The model that `--model` names (default: current), with its work folder, seed and configuration. */
export async function modelOf(
  options: CommonOptions & { readonly model?: string },
): Promise<{ model: Model; root: string; seed: number; loaded: LoadedConfig }> {
  const cwd = process.cwd();
  const loaded = await loadConfig(options.config, cwd);
  const root = workFolder(loaded, { workdir: options.workdir, cwd });
  const { model } = await resolveModel(options.model ?? "current", root, cwd);
  return { model, root, seed: options.seed ?? loaded.config.train.seed, loaded };
}
