import type { BlockSource, SourceRows } from "./block-source.js";
import type { TrainPlan } from "./plan.js";

/** The rows of the training blocks, one block after the other. @param stopped throws where the training was asked to stop; called behind every block that was read */
export async function* trainingRows({ blocks, trainBlocks }: TrainPlan, source: BlockSource, stopped = (): void => undefined): AsyncGenerator<SourceRows> {
  let opened = -1;
  for (const { pack, from, to } of blocks.slice(0, trainBlocks)) {
    if (pack !== opened) await source.open(pack);
    opened = pack;
    const rows = await source.read(from, to);
    stopped();
    yield rows;
  }
}

/** By output the weighted sum of labels (of several classes: the weight of each), and the weight of all, in the order of the rows. Labels that are no class are left out of the sums. */
export async function labelTotals(outputs: number, all: AsyncIterable<SourceRows>): Promise<{ sums: Float64Array; weight: number }> {
  const sums = new Float64Array(outputs);
  let total = 0;
  for await (const { rows, label, labels, weight } of all) {
    for (let r = 0; r < rows; r++) {
      const w = weight[r]!;
      total += w;
      if (labels !== null) for (let k = 0; k < outputs; k++) sums[k] = sums[k]! + w * labels[outputs * r + k]!;
      else if (outputs === 1) sums[0] = sums[0]! + w * label[r]!;
      else if (label[r]! < outputs) sums[label[r]!] = sums[label[r]!]! + w;
    }
  }
  return { sums, weight: total };
}
