import type { NumericRecipe, RecipeStep } from "@crossbill/columns";
import { Arena, createKernelMemory, instantiateKernels, type KernelExports, PAGE_BYTES } from "@crossbill/kernels";

/** Rows that are scored at once: what is read and written of them stays in a core's first cache. */
export const ROWS_AT_ONCE = 1024;
/** Whole numbers in [0, WHOLE) become inputs by a table: counts, ages, years are what most columns hold. */
const WHOLE = 1024;

/** Room for the numbers of these rows in a memory of the kernels; made when it is first needed, one a thread. */
interface Scratch {
  readonly kernels: KernelExports;
  /** Offset of `values`. */
  readonly at: number;
  readonly values: Float64Array;
  /** Which row each of them is of. */
  readonly rows: Uint32Array;
}
let made: Scratch | undefined;

function scratch(): Scratch {
  if (made === undefined) {
    const arena = new Arena(createKernelMemory(PAGE_BYTES + 8 * ROWS_AT_ONCE));
    const at = arena.take(8 * ROWS_AT_ONCE);
    made = { kernels: instantiateKernels(arena.memory), at, values: arena.f64(at, ROWS_AT_ONCE), rows: new Uint32Array(ROWS_AT_ONCE) };
  }
  return made;
}

/** Adds weight times input of the raw numbers x[from, to) to the logits out f64[rows][K], and what a missing one adds. */
export type AddNumbers = (out: Float64Array, x: Float64Array, from: number, to: number) => void;

/**
 * The part of a numeric column in the logits of K outputs, bit for bit as by `numericTransform` row by row.
 * @param transform of the recipe @param weights [K] of the input @param missing [K] added where the value is missing
 */
export function addNumbers(recipe: NumericRecipe, transform: (x: number) => number, weights: readonly number[], missing: readonly number[]): AddNumbers {
  const K = weights.length;
  const [low, high] = recipe.outside === "missing" ? [recipe.low, recipe.high] : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const isMissing = (x: number): boolean => !(x >= low && x <= high);
  const whole = Float64Array.from({ length: WHOLE }, (_, x) => (isMissing(x) ? Number.NaN : transform(x)));
  const last = recipe.steps.at(-1);
  const { subtract, divide } = last?.kind === "shift" ? last : { subtract: 0, divide: 1 }; // (y - 0) / 1 is y, to the bit
  const steps = last?.kind === "shift" ? recipe.steps.slice(0, -1) : recipe.steps;
  return (out, x, from, to) => {
    const { values, rows } = scratch();
    const n = K === 1 ? addWhole(out, x, from, to, whole, weights[0]!, values, rows) : addWholes(out, x, from, to, whole, weights, values, rows);
    if (n === 0) return;
    if (recipe.outside === "bound") clip(values, n, recipe.low, recipe.high);
    for (const step of steps) apply(step, n);
    for (let i = 0; i < n; i++) {
      const row = rows[i]!;
      const none = isMissing(x[row]!);
      const input = none ? recipe.missing : (values[i]! - subtract) / divide;
      for (let k = 0; k < K; k++) {
        const at = row * K + k;
        out[at] = out[at]! + weights[k]! * input;
        if (none && missing[k] !== 0) out[at] = out[at]! + missing[k]!;
      }
    }
  };
}

/** Adds what whole numbers add, leaves the others (and missing ones) in `values`, their rows in `rows`; returns how many they are. */
function addWhole(
  out: Float64Array,
  x: Float64Array,
  from: number,
  to: number,
  whole: Float64Array,
  weight: number,
  values: Float64Array,
  rows: Uint32Array,
): number {
  let n = 0;
  for (let row = from; row < to; row++) {
    const value = x[row]!;
    const index = value | 0;
    if (index === value && index >= 0 && index < WHOLE) {
      const input = whole[index]!;
      if (!Number.isNaN(input)) {
        out[row] = out[row]! + weight * input;
        continue;
      }
    }
    values[n] = value;
    rows[n++] = row;
  }
  return n;
}

/** The same for several outputs. */
function addWholes(
  out: Float64Array,
  x: Float64Array,
  from: number,
  to: number,
  whole: Float64Array,
  weights: readonly number[],
  values: Float64Array,
  rows: Uint32Array,
): number {
  const K = weights.length;
  let n = 0;
  for (let row = from; row < to; row++) {
    const value = x[row]!;
    const index = value | 0;
    const input = index === value && index >= 0 && index < WHOLE ? whole[index]! : Number.NaN;
    if (Number.isNaN(input)) {
      values[n] = value;
      rows[n++] = row;
    } else for (let k = 0; k < K; k++) out[row * K + k] = out[row * K + k]! + weights[k]! * input;
  }
  return n;
}

function apply(step: RecipeStep, n: number): void {
  const { kernels, at, values } = scratch();
  if (step.kind === "clip") clip(values, n, step.low, step.high);
  else if (step.kind === "log1p") kernels.signed_log1p_f64(at, at, n);
  else if (step.kind === "log") kernels.log_f64(at, at, n);
  else for (let i = 0; i < n; i++) values[i] = (values[i]! - step.subtract) / step.divide;
}

function clip(values: Float64Array, n: number, low: number, high: number): void {
  for (let i = 0; i < n; i++) values[i] = Math.min(Math.max(values[i]!, low), high);
}
