export { TfjsEngine } from "./engine.js";
export { TFJS_BACKENDS, type TfjsBackend, type TfjsOptions, tfjsEngine } from "./load.js";
