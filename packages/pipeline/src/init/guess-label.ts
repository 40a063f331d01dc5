import type { FieldProfile } from "./field-profile.js";
import { wordsOf } from "./field-words.js";
import { shown } from "./source-text.js";

/** Which field is learned, and how. */
export interface LabelGuess {
  readonly field: string;
  readonly head: "logistic" | "squared" | "softmax";
  /** Text of the positive class; null for a number and for several classes. */
  readonly positive: string | null;
  readonly why: string;
  readonly whyPositive: string;
}

const LABELS = words(
  "label target y class outcome clicked click converted conversion churn churned exited attrition fraud fraudulent spam survived purchased purchase bought buy subscribed subscribe deposit default defaulted response responded won winner approved canceled cancelled returned diagnosis malignant readmitted tipper",
);
/** Names of several classes; the others are so often those of a feature that they count for less. */
const CLASSES = words("label target y class outcome diagnosis response species variety");
const KINDS = words("type kind category genre digit group segment cluster");
const AMOUNTS = words("label target y value price amount sales revenue rating cost demand");
const POSITIVE = words("yes y true t positive pos spam fraud click clicked bought converted churn churned default defaulted malignant success win won");
const PAIRS = words("1/0 1.0/0.0 yes/no y/n true/false t/f").map((pair) => pair.split("/"));
/** Classes of the head softmax, and of those that are numbers: more are amounts. */
const MOST_CLASSES = 100;
const MOST_NUMBERS = 20;
/** A class seen once may be in test rows alone, which are rejected then. */
const MOST_ONCE = 0.01;
/** Rows without a label are rejected: only so many may be. */
const MOST_MISSING = 0.005;
/** What one sign is worth is below; less than this together is no label. */
const ENOUGH = 1.5;

function words(text: string): string[] {
  return text.split(" ");
}

/**
 * The label among the fields: of two values, told by its name, its values and its place; else of several classes, or a number, told by its name and place.
 * null: nothing tells it.
 * Signs of a field of two values: its name is a label's 4, or holds such a word 2.5, or ends with a question mark 2; yes and no or the like 1; the last field 1.5,
 * the first 0.5; the only one of two values 1. The last of equal ones counts. Of several classes: 4 and 2.5 for the names of labels, 1 for those of kinds, the last field 1.
 * Of a number: 1.5 for the name of an amount, the last field 1.
 */
export function guessLabel(profiles: readonly FieldProfile[]): LabelGuess | null {
  const usable = profiles.filter((profile) => profile.missing <= MOST_MISSING * (profile.missing + profile.values));
  const pairs = usable.filter((profile) => profile.distinct === 2 && profile.counts.length === 2);
  const binary = best(pairs, (profile) => binarySigns(profile, profiles, pairs.length));
  if (binary !== null) return asBinary(binary.profile, binary.signs.join(", "));
  const numbers = usable.filter((profile) => profile.numbers !== null && profile.distinct > 2);
  const amount = best(numbers, (profile) => amountSigns(profile, profiles));
  const classes = best(usable.filter(canBeClasses), (profile) => classSigns(profile, profiles));
  if (classes !== null && classes.points > (amount?.points ?? 0)) return asClasses(classes.profile, classes.signs.join(", "));
  return amount === null ? null : asAmount(amount.profile, amount.signs.join(", "));
}

/** The label that is named, with how it is learned; null where it has not 2 to 100 values, is no number, and `positive` is not given. */
export function namedLabel(profile: FieldProfile, positive: string | undefined): LabelGuess | null {
  const why = "named by --label";
  if (positive !== undefined) return { field: profile.name, head: "logistic", positive, why, whyPositive: "named by --positive; every other text is negative" };
  if (profile.distinct === 2 && profile.counts.length === 2) return asBinary(profile, why);
  if (canBeClasses(profile) && (profile.numbers === null || classSigns(profile, [profile]).length > 0)) return asClasses(profile, why);
  return profile.numbers !== null && profile.distinct > 2 ? asAmount(profile, why) : null;
}

/** Whether a field may be of several classes: its values come again; numbers are whole ones, each often. */
function canBeClasses({ distinct, values, once, lists, numbers }: FieldProfile): boolean {
  if (distinct < 3 || distinct > MOST_CLASSES || lists || once > MOST_ONCE * values) return false;
  return numbers === null || (numbers.whole && distinct <= MOST_NUMBERS && values >= 10 * distinct);
}

interface Best {
  readonly profile: FieldProfile;
  readonly points: number;
  readonly signs: readonly string[];
}

type Signs = readonly (readonly [points: number, sign: string])[];

function best(profiles: readonly FieldProfile[], signsOf: (profile: FieldProfile) => Signs): Best | null {
  let found: Best | null = null;
  let most = ENOUGH;
  for (const profile of profiles) {
    const signs = signsOf(profile);
    const points = signs.reduce((sum, [worth]) => sum + worth, 0);
    if (points < most) continue;
    most = points;
    found = { profile, points, signs: signs.map(([, sign]) => sign) };
  }
  return found;
}

function binarySigns(profile: FieldProfile, all: readonly FieldProfile[], pairs: number): Signs {
  const signs: [number, string][] = [];
  signs.push(...nameSigns(profile.name, LABELS));
  const values = profile.counts.map(([text]) => text.toLowerCase());
  const pair = PAIRS.find((one) => one.every((text) => values.includes(text)));
  if (pair !== undefined) signs.push([1, `its values are ${pair[0]} and ${pair[1]}`]);
  if (profile === all.at(-1)) signs.push([1.5, "it is the last field, of two values"]);
  else if (profile === all[0]) signs.push([0.5, "it is the first field, of two values"]);
  if (pairs === 1) signs.push([1, "no other field has exactly two values"]);
  return signs;
}

function nameSigns(name: string, known: readonly string[]): [number, string][] {
  const parts = wordsOf(name);
  const rest = parts.filter((word) => !["is", "has", "was", "it", "y", "n"].includes(word) || parts.length === 1);
  if (rest.length === 1 && known.includes(rest[0]!)) return [[4, "it is called like a label"]];
  if (parts.some((word) => known.includes(word))) return [[2.5, "its name has a word of labels in it"]];
  return name.trimEnd().endsWith("?") ? [[2, "its name asks a question"]] : [];
}

function amountSigns(profile: FieldProfile, all: readonly FieldProfile[]): Signs {
  const known = wordsOf(profile.name).filter((word) => AMOUNTS.includes(word));
  if (known.length === 0) return [];
  return [[1.5, `it is a number, and its name has ${shown(known[0]!)} in it`], ...(profile === all.at(-1) ? ([[1, "it is the last field"]] as const) : [])];
}

/** None for numbers that are not called like classes. */
function classSigns(profile: FieldProfile, all: readonly FieldProfile[]): Signs {
  const signs: [number, string][] = nameSigns(profile.name, CLASSES).filter(([worth]) => worth > 2);
  if (signs.length === 0 && wordsOf(profile.name).some((word) => KINDS.includes(word))) signs.push([1, "its name has a word of kinds in it"]);
  if (signs.length === 0 && profile.numbers !== null) return [];
  if (profile === all.at(-1) && all.length > 1) signs.push([1, "it is the last field"]);
  return signs;
}

function asBinary(profile: FieldProfile, why: string): LabelGuess {
  const [common, rare] = profile.counts as readonly [readonly [string, number], readonly [string, number]];
  const known = [common, rare].filter(([text]) => POSITIVE.includes(text.toLowerCase()));
  const greater = Number(common[0]) > Number(rare[0]) ? common : rare;
  const [positive, whyPositive] =
    profile.numbers !== null
      ? [greater, "the greater one"]
      : known.length === 1
        ? [known[0]!, "says yes"]
        : [rare, "the rarer one: change it if the other one is what you want to predict"];
  const other = positive === common ? rare : common;
  const share = ((100 * positive[1]) / profile.values).toPrecision(3);
  return {
    field: profile.name,
    head: "logistic",
    positive: positive[0],
    why,
    whyPositive: `${whyPositive}; ${share}% of the rows, the others are ${shown(other[0])}`,
  };
}

function asAmount(profile: FieldProfile, why: string): LabelGuess {
  return { field: profile.name, head: "squared", positive: null, why: `${why}; a number, so the model is a regression`, whyPositive: "" };
}

function asClasses(profile: FieldProfile, why: string): LabelGuess {
  return { field: profile.name, head: "softmax", positive: null, why: `${why}; ${profile.distinct} values: a model of several classes`, whyPositive: "" };
}
