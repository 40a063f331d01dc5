import { v1 } from "@crossbill/messages";
import { addOutliers } from "./outliers.js";
import type { ShardResult } from "./passes.js";
import { countRejects } from "./rejects-file.js";
import type { PlannedFile } from "./scan-files.js";
import type { SplitCut } from "./split-cut.js";
import type { FilesSplit } from "./split-files.js";

export function rejectedOf(shards: readonly ShardResult[]): number {
  return shards.reduce((sum, { summary }) => sum + summary.rowsRejected, 0);
}

/** A file as the manifest has it, of its shards. @param cut where the split went through it */
export function partitionOf({ source, plan }: PlannedFile, shards: readonly ShardResult[], generation: number, cut: SplitCut | undefined): v1.Partition {
  return v1.Partition.create({
    name: source.name,
    sha256: plan.sha256,
    role: source.role,
    rowsRead: plan.rows,
    rowsRejected: rejectedOf(shards),
    rejects: countRejects(shards.map(({ summary }) => summary)).map(({ code, rows }) => v1.RejectCount.create({ code, rows, rate: rows / plan.rows })),
    outliers: addOutliers(shards.map(({ summary }) => summary.outliers)),
    packs: shards.flatMap(({ summary, shard }) => summary.packs.map((pack) => withShard(pack, shard))),
    generation,
    ...(cut === undefined ? {} : { cut: v1.SplitCut.create(cut) }),
  });
}

/** What the split did with the rows of the files of train. */
export function splitResult(partitions: readonly v1.Partition[], split: FilesSplit | null): v1.SplitResult {
  const packs = partitions.filter(({ role }) => role === v1.Part.TRAIN).flatMap((partition) => partition.packs);
  const rows = (part: v1.Part): number => packs.filter((pack) => pack.part === part).reduce((sum, pack) => sum + pack.rows, 0);
  return v1.SplitResult.create({
    ...(split === null ? {} : { cut: v1.SplitCut.create(split.whole), resolution: split.resolution }),
    train: rows(v1.Part.TRAIN),
    validation: rows(v1.Part.VALIDATION),
    test: rows(v1.Part.TEST),
  });
}

function withShard({ file, part, rows, weight, positiveWeight, chunkPairs }: v1.Pack, shard: number): v1.Pack {
  return v1.Pack.create({ file, part, rows, weight, positiveWeight, shard, chunkPairs });
}
