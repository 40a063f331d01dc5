export { TfjsEngine } from "./engine.js";
export { checkEngine, loadEngine, TFJS_BACKENDS, type TfjsBackend, type TfjsOptions, tfjsEngine } from "./load.js";
