import { CrossbillError } from "@crossbill/messages";
import { type SliceOptions, sliceOptions } from "../inputs.js";

export type SearchMetric = "bias" | "logLoss";

export interface SearchOptions extends SliceOptions {
  /** "bias" (default): mean prediction against mean label; "logLoss": mean loss above that of the other rows. */
  readonly metric?: SearchMetric;
  /** Columns of a conjunction at most, 1 to 3; default 2. */
  readonly depth?: number;
  /** Draws of a slice in each half at least (rows; with frequency weights their weight); default 100. */
  readonly minRows?: number;
  /** In (0, 1); default 0.05. */
  readonly falseDiscoveryRate?: number;
  /** >= 0, length N; default all 1. */
  readonly weights?: ArrayLike<number>;
  /** Of the split into halves, an integer in [0, 2^53); default 0. */
  readonly seed?: number;
  /** One a row: rows of one key are in one half, whatever their order. Default: the row's place. */
  readonly keys?: ArrayLike<string | number>;
}

export type SettledSearch = Required<Omit<SearchOptions, "weights" | "keys">> & Pick<SearchOptions, "weights" | "keys">;

/** The options with their defaults. @throws E_SEARCH_OPTION, E_LEVEL_RANGE, E_WEIGHT_KIND */
export function searchOptions(options: SearchOptions): SettledSearch {
  const { metric = "bias", depth = 2, minRows = 100, falseDiscoveryRate = 0.05, seed = 0 } = options;
  const refuse = (name: string, got: unknown, allowed: string): never => {
    throw new CrossbillError("E_SEARCH_OPTION", `${name} is ${String(got)}, allowed is ${allowed}`, { exitCode: 2 });
  };
  if (metric !== "bias" && metric !== "logLoss") refuse("metric", metric, "bias or logLoss");
  if (![1, 2, 3].includes(depth)) refuse("depth", depth, "1, 2 or 3");
  if (!(minRows >= 2 && minRows < Infinity)) refuse("minRows", minRows, "a number from 2 up");
  if (!(falseDiscoveryRate > 0 && falseDiscoveryRate < 1)) refuse("falseDiscoveryRate", falseDiscoveryRate, "a number between 0 and 1, such as 0.05");
  if (!(Number.isSafeInteger(seed) && seed >= 0)) refuse("seed", seed, "an integer in [0, 2^53)");
  return { ...options, ...sliceOptions(options), metric, depth, minRows, falseDiscoveryRate, seed };
}
