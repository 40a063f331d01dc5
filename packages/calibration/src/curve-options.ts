import { CrossbillError } from "@crossbill/messages";
import type { IntervalOptions } from "./inputs.js";

const STRATEGIES = ["uniform", "quantile", "logit", "logit-uniform", "edges"] as const;

/**
 * "uniform": equal bins of [0, 1]; "quantile": bins of equal weight; "logit": bins on the log-odds axis whose width is a power of two;
 * "logit-uniform": a given number of equal bins on the log-odds axis; "edges": given ones.
 */
export type BinStrategy = (typeof STRATEGIES)[number];

export interface CurveOptions extends IntervalOptions {
  /** Number of bins (logit: at most so many non-empty ones), 1 to 10,000; default 10. */
  readonly bins?: number;
  /** Default "uniform", or "edges" where they are given. */
  readonly strategy?: BinStrategy;
  /** Of the strategy "edges": rising, in [0, 1], two or more. Predictions beyond the first and the last are counted in the first and the last bin. */
  readonly edges?: ArrayLike<number>;
  /**
   * Of the strategy "logit-uniform": log-odds of the first and the last edge; default those of the least and the greatest prediction. Log-odds beyond -32 and 32 are
   * taken as those. Predictions beyond the bounds are counted in the first and the last bin.
   */
  readonly logitBounds?: readonly [number, number];
}

/** The options of a curve's bins with their defaults. @throws E_BIN_COUNT, E_BIN_STRATEGY, E_BIN_EDGES */
export function curveOptions(options: CurveOptions): { bins: number; strategy: BinStrategy } {
  const { edges, logitBounds } = options;
  const { bins = 10, strategy = edges === undefined ? "uniform" : "edges" } = options;
  if (!(Number.isInteger(bins) && bins >= 1 && bins <= 10_000))
    throw new CrossbillError("E_BIN_COUNT", `bins is ${String(bins)}, allowed is an integer from 1 to 10000`, { exitCode: 2 });
  if (!STRATEGIES.includes(strategy))
    throw new CrossbillError("E_BIN_STRATEGY", `strategy is ${String(strategy)}, allowed are ${STRATEGIES.join(", ")}`, { exitCode: 2 });
  if ((edges !== undefined) !== (strategy === "edges"))
    throw badEdges(`strategy is ${strategy} and edges are ${edges === undefined ? "not given" : "given"}; they go with the strategy "edges"`);
  if (edges !== undefined) checkEdges(edges);
  if (logitBounds !== undefined && strategy !== "logit-uniform")
    throw badEdges(`logitBounds are given and strategy is ${strategy}; they go with "logit-uniform"`);
  if (logitBounds !== undefined && !(logitBounds[0] <= logitBounds[1]))
    throw badEdges(`logitBounds are ${String(logitBounds[0])} and ${String(logitBounds[1])}; the first must not be above the second`);
  return { bins, strategy };
}

/** @throws E_BIN_EDGES unless there are two or more of them, in [0, 1] and not falling */
export function checkEdges(edges: ArrayLike<number>): void {
  if (edges.length < 2) throw badEdges(`edges has ${edges.length} entries; give two or more`);
  for (let i = 0; i < edges.length; i++) {
    if (!(edges[i]! >= 0 && edges[i]! <= 1)) throw badEdges(`edges[${i}] is ${String(edges[i])}; allowed are numbers in [0, 1]`);
    if (i > 0 && edges[i]! < edges[i - 1]!) throw badEdges(`edges[${i}] is ${edges[i]}, below the one before, ${edges[i - 1]}; sort them`);
  }
}

function badEdges(why: string): CrossbillError {
  return new CrossbillError("E_BIN_EDGES", why, { exitCode: 2 });
}
