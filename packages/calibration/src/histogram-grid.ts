import { binOf, logitGrid, uniformEdges } from "./bin-edges.js";

/** Uniform curves that the accumulator can make exactly. */
export const UNIFORM_BIN_COUNTS: readonly number[] = [1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 40, 50, 64, 100];

let grid: Float64Array | undefined;

/** The inner edges of the accumulator's fixed histogram, rising: the log-odds grid, and every inner edge of the uniform curves it can make. */
export function histogramGrid(): Float64Array {
  grid ??= Float64Array.from(new Set([...logitGrid(), ...UNIFORM_BIN_COUNTS.flatMap((bins) => [...uniformEdges(bins).subarray(1, bins)])])).sort();
  return grid;
}

/** In which bin of a coarser set of inner edges, all of them grid edges, a cell of the grid lies. */
export function binOfCell(inner: Float64Array, cell: number): number {
  return binOf(inner, cell < histogramGrid().length ? histogramGrid()[cell]! : Infinity);
}
