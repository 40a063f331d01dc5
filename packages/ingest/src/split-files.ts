import { decodeMessage, v1 } from "@crossbill/messages";
import { type PassOptions, runShards } from "./passes.js";
import type { Shard } from "./plan-file.js";
import type { PlannedFile } from "./scan-files.js";
import { fileCut, orderCut, type SplitCut, timeCut } from "./split-cut.js";
import { STEPS } from "./steps.js";
import { TimeCounts } from "./time-counts.js";

/** Where the files' rows are cut. */
export interface FilesSplit {
  readonly whole: SplitCut;
  readonly files: ReadonlyMap<PlannedFile, SplitCut>;
  /** Milliseconds to which a cut by time is found; 0 by order. */
  readonly resolution: number;
}

/**
 * Finds where a split by order or time cuts the rows of all files of train, taken one behind the other; null where the data are not split so. By time a task per
 * shard counts its times; the result depends on the times alone.
 */
export async function splitFiles(files: readonly PlannedFile[], options: PassOptions): Promise<FilesSplit | null> {
  const { order, time } = options.data.split ?? {};
  const train = files.filter(({ source }) => source.role === v1.Part.TRAIN);
  if (order != null) return byOrder(train, order);
  return time == null ? null : byTime(train, time as v1.TimeSplit, options);
}

function byOrder(train: readonly PlannedFile[], order: v1.OrderSplit.$Properties): FilesSplit {
  const whole = orderCut(
    train.reduce((sum, { plan }) => sum + plan.rows, 0),
    order,
  );
  const files = new Map<PlannedFile, SplitCut>();
  let base = 0;
  for (const file of train) {
    const of = { validationFrom: whole.validationFrom - base, testFrom: whole.testFrom - base };
    files.set(file, fileCut(of, 0, file.plan.rows - 1));
    base += file.plan.rows;
  }
  return { whole, files, resolution: 0 };
}

async function byTime(train: readonly PlannedFile[], time: v1.TimeSplit, options: PassOptions): Promise<FilesSplit> {
  const all = new TimeCounts();
  const ranges = new Map<PlannedFile, { least: number; most: number }>();
  const progress = ({ shard }: { shard: Shard }): void => options.onShard({ bytes: shard.end - shard.start, rows: 0 });
  for (const { file, result } of await runShards(STEPS.times, train, null, { ...options, columns: [] }, progress)) {
    const counts = decodeMessage(v1.TimeCounts, result.summary, `result of task ${result.key}`);
    all.merge(counts);
    if (counts.keys.length === 0) continue;
    const { least, most } = ranges.get(file) ?? counts;
    ranges.set(file, { least: Math.min(least, counts.least), most: Math.max(most, counts.most) });
  }
  const whole = timeCut(all, time);
  const files = new Map(
    train.map((file) => {
      const range = ranges.get(file) ?? { least: Number.NEGATIVE_INFINITY, most: Number.NEGATIVE_INFINITY };
      return [file, fileCut(whole, range.least, range.most)];
    }),
  );
  return { whole, files, resolution: all.resolution };
}
