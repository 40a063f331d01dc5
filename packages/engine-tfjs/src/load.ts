import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import util from "node:util";
import { CrossbillError } from "@crossbill/messages";
import { type Backend, TfjsEngine } from "./engine.js";
import type { TensorFlow } from "./tensorflow.js";

export const TFJS_BACKENDS = ["tfjs", "tfjs-node", "tfjs-wasm"] as const;
/** tfjs: native where it works, else WebAssembly. */
export type TfjsBackend = (typeof TFJS_BACKENDS)[number];

const NATIVE = "@tensorflow/tfjs-node";
const PLAIN = "@tensorflow/tfjs";
const WASM = "@tensorflow/tfjs-backend-wasm";

export interface TfjsOptions {
  readonly backend?: TfjsBackend;
  /** A folder with `node_modules` to look in first; then where this package is, then the current folder. */
  readonly from?: string;
}

/**
 * TensorFlow.js as an engine, loaded only now. Its packages are optional peers. Keep one for the process: what it loads stays loaded.
 * @throws E_ENGINE (exit code 2) where what was asked for is not there or does not work; the message says how to get it
 */
export function tfjsEngine(options: TfjsOptions = {}): Promise<TfjsEngine> {
  const next = loads.then(() => load(options));
  loads = next.catch(() => undefined); // the caller of that one hears of it
  return next;
}

/** The one before: the backend is a setting of the whole library, so that two must not be loaded at once. */
let loads: Promise<unknown> = Promise.resolve();

async function load({ backend = "tfjs", from }: TfjsOptions): Promise<TfjsEngine> {
  if (backend === "tfjs-node") return native(from);
  if (backend === "tfjs-wasm") return webAssembly(from);
  try {
    return await native(from, "it is installed and works");
  } catch (cause) {
    if (!(cause instanceof CrossbillError)) throw cause;
    return webAssembly(from, `the native one is not to be had: ${String(cause.details.why)}`);
  }
}

async function native(from: string | undefined, why?: string): Promise<TfjsEngine> {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2"; // else it writes about the processor to standard error
  // 4.22.0 calls what Node 23 no longer has.
  const old = util as { isNullOrUndefined?: (x: unknown) => boolean };
  old.isNullOrUndefined ??= (x) => x === null || x === undefined;
  return engine(NATIVE, "tensorflow", [NATIVE], from, why, `npm install ${NATIVE}, or build it: docs/native-engine.md`);
}

async function webAssembly(from: string | undefined, why?: string): Promise<TfjsEngine> {
  return engine(PLAIN, "wasm", [PLAIN, WASM], from, why, `npm install ${PLAIN} ${WASM}`);
}

async function engine(
  main: string,
  backend: Backend,
  names: readonly string[],
  from: string | undefined,
  why: string | undefined,
  how: string,
): Promise<TfjsEngine> {
  const refuse = (problem: string, cause?: unknown): never => {
    throw new CrossbillError("E_ENGINE", `${main} as engine: ${problem}. To get it: ${how}. Without it the built-in engine "wasm" does the same.`, {
      exitCode: 2,
      cause,
      details: { engine: main, why: problem, how },
    });
  };
  const require = requireFrom(names, from) ?? refuse(`not installed (looked for ${names.join(" and ")})`);
  try {
    const [tf] = names.map((name) => require(name) as TensorFlow);
    await tf!.setBackend(backend);
    await tf!.ready();
    if (tf!.getBackend() !== backend) return refuse(`it has the backend "${tf!.getBackend()}" instead of "${backend}"`);
    const version = (require(`${main}/package.json`) as { version: string }).version;
    return new TfjsEngine(tf!, backend, `${main} ${version}, backend ${backend}${why === undefined ? "" : `: ${why}`}`);
  } catch (cause) {
    if (cause instanceof CrossbillError) throw cause;
    return refuse(`it does not load: ${(cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!.replace(/[.\s]+$/, "")}`, cause);
  }
}

/** The `require` of the first place from which all of them are found. */
function requireFrom(names: readonly string[], from: string | undefined): NodeJS.Require | null {
  const places = [...(from === undefined ? [] : [folder(from)]), import.meta.url, folder(process.cwd())].map((place) => createRequire(place));
  return places.find((require) => names.every((name) => isFound(require, name))) ?? null;
}

function folder(of: string): string {
  return pathToFileURL(path.join(path.resolve(of), "package.json")).href;
}

function isFound(require: NodeJS.Require, name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch (cause) {
    if ((cause as { code?: string }).code === "MODULE_NOT_FOUND") return false;
    throw cause;
  }
}
