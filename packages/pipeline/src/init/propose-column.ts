import type { FieldProfile, NumberProfile } from "./field-profile.js";
import { isCalledCode, isTime, isUnique, WORDS } from "./guess-keys.js";
import { shortNumber } from "./numbers.js";
import { shown } from "./source-text.js";

/** A column for a field, with what is written behind the field's name in its call. */
export interface ColumnProposal {
  /** Of the entry in `columns`. */
  readonly name: string;
  readonly field: string;
  readonly kind: "identity" | "vocabulary" | "hashed" | "bucketized" | "numeric";
  readonly options: Readonly<Record<string, number | string>>;
  readonly why: string;
}

/** Why a field is no column. */
export interface LeftOut {
  readonly field: string;
  readonly why: string;
}

/** Whole numbers up to it are ids of their own. */
const SMALL = 31;
/** Whole numbers of so few different values, each often, are names. */
const FEW = 20;
/** Different texts that are each given a weight at most, and the share of the values from which on they count as many. */
const MEDIUM = 5000;
const MANY = 0.2;
/** Items of texts or lists that are given a weight at most. */
const MOST_ITEMS = 20_000;
const QUANTILES = 20;
const LEAST_BUCKETS = 2 ** 10;
const MOST_BUCKETS = 2 ** 22;
/** A number is skewed when it is often zero, or when the 5% to 50% of its values lie within a third of the 50% to 95%, or the other way round. */
const SKEW = 3;
/** Share of zeros from which on they have a bucket of their own. */
const OFTEN = 0.3;

/**
 * What becomes of a field by what it holds: see the README's table.
 * @param rows of the whole file
 * @param group whose rows are split together
 */
export function proposeColumn(profile: FieldProfile, rows: number, group: string | undefined): ColumnProposal | LeftOut {
  const { name: field, numbers } = profile;
  const out = (why: string): LeftOut => ({ field, why });
  const column = (kind: ColumnProposal["kind"], options: ColumnProposal["options"], why: string): ColumnProposal => ({
    name: field,
    field,
    kind,
    options,
    why,
  });
  if (field === "") return out("has no name in the header");
  if (profile.values === 0) return out("is always empty");
  if (profile.distinct === 1 && profile.missing === 0) return out(`is always ${shown(profile.counts[0]![0])}`);
  if (isTime(profile)) return out("is a time: those of tomorrow are all new");
  if (field === group) return out("is what rows are split by: the test rows are of others, of which its weights would say nothing");
  if (profile.lists) return column("vocabulary", { split: "list", maxSize: MOST_ITEMS }, "lists: a weight for each item");
  if (profile.separator !== null)
    return column(
      "vocabulary",
      { split: profile.separator, maxSize: MOST_ITEMS },
      `several values with ${shown(profile.separator)} between: a weight for each`,
    );
  if (numbers === null) return isUnique(profile) ? out("differs in every row") : proposeTexts(profile, rows, column);
  if (isUnique(profile)) return out("counts the rows");
  return proposeNumbers(profile, numbers, rows, column);
}

type Make = (kind: ColumnProposal["kind"], options: ColumnProposal["options"], why: string) => ColumnProposal;

function proposeTexts(profile: FieldProfile, rows: number, column: Make): ColumnProposal {
  if (profile.words >= WORDS && profile.distinct > profile.values / 2)
    return column(
      "vocabulary",
      { split: "words", maxSize: MOST_ITEMS, minCount: 2 },
      `texts of ${shortNumber(profile.words)} words on average: a weight for each word`,
    );
  return proposeNames(profile, rows, column, "texts");
}

/** A vocabulary, or a hash where there are many. */
function proposeNames(profile: FieldProfile, rows: number, column: Make, what: string): ColumnProposal {
  const { distinct, values } = profile;
  if (distinct > MEDIUM || (distinct > 100 && distinct > MANY * values)) {
    const expected = Math.max(distinct, Math.min(rows, distinct + (profile.once * (profile.once - 1)) / (2 * (profile.twice + 1))));
    let buckets = LEAST_BUCKETS;
    while (buckets < 4 * expected && buckets < MOST_BUCKETS) buckets *= 2;
    return column("hashed", { buckets }, `${distinct} different ${what} in ${values} rows, and there will be more: too many for a vocabulary`);
  }
  const rare = distinct > 50 && values > 20 * distinct;
  return column("vocabulary", rare ? { minCount: 5 } : {}, `${distinct} different ${what}${rare ? "; one of fewer than 5 rows counts as unknown" : ""}`);
}

function proposeNumbers(profile: FieldProfile, numbers: NumberProfile, rows: number, column: Make): ColumnProposal {
  const { distinct, values } = profile;
  const { whole, min, q05, median, q95, max, zeros } = numbers;
  if (whole && min >= 0 && max <= SMALL) {
    const range = `whole numbers from ${min} to ${max}`;
    return column("identity", { size: max + 2, default: max + 1 }, `${range}, each with a weight of its own; id ${max + 1} is for what is none of them`);
  }
  if (whole && distinct <= FEW && values >= FEW * distinct) return proposeNames(profile, rows, column, "whole numbers");
  if (whole && min >= 0 && isCalledCode(profile)) return proposeNames(profile, rows, column, "numbers that are names");
  const range = `numbers from ${shortNumber(min)} to ${shortNumber(max)}`;
  const low = median - q05;
  const high = q95 - median;
  const often = zeros > OFTEN;
  if (distinct > FEW && (often || Math.max(low, high) > SKEW * Math.min(low, high))) {
    const bulk = often ? `${shortNumber(100 * zeros)}% are 0` : `half are up to ${shortNumber(median)}`;
    return column("bucketized", { quantiles: QUANTILES, ...(often ? { of: "nonZero" } : {}) }, `${range}, skewed: ${bulk}, 95% up to ${shortNumber(q95)}`);
  }
  return column("numeric", profile.missing > 0 ? { missing: "indicator" } : {}, range + (profile.missing > 0 ? ", sometimes missing" : ""));
}
