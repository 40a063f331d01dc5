import type { TrainData } from "../loop/protocol.js";
import { arraySource } from "./array-source.js";
import type { BlockSource } from "./block-source.js";
import { weightedByClass } from "./class-weights.js";
import type { PlannedPack } from "./plan.js";

/** Where rows are read: packs (which bring all of ingestion along, and take a while to load: imported only where there are packs) or arrays; weighted by class. */
export async function openSource(from: {
  readonly source: TrainData["source"];
  readonly root: string;
  readonly packs: readonly PlannedPack[];
  /** See {@link weightedByClass}; null: the weights as they are. */
  readonly classFactors: readonly number[] | null;
  /** Holds the record batch that is read, while it suffices; of its own. */
  readonly room?: Uint8Array;
}): Promise<BlockSource> {
  const { source, root, packs, classFactors, room } = from;
  const plain =
    source.kind === "arrays"
      ? arraySource(packs.map(({ order }, i) => source.packs[order?.pack ?? i]!))
      : (await import("./pack-source.js")).packSource(root, packs, room);
  return classFactors === null ? plain : weightedByClass(plain, classFactors);
}
