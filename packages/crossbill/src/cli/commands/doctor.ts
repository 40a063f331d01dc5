import os from "node:os";
import { type TfjsBackend, tfjsEngine } from "@crossbill/engine-tfjs";
import { createKernelMemory, instantiateKernels } from "@crossbill/kernels";
import { toPlainError } from "@crossbill/messages";
import { out, outJson, table } from "../terminal.js";

/** What this machine offers: printed, never part of a result. */
export async function doctor(options: { json?: boolean }, version: string): Promise<void> {
  const facts = {
    crossbill: version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    webAssembly: features(),
    engines: await engines(),
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

/** Engines for the layers of networks; linear models need none of them. Whether one works is found by loading it. */
async function engines(): Promise<Record<string, string>> {
  return { wasm: "built in", tfjs: await found("tfjs-wasm"), "tfjs-node": await found("tfjs-node") };
}

async function found(backend: TfjsBackend): Promise<string> {
  try {
    return (await tfjsEngine({ backend })).description;
  } catch (cause) {
    const { message, details } = toPlainError(cause);
    return details.how === undefined ? message : `${String(details.why)} (optional); to get it: ${String(details.how)}`;
  }
}
