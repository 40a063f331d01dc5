import { isOfClasses, v1 } from "@crossbill/messages";
import { headOf } from "./head-schema.js";
import { HEADS } from "./heads.js";
import type { Config } from "./schema.js";

/** How many of a logistic head's labels a name in `train.classWeights` can mean. */
type Side = "positive" | "negative";

const texts = (value: string | string[] | undefined): string[] => (value === undefined ? [] : typeof value === "string" ? [value] : value);

/** Names of a logistic head's classes: the words, the label texts that the configuration names, and "0" where "1" alone is positive and all else negative. */
function sidesOf({ data }: Config): Map<string, Side> {
  const positive = texts(data.positive);
  const negative = data.negative === undefined && positive.length === 1 && positive[0] === "1" ? ["0"] : texts(data.negative);
  const sides = new Map<string, Side>([
    ["positive", "positive"],
    ["negative", "negative"],
  ]);
  for (const text of negative) sides.set(text, "negative");
  for (const text of positive) sides.set(text, "positive");
  return sides;
}

/** What is wrong with `train.classWeights`. Of classes that are still to be learned, the trainer says. */
export function classWeightProblems(config: Config): string[] {
  const given = config.train.classWeights;
  if (given == null) return [];
  const { kind } = headOf(config);
  const several = isOfClasses(HEADS[kind]);
  if (!several && kind !== "logistic") return [`train.classWeights: the head ${kind} predicts numbers, not classes; leave it out`];
  if (given === "balanced") return [];
  const known = several ? config.data.classes : [...sidesOf(config).keys()];
  const unknown = Object.keys(given).filter((name) => known !== undefined && !known.includes(name));
  const problems = unknown.map(
    (name) => `train.classWeights: there is no class ${JSON.stringify(name)}; there are ${known!.map((one) => JSON.stringify(one)).join(", ")}`,
  );
  if (several || problems.length > 0) return problems;
  for (const side of ["positive", "negative"] as const) {
    const weights = weightsOf(config, given, side);
    if (weights.size > 1) problems.push(`train.classWeights: gives the ${side} labels ${[...weights].join(" and ")}; they are one class, and have one weight`);
  }
  return problems;
}

function weightsOf(config: Config, given: Readonly<Record<string, number>>, side: Side): Set<number> {
  const sides = sidesOf(config);
  return new Set(Object.entries(given).flatMap(([name, weight]) => (sides.get(name) === side ? [weight] : [])));
}

export function classWeightsSpec(config: Config): v1.ClassWeights | null {
  const given = config.train.classWeights;
  if (given == null) return null;
  if (given === "balanced") return v1.ClassWeights.create({ balanced: true });
  const several = isOfClasses(HEADS[headOf(config).kind]);
  const weights = several
    ? Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1))
    : (["negative", "positive"] as const).flatMap((side) => [...weightsOf(config, given, side)].map((weight): [string, number] => [side, weight]));
  return v1.ClassWeights.create({ weights: weights.map(([name, weight]) => v1.ClassWeight.create({ name, weight })) });
}
