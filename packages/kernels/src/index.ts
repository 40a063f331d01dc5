export { Arena } from "./arena.js";
export type { KernelExports, MemoryKernels } from "./exports.js";
export { createKernelMemory, instantiateKernels, kernelModule, MAX_PAGES, PAGE_BYTES } from "./module.js";
