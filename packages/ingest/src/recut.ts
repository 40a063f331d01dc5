import { v1 } from "@crossbill/messages";
import type { PlannedFile } from "./scan-files.js";
import { compareCuts, type SplitCut } from "./split-cut.js";
import type { FilesSplit } from "./split-files.js";

/** What a new cut means for files that were ingested under an earlier one. */
export interface Recut {
  /** Whose rows change their part: with the cut under which the state has learned from them. */
  readonly moved: ReadonlyMap<PlannedFile, SplitCut>;
  /** Why all must be ingested anew: rows that were learned from would be measured on; else null. */
  readonly back: string | null;
}

/** Compares the cuts of the files that are kept with those under which they were ingested. Pure. */
export function compareSplits(files: readonly PlannedFile[], kept: readonly v1.Partition[], split: FilesSplit | null): Recut {
  const moved = new Map<PlannedFile, SplitCut>();
  let back: string | null = null;
  for (const file of split === null ? [] : files) {
    const { name, role } = file.source;
    const partition = kept.find((one) => one.role === role && one.name === name);
    if (partition === undefined || role !== v1.Part.TRAIN) continue;
    const change = partition.cut == null ? "back" : compareCuts(partition.cut, split!.files.get(file)!);
    if (change === "back") back ??= `the split moved back: training rows of ${name} would be measured on`;
    if (change === "forward") moved.set(file, partition.cut);
  }
  return { moved, back };
}
