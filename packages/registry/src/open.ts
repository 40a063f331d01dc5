import { Registry } from "./registry.js";

/** The registry under `root`, which need not exist yet: nothing is read or written before the first call. */
export function openRegistry(root: string): Registry {
  return new Registry(root);
}
