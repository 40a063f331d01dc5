import type { BlockSource, SourceRows } from "./block-source.js";
import type { TrainPlan } from "./plan.js";

/** The rows of the training blocks, one block after the other. */
export async function* trainingRows({ blocks, trainBlocks }: TrainPlan, source: BlockSource): AsyncGenerator<SourceRows> {
  let opened = -1;
  for (const { pack, from, to } of blocks.slice(0, trainBlocks)) {
    if (pack !== opened) await source.open(pack);
    opened = pack;
    yield await source.read(from, to);
  }
}
