import { type Costs, cheapest, type DecisionPoints, decide, decisionOf, pointAt } from "../decision.js";
import type { JsonDecision, JsonGain, JsonTest, Num } from "../json.js";
import { num } from "./base.js";

/** Shares of the rows whose gain is told. */
const SHARES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5];

type Ranked = Pick<JsonTest, "roc" | "threshold" | "confusion" | "weight" | "positiveWeight">;

/**
 * The points of the ROC curve as decisions, and where the evaluation's threshold stands among them; null where a class has no rows.
 * Of a curve that was thinned that threshold may lie between two points: it becomes one.
 */
export function decisionPoints({ roc, threshold, confusion, weight, positiveWeight }: Ranked): { points: DecisionPoints; start: number } | null {
  if (weight === null || positiveWeight === null || !(positiveWeight > 0) || !(weight > positiveWeight)) return null;
  const at = roc.falsePositiveRate.flatMap((x, i) => {
    const y = roc.truePositiveRate[i] ?? null;
    return x === null || y === null ? [] : [{ x, y, t: roc.thresholds[i] ?? null }];
  });
  if (at.length < 2) return null;
  const list = (): DecisionPoints => ({
    positive: positiveWeight,
    negative: weight - positiveWeight,
    falsePositiveRate: at.map(({ x }) => x),
    truePositiveRate: at.map(({ y }) => y),
    thresholds: at.map(({ t }) => t),
  });
  if (threshold === null) return { points: list(), start: 0 };
  const start = pointAt(list(), threshold);
  if (confusion?.truePositives == null || confusion.falsePositives === null) return { points: list(), start };
  const exact = { x: confusion.falsePositives / (weight - positiveWeight), y: confusion.truePositives / positiveWeight, t: threshold };
  if (exact.x === at[start]!.x && exact.y === at[start]!.y) return { points: list(), start };
  at.splice(start + 1, 0, exact);
  return { points: list(), start: start + 1 };
}

/** The decision at the evaluation's threshold. */
export function decision(test: JsonTest, costs: Costs): JsonDecision | null {
  const found = decisionPoints(test);
  if (found === null) return null;
  const { points, start } = found;
  const c = test.confusion;
  const at =
    c === null
      ? decide(points, start, costs)
      : decisionOf(c.truePositives ?? Number.NaN, c.falsePositives ?? Number.NaN, c.falseNegatives ?? Number.NaN, c.trueNegatives ?? Number.NaN, costs);
  const least = cheapest(points, costs);
  return {
    threshold: test.threshold,
    truePositives: num(at.truePositives),
    falsePositives: num(at.falsePositives),
    falseNegatives: num(at.falseNegatives),
    trueNegatives: num(at.trueNegatives),
    precision: num(at.precision),
    recall: num(at.recall),
    f1: num(at.f1),
    accuracy: num(at.accuracy),
    positiveShare: num(at.positiveShare),
    costFalsePositive: costs.falsePositive,
    costFalseNegative: costs.falseNegative,
    cost: num(at.cost),
    leastCost: { threshold: points.thresholds[least] ?? null, cost: num(decide(points, least, costs).cost) },
  };
}

/** Gain and lift at some shares of the rows: rows of one score are taken in part, in the order of chance. */
export function gain(test: Ranked): JsonGain[] {
  const found = decisionPoints(test);
  if (found === null) return [];
  const { points } = found;
  const share = (i: number): number =>
    (points.truePositiveRate[i]! * points.positive + points.falsePositiveRate[i]! * points.negative) / (points.positive + points.negative);
  return SHARES.map((wanted) => {
    let i = 1;
    while (i < points.thresholds.length - 1 && share(i) < wanted) i++;
    const [from, to] = [share(i - 1), share(i)];
    const part = to > from ? Math.min(1, (wanted - from) / (to - from)) : 1;
    const recall: Num = num(points.truePositiveRate[i - 1]! + part * (points.truePositiveRate[i]! - points.truePositiveRate[i - 1]!));
    return { share: wanted, recall, lift: recall === null ? null : recall / wanted };
  });
}
