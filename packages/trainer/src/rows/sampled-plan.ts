import { CrossbillError, type v1 } from "@crossbill/messages";
import type { BlockSource } from "./block-source.js";
import { type KeptRows, type Ordering, planTraining, type TrainPlan } from "./plan.js";
import { RowDraw, type RowSampling } from "./row-sampling.js";

const READ_ROWS = 16_384;

/** A plan, and by class the rows there are and those kept. */
export interface SampledPlan {
  readonly plan: TrainPlan;
  readonly rows: readonly number[];
  readonly kept: readonly number[];
}

/**
 * The plan over the kept rows of the training packs, whose labels are read for it: blocks hold `batchSize` of those. Depends on the data and the sampling alone.
 * @param stopped asked now and then; throws to give up
 */
export async function sampledPlan(
  manifest: v1.IngestManifest,
  batchSize: number,
  source: BlockSource,
  sampling: RowSampling,
  stopped: () => void,
  ordering: Ordering | null = null,
): Promise<SampledPlan> {
  const all = planTraining(manifest, batchSize);
  const draw = new RowDraw(sampling);
  const [rows, kept] = [sampling.rates.map(() => 0), sampling.rates.map(() => 0)];
  const byPack: KeptRows[] = [];
  for (const [p, pack] of all.packs.entries()) {
    if (p >= all.trainPacks) break;
    await source.verify(p);
    await source.open(p);
    const cuts: number[] = [];
    let n = 0;
    for (let from = 0; from < pack.rows; from += READ_ROWS) {
      stopped();
      const { label } = await source.read(from, Math.min(pack.rows, from + READ_ROWS));
      for (const y of label) if (rows[y] !== undefined) rows[y]++;
      for (const r of draw.kept(pack.sha256, from, label)) {
        const y = label[r]!;
        if (kept[y] !== undefined) kept[y]++;
        // A block begins with every batchSize-th row kept.
        if (n > 0 && n % batchSize === 0) cuts.push(from + r);
        n++;
      }
    }
    byPack.push({ rows: n, cuts });
  }
  const plan = planTraining(manifest, batchSize, byPack, ordering);
  if (plan.trainRows === 0 && all.trainRows > 0)
    throw new CrossbillError("E_NO_ROWS", `train.sample left none of the ${all.trainRows} training rows; allow larger rates`, { exitCode: 2 });
  return { plan, rows, kept };
}
