import { createRequire } from "node:module";
import os from "node:os";
import { createKernelMemory, instantiateKernels } from "@crossbill/kernels";
import { out, outJson, table } from "../terminal.js";

/** What this machine offers: printed, never part of a result. */
export function doctor(options: { json?: boolean }, version: string): void {
  const facts = {
    crossbill: version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    webAssembly: features(),
    engines: engines(),
  };
  if (options.json === true) {
    outJson(facts);
    return;
  }
  out(
    table([
      ["what", "found"],
      ["crossbill", facts.crossbill],
      ["node", facts.node],
      ["platform", facts.platform],
      ["cores (worker threads)", String(facts.cores)],
      ["memory", `${(facts.memoryBytes / 2 ** 30).toFixed(1)} GiB`],
      ...Object.entries(facts.webAssembly).map(([name, there]) => [`WebAssembly ${name}`, there ? "yes" : "NO"]),
      ...Object.entries(facts.engines).map(([name, there]) => [`engine ${name}`, there]),
    ]),
  );
}

function features(): Record<string, boolean> {
  const bytes = (...body: number[]): Uint8Array => new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, ...body]);
  const simd = WebAssembly.validate(bytes(1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11));
  const threads = WebAssembly.validate(bytes(5, 4, 1, 3, 1, 1));
  let kernels = false;
  try {
    kernels = typeof instantiateKernels(createKernelMemory(131072)).copy_bytes === "function";
  } catch (cause) {
    kernels = !(cause instanceof Error); // the table says NO; the reason shows when a command needs the kernels
  }
  return { simd, threads, kernels };
}

/** Engines for dense layers. Linear models need none of them. */
function engines(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const found = (name: string): string => {
    try {
      return (require(`${name}/package.json`) as { version: string }).version;
    } catch {
      return "not installed (optional; linear models do not use it)";
    }
  };
  return { wasm: "built in", tfjs: found("@tensorflow/tfjs"), "tfjs-node": found("@tensorflow/tfjs-node") };
}
