import type { Inputs } from "../blocks/inputs.js";
import type { BlockSource } from "./block-source.js";
import type { PlannedBlock, TrainPlan } from "./plan.js";

/** The plan, its blocks of ordered packs with the pairs of their rows: these are read for it. */
export async function countPairs(plan: TrainPlan, source: BlockSource, { multi }: Pick<Inputs, "multi">, stopped: () => void): Promise<TrainPlan> {
  if (multi.length === 0 || plan.packs.every(({ order }) => order === undefined)) return plan;
  const blocks: PlannedBlock[] = [];
  let opened = -1;
  for (const block of plan.blocks) {
    if (plan.packs[block.pack]!.order === undefined) {
      blocks.push(block);
      continue;
    }
    stopped();
    if (opened !== block.pack) {
      opened = block.pack;
      await source.verify(opened);
      await source.open(opened);
    }
    const rows = await source.read(block.from, block.to);
    blocks.push({ ...block, pairs: multi.reduce((sum, { name }) => sum + rows.pairs(name).ids.length, 0) });
  }
  return { ...plan, blocks };
}
