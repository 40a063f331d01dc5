import { createKernelMemory, instantiateKernels } from "@crossbill/kernels";
import { ALONE } from "../loop/stepper.js";
import { CONTROL_WORDS, Performer } from "./commands.js";
import { KernelObjective } from "./kernel-objective.js";
import { Matrix, type MatrixShape, tableWords } from "./matrix.js";
import type { MatrixRows } from "./matrix-rows.js";
import { type ExactHead, placeRowArrays } from "./passes.js";
import { SharedArena } from "./shared-arena.js";

const LIMIT = 2 ** 32;

/** The objective over rows in arrays, all passes on the calling thread. */
export function localObjective(
  rows: MatrixRows,
  options: {
    readonly features: number;
    readonly head: ExactHead;
    readonly classes: number;
    readonly intercept: boolean;
    readonly l2: number;
    readonly formed?: boolean;
  },
): { readonly objective: KernelObjective; readonly shape: MatrixShape } {
  const n = rows.rows;
  const shape: MatrixShape = {
    rows: n,
    firstValidation: 64 * Math.ceil(n / 64),
    validationRows: 0,
    features: options.features,
    segments: [{ start: 0, rows: n }],
  };
  const memory = createKernelMemory(2 ** 20, LIMIT);
  const control = new Int32Array(CONTROL_WORDS);
  const arena = new SharedArena(memory, control, LIMIT);
  const placed = placeRowArrays(arena, shape, options.classes, 0);
  arena.f64(placed.labels, n).set(rows.label);
  arena.f64(placed.weights, n).set(rows.weight);
  const kernels = instantiateKernels(memory);
  const matrix = new Matrix(shape, kernels, arena, new Uint32Array(tableWords(shape)));
  matrix.fill(0, rows);
  const counts = arena.take(4 * options.features);
  for (let b = 0; b < matrix.blocks; b++) matrix.transpose(b, counts);
  const performer = new Performer({ kernels, arena, matrix, head: options.head, classes: options.classes, rows: placed, team: ALONE }, control);
  const objective = new KernelObjective({ ...options, performer, arena, shape, rows: placed, beforePass: () => undefined });
  return { objective, shape };
}
