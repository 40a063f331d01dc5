import { v1 } from "@crossbill/messages";

export interface RateSummary {
  value: number;
  low: number;
  high: number;
}

/** Decisions at the threshold by the values of one field; undefined numbers are NaN. */
export interface FairnessSummary {
  field: string;
  /** In order of the values; `group` null: the rows without a value. */
  groups: {
    group: string | null;
    rows: number;
    weight: number;
    baseRate: number;
    positiveRate: RateSummary;
    truePositiveRate: RateSummary;
    falsePositiveRate: RateSummary;
    precision: RateSummary;
  }[];
  /** Largest differences, `most` and `least` the groups; absent where fewer than two groups have the rate. */
  differences: (RateSummary & { name: string; most?: string | null; least?: string | null })[];
}

export function fairnessSummaries({ evaluation }: v1.Measured): FairnessSummary[] {
  return (evaluation?.fairness ?? []).map((one) => ({
    field: one.field ?? "",
    groups: (one.groups ?? []).map((group) => {
      const { key, rows, weight, baseRate, positiveRate, truePositiveRate, falsePositiveRate, precision } = v1.GroupRates.create(group);
      return {
        group: groupName(key),
        rows,
        weight,
        baseRate,
        positiveRate: rateSummary(positiveRate),
        truePositiveRate: rateSummary(truePositiveRate),
        falsePositiveRate: rateSummary(falsePositiveRate),
        precision: rateSummary(precision),
      };
    }),
    differences: (one.differences ?? []).map((difference) => {
      const { name, value, low, high, most, least } = v1.FairnessDifference.create(difference);
      return { name, value, low, high, ...(most ? { most: groupName(most) } : {}), ...(least ? { least: groupName(least) } : {}) };
    }),
  }));
}

function groupName(key: v1.ISliceKey | null | undefined): string | null {
  return key?.missing === true ? null : (key?.value ?? "");
}

function rateSummary(rate: v1.IRate | null | undefined): RateSummary {
  return { value: rate?.value ?? Number.NaN, low: rate?.low ?? Number.NaN, high: rate?.high ?? Number.NaN };
}
