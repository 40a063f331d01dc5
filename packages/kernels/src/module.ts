import fs from "node:fs";
import type { KernelExports } from "./exports.js";

/** Bytes of one WebAssembly page. */
export const PAGE_BYTES = 65536;
/** The module declares 65,536 pages (4 GiB) at most. */
export const MAX_PAGES = 65536;

let compiled: WebAssembly.Module | undefined;

/** The one compiled module of this thread; it can be posted to other threads. */
export function kernelModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(fs.readFileSync(new URL("./kernels.wasm", import.meta.url)));
  return compiled;
}

/**
 * A shared memory the kernels can work on. The first 64 KiB are left alone by every allocator here.
 * @param bytes initial size, rounded up to pages
 * @param maximumBytes growth limit, at most 4 GiB; address space only until used
 */
export function createKernelMemory(bytes: number, maximumBytes: number = bytes): WebAssembly.Memory {
  const initial = Math.max(2, Math.ceil(bytes / PAGE_BYTES));
  return new WebAssembly.Memory({ initial, maximum: Math.min(MAX_PAGES, Math.max(initial, Math.ceil(maximumBytes / PAGE_BYTES))), shared: true });
}

/** The kernels over `memory`. Kernels own nothing: every buffer is the caller's, given as a byte offset. */
export function instantiateKernels(memory: WebAssembly.Memory, module: WebAssembly.Module = kernelModule()): KernelExports {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelExports;
}
