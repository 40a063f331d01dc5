import path from "node:path";
import { fileURLToPath } from "node:url";
import { CrossbillError } from "@crossbill/messages";
import type { ExecutionContext } from "ava";
import { type TfjsBackend, TfjsEngine, tfjsEngine } from "../dist/index.js";

/** Where the optional peers are: `npm ci --ignore-scripts --prefix tools/tfjs` puts them there; native ones are built, see docs/native-engine.md. */
export const TFJS_FOLDER = process.env.CROSSBILL_TFJS ?? path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../tools/tfjs");

const loaded = new Map<TfjsBackend, Promise<TfjsEngine | string>>();

/** The engine, or null where it is not installed, which is said. */
export async function engineOrSkip(t: ExecutionContext, backend: TfjsBackend): Promise<TfjsEngine | null> {
  if (!loaded.has(backend)) loaded.set(backend, load(backend));
  const engine = await loaded.get(backend)!;
  if (engine instanceof TfjsEngine) return engine;
  t.log(`skipped: ${engine}`);
  t.pass();
  return null;
}

async function load(backend: TfjsBackend): Promise<TfjsEngine | string> {
  try {
    return await tfjsEngine({ backend, from: TFJS_FOLDER });
  } catch (cause) {
    if (cause instanceof CrossbillError && cause.code === "E_ENGINE" && String(cause.details.why).startsWith("not installed")) return cause.message;
    throw cause;
  }
}
