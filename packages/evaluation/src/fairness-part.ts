import path from "node:path";
import type { WeightKind } from "@crossbill/calibration";
import { openPack } from "@crossbill/ingest";
import type { v1 } from "@crossbill/messages";
import { FairnessAccumulator, type FairnessDifference, type GroupRates } from "@crossbill/slicing";
import type { Scores } from "./score-file.js";
import { sliceKey } from "./slice-key.js";
import { textsOf } from "./slice-texts.js";

const ROWS_AT_ONCE = 8192;
/** Groups with fewer rows are told, but not compared. */
const MIN_ROWS = 100;

/**
 * Decisions at the threshold by the values of each field, over all rows of the packs.
 * @param fields slice fields of the packs
 * @param scoresOf reads the scores of one pack
 * @throws E_SLICE_FIELD, E_PACK
 */
export async function fairnessPart(
  root: string,
  packs: readonly v1.Pack[],
  scoresOf: (pack: number) => Promise<Scores>,
  fields: readonly string[],
  threshold: number,
  interval: { readonly weightKind: WeightKind; readonly level: number },
): Promise<v1.IGroupFairness[]> {
  const accumulators = fields.map((field) => [field, new FairnessAccumulator({ threshold })] as const);
  for (const [k, { file }] of packs.entries()) {
    const pack = await openPack(path.join(root, file.uri), file);
    const { label, weight, predictions } = await scoresOf(k);
    for (let from = 0; from < pack.rows; from += ROWS_AT_ONCE) {
      const to = Math.min(pack.rows, from + ROWS_AT_ONCE);
      const { slices } = await pack.read(from, to, { slices: true });
      for (const [field, accumulator] of accumulators) {
        const texts = textsOf(pack, slices, field);
        accumulator.update(label.subarray(from, to), predictions[0]!.subarray(from, to), texts, weight.subarray(from, to));
      }
    }
  }
  return accumulators.map(([field, accumulator]) => {
    const { groups, differences } = accumulator.value({ ...interval, minRows: MIN_ROWS });
    return { field, groups: groups.map((group) => groupMessage(field, group)), differences: differences.map((one) => differenceMessage(field, one)) };
  });
}

function groupMessage(field: string, { value, ...rates }: GroupRates): v1.IGroupRates {
  const { rows, weight, baseRate, positiveRate, truePositiveRate, falsePositiveRate, precision } = rates;
  return {
    key: sliceKey(field, value),
    rows,
    weight,
    baseRate,
    positiveRate: { ...positiveRate },
    truePositiveRate: { ...truePositiveRate },
    falsePositiveRate: { ...falsePositiveRate },
    precision: { ...precision },
  };
}

function differenceMessage(field: string, { name, value, low, high, most, least }: FairnessDifference): v1.IFairnessDifference {
  return {
    name,
    value,
    low,
    high,
    ...(most === undefined ? {} : { most: sliceKey(field, most) }),
    ...(least === undefined ? {} : { least: sliceKey(field, least) }),
  };
}
