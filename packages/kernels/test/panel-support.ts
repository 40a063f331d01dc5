import { Arena, createKernelMemory, instantiateKernels, type KernelExports, PANEL_ROWS } from "@crossbill/kernels";
import { put, random } from "./training-support.js";

/** Rows of panels that tests use: one quad, two, all but one, all. */
export const ROWS = [4, 8, 60, 64];
/** Widths of layers, ragged and large. */
export const WIDTHS = [1, 2, 3, 5, 20, 50, 100, 416];

export interface PanelBench {
  readonly arena: Arena;
  readonly kernels: KernelExports;
  /** f32[n] in the memory. */
  readonly put: (values: Float32Array | Float64Array) => number;
  /** A copy of f32[n] from the memory. */
  readonly f32: (at: number, n: number) => Float32Array;
  readonly f64: (at: number, n: number) => Float64Array;
  /** f32[n] of zeros in the memory. */
  readonly zeros: (n: number) => number;
}

export function panelBench(bytes = 2 ** 22): PanelBench {
  const arena = new Arena(createKernelMemory(bytes, 2 ** 26));
  const kernels = instantiateKernels(arena.memory);
  return {
    arena,
    kernels,
    put: (values) => put(arena, values),
    f32: (at, n) => arena.f32(at, n).slice(),
    f64: (at, n) => arena.f64(at, n).slice(),
    zeros: (n) => put(arena, new Float32Array(n)),
  };
}

/** n numbers in (-scale, scale), one in eight of them 0. */
export function numbers(seed: number, n: number, scale = 1): Float32Array {
  const next = random(seed);
  return Float32Array.from({ length: n }, () => (next() < 0.125 ? 0 : (2 * next() - 1) * scale));
}

/** A whole panel of random numbers, those past a kernel's `rows` too: it must not use them. */
export function panelOf(seed: number, units: number, scale = 1): Float32Array {
  return numbers(seed, units * PANEL_ROWS, scale);
}

/** Only the rows that are used; 0 elsewhere. */
export function usedRows(panel: Float32Array, rows: number): Float32Array {
  return panel.map((x, at) => (at % PANEL_ROWS < rows ? x : 0));
}
