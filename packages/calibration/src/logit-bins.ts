import { sigmoid } from "@crossbill/numerics";
import { LOGIT_REACH, LOGIT_STEPS_PER_UNIT } from "./bin-edges.js";
import { BinSums, type SummedBin } from "./bin-sums.js";

/**
 * Merges cells of the log-odds grid into at most `bins` non-empty bins of equal width on the log-odds axis: the width is the smallest of 1/8, 1/4, 1/2, 1, ..., 32
 * that does it (one bin for all when none does), edges stand at multiples of the width. So a curve made of rows and one made of merged histograms are the same,
 * and a far-off row costs one bin, not the resolution of all.
 * @param cells by index: cell c holds log-odds in ((c - 257) / 8, (c - 256) / 8]; the first and the last one are open
 * @param bins >= 1
 */
export function mergeLogitCells(cells: ReadonlyMap<number, BinSums>, bins: number): SummedBin[] {
  const indices = [...cells.keys()].sort((a, b) => a - b);
  let width = 1; // in steps of the grid
  const binAt = (cell: number): number => Math.ceil((cell - LOGIT_REACH) / width);
  while (width <= LOGIT_REACH && new Set(indices.map(binAt)).size > bins) width *= 2;
  if (width > LOGIT_REACH) {
    const all = new BinSums();
    for (const cell of indices) all.merge(cells.get(cell)!);
    return [{ low: 0, high: 1, sums: all }];
  }
  const merged = new Map<number, BinSums>();
  for (const cell of indices) {
    const bin = binAt(cell);
    if (!merged.has(bin)) merged.set(bin, new BinSums());
    merged.get(bin)!.merge(cells.get(cell)!);
  }
  return [...merged].map(([bin, sums]) => ({ low: edge((bin - 1) * width), high: edge(bin * width), sums }));
}

/** The probability at `steps` of the log-odds grid; beyond its ends 0 and 1. */
function edge(steps: number): number {
  if (Math.abs(steps) > LOGIT_REACH) return steps < 0 ? 0 : 1;
  return sigmoid(steps / LOGIT_STEPS_PER_UNIT);
}
