import type { Block } from "../blocks/block.js";
import type { Heap } from "../blocks/heap.js";
import type { Inputs } from "../blocks/inputs.js";

/** The columns of a block that a linear function is over; of the others all weights are 0. */
export interface LinearPart {
  /** By column of a block, those of one id a row first. */
  readonly columns: readonly boolean[];
  /** By dense input; the first is the intercept. */
  readonly dense: readonly boolean[];
}

/** A run of distinct features, or of dense inputs. */
export interface Run {
  readonly from: number;
  readonly to: number;
  readonly linear: boolean;
}

export function linearPart({ categorical, multi, numeric }: Inputs, names: readonly string[]): LinearPart {
  const wanted = new Set(names);
  return {
    columns: [...categorical, ...multi].map(({ name }) => wanted.has(name)),
    dense: [true, ...numeric.flatMap(({ name, inputs }) => new Array<boolean>(inputs).fill(wanted.has(name)))],
  };
}

/** The inputs that are in it. */
export function linearInputs(inputs: Inputs, names: readonly string[]): Inputs {
  const wanted = new Set(names);
  const chosen = <T extends { readonly name: string }>(columns: readonly T[]): T[] => columns.filter(({ name }) => wanted.has(name));
  return { ...inputs, categorical: chosen(inputs.categorical), multi: chosen(inputs.multi), numeric: chosen(inputs.numeric) };
}

/** Runs of the block's distinct features [from, to); without a part all of them are one. */
export function featureRuns(part: LinearPart | null, block: Block, { u32 }: Heap, from: number, to: number): Run[] {
  if (part === null) return [{ from, to, linear: true }];
  return part.columns.flatMap((linear, c) => {
    const at = block.columnStarts / 4 + c;
    const [start, end] = [Math.max(from, u32[at]!), Math.min(to, u32[at + 1]!)];
    return start < end ? [{ from: start, to: end, linear }] : [];
  });
}

/** The same of dense inputs. */
export function denseRuns(part: LinearPart | null, from: number, to: number): Run[] {
  if (part === null) return [{ from, to, linear: true }];
  const runs: Run[] = [];
  for (let begin = from, d = from + 1; begin < to; d++) {
    const linear = part.dense[begin]!;
    if (d < to && part.dense[d] === linear) continue;
    runs.push({ from: begin, to: d, linear });
    begin = d;
  }
  return runs;
}
