import type { Block } from "../blocks/block.js";
import type { Heap } from "../blocks/heap.js";
import { denseFeatures, type Inputs } from "../blocks/inputs.js";
import type { Layout } from "../blocks/layout.js";

/** The part of a row's logit, weight times value, that makes it what it is. */
export interface Blame {
  /** null: the intercept. */
  readonly column: string | null;
  /** Of a categorical column; null: the column is numeric, or it is the intercept. */
  readonly id: number | null;
  /** As the model takes it: clipped, scaled, float32. */
  readonly value: number;
  readonly weight: number;
}

/** The column that a feature belongs to, and its id there. */
export function columnOf(feature: number, { features, categorical, multi, numeric }: Inputs): { readonly column: string | null; readonly id: number | null } {
  if (feature === features) return { column: null, id: null };
  for (const { name, offset, inputs } of numeric) if (feature >= offset && feature < offset + inputs) return { column: name, id: null };
  for (const { name, offset, size } of [...categorical, ...multi])
    if (feature >= offset && feature < offset + size) return { column: name, id: feature - offset };
  return { column: null, id: null };
}

/** Of row `row` the first part that is not finite, else the largest; of the block whose weights are gathered. @param layout that of one output */
export function blame(block: Block, row: number, { f32, u32, memory }: Heap, layout: Layout, inputs: Inputs): Blame {
  const u16 = new Uint16Array(memory.buffer);
  let worst = { feature: inputs.features, value: 1, weight: 0 };
  let size = -1;
  const look = (feature: number, value: number, weight: number): void => {
    const part = Math.abs(weight * value);
    const own = Number.isFinite(part) ? part : Infinity;
    if (own <= size) return;
    worst = { feature, value, weight };
    size = own;
  };
  const dense = (d: number, feature: number): void => look(feature, f32[block.dense / 4 + d * block.rows + row]!, f32[layout.denseW / 4 + d]!);
  const [intercept, ...numbers] = denseFeatures(inputs);
  for (const [i, feature] of numbers.entries()) dense(i + 1, feature);
  const [from, to] =
    block.rowOffsets === 0 ? [row * block.width, (row + 1) * block.width] : [u32[block.rowOffsets / 4 + row]!, u32[block.rowOffsets / 4 + row + 1]!];
  for (let i = from; i < to; i++) {
    const u = block.wide ? u32[block.local / 4 + i]! : u16[block.local / 2 + i]!;
    look(u32[block.uniq / 4 + u]!, block.values === 0 ? 1 : f32[block.values / 4 + i]!, f32[layout.w / 4 + u]!);
  }
  // Where it is not finite all other parts of it mostly are not, either.
  dense(0, intercept!);
  return { ...columnOf(worst.feature, inputs), value: worst.value, weight: worst.weight };
}
