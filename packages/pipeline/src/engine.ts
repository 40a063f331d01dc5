import { checkEngine as checkInstalled } from "@crossbill/engine-tfjs";
import type { EngineSource } from "@crossbill/trainer";
import type { RunContext } from "./context.js";

type Run = Pick<RunContext, "loaded" | "compiled" | "notice">;

/** Where trainings find their engine: what it needs is looked for beside the configuration first. */
export function engineSource({ loaded }: Pick<Run, "loaded">): EngineSource {
  return { module: new URL("./engine-module.js", import.meta.url).href, from: loaded.directory };
}

/** For commands that train, before anything is read: whether what train.engine needs is installed. That a model has no layers for it is told. @throws E_ENGINE (exit code 2) */
export function checkEngine({ loaded, compiled, notice }: Run): void {
  const { engine } = loaded.config.train;
  if (engine === "wasm") return;
  if (compiled.train.engine === "") notice(`train.engine: ${engine} computes the layers of networks, and this model has none: nothing changes`);
  else checkInstalled({ name: engine, from: loaded.directory });
}
