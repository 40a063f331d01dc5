import type { Config } from "../config/schema.js";
import type { TuneConfig } from "../config/tune-schema.js";

/** What is searched where the configuration names no parameters: of the exact optimiser l2, of the others the rate, a tenth to ten times what it is, and l1. */
export function defaultParameters({ train: { optimizer } }: Config): NonNullable<TuneConfig["parameters"]> {
  if (optimizer.kind === "exact") return { "model.l2": { min: 1e-8, max: 1, scale: "log", steps: 9 } };
  const [name, rate] = "alpha" in optimizer ? ["alpha", optimizer.alpha] : ["learningRate", optimizer.learningRate];
  return {
    [`train.optimizer.${name}`]: { min: rate / 10, max: rate * 10, scale: "log", steps: 5 },
    "model.l1": [0, 1e-7, 1e-6, 1e-5, 1e-4],
  };
}
