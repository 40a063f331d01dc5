import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import util from "node:util";
import { CrossbillError } from "@crossbill/messages";
import type { DenseEngine, DenseEngineName } from "@crossbill/models";
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

/** Where a backend comes from. */
interface Source {
  readonly backend: Backend;
  readonly main: string;
  readonly names: readonly string[];
  readonly how: string;
}

const FROM_NATIVE: Source = { backend: "tensorflow", main: NATIVE, names: [NATIVE], how: `npm install ${NATIVE}, or build it: docs/native-engine.md` };
const FROM_WASM: Source = { backend: "wasm", main: PLAIN, names: [PLAIN, WASM], how: `npm install ${PLAIN} ${WASM}` };

/** By the name that a configuration has. */
export function loadEngine({ name, from }: { readonly name: Exclude<DenseEngineName, "wasm">; readonly from?: string }): Promise<DenseEngine> {
  return tfjsEngine({ backend: name, ...(from === undefined ? {} : { from }) });
}

/**
 * Whether what the engine needs is installed; it is not loaded. Call it on the main thread of a process whose threads will load the engine: only there the environment that TensorFlow reads can be set.
 * @throws E_ENGINE (exit code 2)
 */
export function checkEngine({ name, from }: Parameters<typeof loadEngine>[0]): void {
  quietNative();
  const sources = name === "tfjs" ? [FROM_NATIVE, FROM_WASM] : [FROM_NATIVE];
  if (sources.every(({ names }) => requireFrom(names, from) === null)) throw refusal(sources.at(-1)!, notInstalled(sources.at(-1)!));
}

async function native(from: string | undefined, why?: string): Promise<TfjsEngine> {
  quietNative();
  // 4.22.0 calls what Node 23 no longer has.
  const old = util as { isNullOrUndefined?: (x: unknown) => boolean };
  old.isNullOrUndefined ??= (x) => x === null || x === undefined;
  return engine(FROM_NATIVE, from, why);
}

/** Else it writes about the processor to standard error. */
function quietNative(): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
}

async function webAssembly(from: string | undefined, why?: string): Promise<TfjsEngine> {
  return engine(FROM_WASM, from, why);
}

async function engine(source: Source, from: string | undefined, why: string | undefined): Promise<TfjsEngine> {
  const { backend, main, names } = source;
  const require = requireFrom(names, from);
  if (require === null) throw refusal(source, notInstalled(source));
  try {
    const [tf] = names.map((name) => require(name) as TensorFlow);
    await tf!.setBackend(backend);
    await tf!.ready();
    if (tf!.getBackend() !== backend) throw refusal(source, `it has the backend "${tf!.getBackend()}" instead of "${backend}"`);
    const version = (require(`${main}/package.json`) as { version: string }).version;
    return new TfjsEngine(tf!, backend, `${main} ${version}, backend ${backend}${why === undefined ? "" : `: ${why}`}`);
  } catch (cause) {
    if (cause instanceof CrossbillError) throw cause;
    throw refusal(source, `it does not load: ${(cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!.replace(/[.\s]+$/, "")}`, cause);
  }
}

function notInstalled({ names }: Source): string {
  return `not installed (looked for ${names.join(" and ")})`;
}

function refusal({ main, how }: Source, problem: string, cause?: unknown): CrossbillError {
  return new CrossbillError("E_ENGINE", `${main} as engine: ${problem}. To get it: ${how}. Without it the built-in engine "wasm" does the same.`, {
    exitCode: 2,
    cause,
    details: { engine: main, why: problem, how },
  });
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
