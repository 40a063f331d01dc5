import type { Config } from "../config/schema.js";
import type { Json, TuneConfig } from "../config/tune-schema.js";
import { keysOf, withSettings } from "./parameter-path.js";

/** What one parameter is searched over. */
export type Dimension = ListDimension | RangeDimension;
interface Named {
  readonly path: string;
  readonly keys: readonly string[];
}
export interface ListDimension extends Named {
  readonly values: readonly Json[];
}
export interface RangeDimension extends Named {
  readonly min: number;
  readonly max: number;
  readonly scale: "linear" | "log";
  readonly integer: boolean;
  readonly steps: number;
}

export function isList(dimension: Dimension): dimension is ListDimension {
  return "values" in dimension;
}

/** The problems of a plain object as a configuration, each with its path; none: it is one. */
export type ProblemsOf = (raw: unknown) => string[];

type Parameters = NonNullable<TuneConfig["parameters"]>;

/**
 * The parameters as dimensions, in their order. Whether a range is of whole numbers is the field's own word: it refuses fractions.
 * @param config without problems; with its columns, as far as they are known
 * @returns also every problem: of paths, and of values that their fields refuse, each tried alone
 */
export function spaceOf(config: Config, parameters: Parameters, problemsOf: ProblemsOf): { readonly space: Dimension[]; readonly problems: string[] } {
  const problems: string[] = [];
  const space: Dimension[] = [];
  const columns = config.columns === undefined ? undefined : Object.keys(config.columns);
  const paths = Object.keys(parameters);
  for (const [path, given] of Object.entries(parameters)) {
    const at = `tune.parameters.${path}`;
    const inside = paths.find((other) => path.startsWith(`${other}.`));
    if (inside !== undefined) problems.push(`${at}: lies within ${inside}, which is a parameter itself; leave one of the two out`);
    const keys = keysOf(path, columns);
    if (typeof keys === "string") {
      problems.push(`${at}: ${keys}`);
      continue;
    }
    // Columns that the data choose are not known before the data are looked at.
    const open = keys[0] === "columns" && columns === undefined;
    const refused = (value: Json): string[] => (open ? [] : problemsWith(config, path, keys, value, problemsOf));
    if (Array.isArray(given)) {
      for (const value of given) for (const problem of refused(value)) problems.push(`${at}: ${JSON.stringify(value)}: ${problem}`);
      space.push({ path, keys, values: given });
      continue;
    }
    const { min, max, scale, steps } = given;
    const integer =
      given.integer ?? (Number.isInteger(min) && Number.isInteger(max) && refused(fractionWithin(min, max)).length > 0 && refused(min).length === 0);
    for (const value of new Set(integer ? [Math.ceil(min), Math.floor(max)] : [min, fractionWithin(min, max), max]))
      for (const problem of refused(value)) problems.push(`${at}: ${value}: ${problem}`);
    if (integer && Math.ceil(min) > Math.floor(max)) problems.push(`${at}: there is no whole number from ${min} to ${max}`);
    space.push({ path, keys, min, max, scale, integer, steps });
  }
  return { space, problems: [...new Set(problems)] };
}

function problemsWith(config: Config, path: string, keys: readonly string[], value: Json, problemsOf: ProblemsOf): string[] {
  const set = withSettings(config, [{ path, keys, value }]);
  return typeof set === "string" ? [set] : problemsOf(set.raw);
}

/** A number between the two that is not whole. */
function fractionWithin(min: number, max: number): number {
  const middle = min + (max - min) / 2;
  return Number.isInteger(middle) ? middle - Math.min(0.5, (max - min) / 4) : middle;
}
