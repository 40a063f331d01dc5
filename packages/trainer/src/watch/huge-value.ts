import { type Inputs, transformOf } from "../blocks/inputs.js";
import type { Loader } from "../blocks/loader.js";
import type { TrainPlan } from "../rows/plan.js";

/** A scaled value of this size is no ordinary one. */
const HUGE = 1e6;

/** Of the column's values in some blocks the one that is largest as the model takes it, where that is huge: as it stands in the data. null: there is none, or the column is not numeric. */
export async function hugeValue(
  column: string | null,
  blocks: readonly number[],
  { plan, inputs, loader }: { readonly plan: TrainPlan; readonly inputs: Inputs; readonly loader: Loader },
): Promise<{ readonly pack: string; readonly row: number; readonly value: number } | null> {
  const input = inputs.numeric.find(({ name }) => name === column);
  if (input === undefined) return null;
  const { apply } = transformOf(input);
  let found: { pack: string; row: number; value: number } | null = null;
  let largest = HUGE;
  for (const index of blocks) {
    const planned = plan.blocks[index]!;
    const rows = await loader.read(planned);
    for (const [r, value] of rows.numbers(input.name).entries()) {
      const size = Math.abs(apply(value));
      if (size <= largest || Number.isNaN(size)) continue;
      largest = size;
      found = { pack: plan.packs[planned.pack]!.uri, row: rows.places?.[r] ?? planned.from + r, value };
    }
  }
  return found;
}
