import { CrossbillError } from "@crossbill/messages";
import { DENSE_ENGINES, type DenseEngine, type DenseEngineModule, type DenseEngineName, type NetworkPlan } from "@crossbill/models";

/** Where another engine than the built-in one comes from. */
export interface EngineSource {
  /** What is imported, in the thread that computes with it: its exports are a DenseEngineModule. */
  readonly module: string;
  /** A folder with `node_modules` where the engine looks first for what it needs. */
  readonly from?: string;
}

/** An engine that is not loaded yet. It survives a structured clone. */
export interface EngineChoice extends EngineSource {
  readonly name: Exclude<DenseEngineName, "wasm">;
}

/**
 * What computes the layers of the towers; null: the built-in kernels, or there are no layers.
 * @param name TrainSpec.engine
 * @throws E_TRAIN_SPEC (exit code 2) for a name that is none; E_ENGINE (exit code 2) where nobody says where it comes from
 */
export function engineChoice(name: string, { towers }: Pick<NetworkPlan, "towers">, source: EngineSource | undefined): EngineChoice | null {
  const known = DENSE_ENGINES.find((one) => one === (name || "wasm"));
  if (known === undefined)
    throw new CrossbillError("E_TRAIN_SPEC", `train.engine: "${name}" is none; allowed are ${DENSE_ENGINES.join(", ")}`, { exitCode: 2 });
  if (known === "wasm" || towers.every(({ layers }) => layers.length === 0)) return null;
  if (source === undefined)
    throw new CrossbillError(
      "E_ENGINE",
      `train.engine: ${known} is in no package that the trainer has; hand over a module that loads it: engine: { module: import.meta.resolve("@crossbill/engine-tfjs") }`,
      { exitCode: 2 },
    );
  return { ...source, name: known };
}

/** @throws E_ENGINE (exit code 2) */
export async function loadEngine({ name, module, from }: EngineChoice): Promise<DenseEngine> {
  const { loadEngine: load } = await importEngine(module).catch((cause: unknown) => {
    throw new CrossbillError(
      "E_ENGINE",
      `train.engine: ${name} is loaded by ${module}, which cannot be imported: ${cause instanceof Error ? cause.message : String(cause)}; install it (npm install @crossbill/engine-tfjs), or take the built-in engine: wasm`,
      { exitCode: 2, cause },
    );
  });
  if (typeof load !== "function")
    throw new CrossbillError("E_ENGINE", `train.engine: ${name} is loaded by ${module}, which exports no function loadEngine`, { exitCode: 2 });
  return load({ name, ...(from === undefined ? {} : { from }) });
}

function importEngine(module: string): Promise<Partial<DenseEngineModule>> {
  return import(module) as Promise<Partial<DenseEngineModule>>;
}
