import type { Config } from "../config/schema.js";
import type { Json } from "../config/tune-schema.js";

/** A value for a field of the configuration. */
export interface Setting {
  /** As the configuration names it, e.g. `columns.site.minCount`. */
  readonly path: string;
  readonly keys: readonly string[];
  readonly value: Json;
}

/** Sections that decide what a model is and not what it is measured on. */
const SECTIONS = ["columns", "model", "train"];

/**
 * The keys that a path names one after another; the name of an entry of `columns` may hold dots.
 * @param columns names of the entries; undefined while the data have not chosen them
 * @returns keys, or why there are none
 */
export function keysOf(path: string, columns: readonly string[] | undefined): string[] | string {
  const [section = "", ...rest] = path.split(".");
  if (!SECTIONS.includes(section))
    return `a parameter is a path below columns, model or train, as "train.batchSize": all trials are measured on the same rows in the same way`;
  if (section !== "columns" || rest.length === 0 || columns === undefined) return [section, ...rest];
  const below = rest.join(".");
  const name = columns.filter((one) => below === one || below.startsWith(`${one}.`)).sort((a, b) => b.length - a.length)[0];
  if (name === undefined) return `no entry of columns begins this path; there are ${columns.join(", ")}`;
  const field = below.slice(name.length + 1);
  return ["columns", name, ...(field === "" ? [] : field.split("."))];
}

/**
 * A copy of the configuration with these values in their places. A text on the way that has options (`head: "sampledSoftmax"`) becomes `{ kind: text }`.
 * @returns the copy, not checked yet, or why a value has no place
 */
export function withSettings(config: Config, settings: readonly Setting[]): { readonly raw: object } | string {
  const { tune: _, ...rest } = config;
  const raw = structuredClone(rest) as Record<string, unknown>;
  for (const { path, keys, value } of settings) {
    const problem = put(raw, path, keys, structuredClone(value));
    if (problem !== null) return problem;
  }
  return { raw };
}

function put(root: Record<string, unknown>, path: string, keys: readonly string[], value: Json): string | null {
  let at: Record<string, unknown> = root;
  for (const [i, key] of keys.entries()) {
    if (key === "" || key === "__proto__") return `${path}: ${JSON.stringify(key)} is no name of a field`;
    if (Array.isArray(at) && !(/^\d+$/.test(key) && Number(key) < at.length)) return `${path}: a list of ${at.length} has no entry ${JSON.stringify(key)}`;
    if (i === keys.length - 1) {
      at[key] = value;
      return null;
    }
    const inner = Object.hasOwn(at, key) ? at[key] : undefined;
    if (inner === undefined || inner === null) at[key] = {};
    else if (typeof inner === "string") at[key] = { kind: inner };
    else if (typeof inner !== "object") return `${path}: ${keys.slice(0, i + 1).join(".")} is ${JSON.stringify(inner)}, which has no fields`;
    at = at[key] as Record<string, unknown>;
  }
  return null;
}

/**
 * The part of a configuration that holds the parameters, ready to be pasted: of an object with a `kind` (an optimiser, a column, the model) all of it, since its
 * other fields belong to the result too.
 */
export function fragmentOf(config: Config, keys: readonly (readonly string[])[]): object {
  const fragment: Record<string, unknown> = {};
  for (const path of keys) {
    const whole = path.slice(0, wholeAt(config, path));
    put(fragment, "", whole, structuredClone(fieldAt(config, whole)) as Json);
  }
  return fragment;
}

/** How many keys lead to the outermost object with a `kind` on the way, or to the value. */
function wholeAt(config: Config, keys: readonly string[]): number {
  for (let n = 1; n < keys.length; n++) {
    const value = fieldAt(config, keys.slice(0, n));
    if (Array.isArray(value) || (typeof value === "object" && value !== null && Object.hasOwn(value, "kind"))) return n;
  }
  return keys.length;
}

/** What stands at a path; undefined: nothing. */
export function fieldAt(config: object, keys: readonly string[]): unknown {
  let at: unknown = config;
  for (const key of keys) at = typeof at === "object" && at !== null && Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined;
  return at;
}
