import { CrossbillError } from "@crossbill/messages";
import { ExactSum } from "@crossbill/numerics";
import type { GroupMeasure, RankedGroup } from "./group-measures.js";

export type GroupKey = string | number;

interface Group {
  readonly weight: number;
  readonly scores: number[];
  readonly relevances: number[];
}

/** Rows by group, in a canonical order. */
export class RankedGroups {
  private groups = new Map<GroupKey, Group>();

  /** Groups by key: numbers ascending, then texts by code units. */
  sorted(): [GroupKey, Group][] {
    const number = (key: GroupKey): number => (typeof key === "number" ? 0 : 1);
    return [...this.groups].sort(([a], [b]) => number(a) - number(b) || (a < b ? -1 : 1));
  }

  /** @throws E_LENGTH_MISMATCH, E_RELEVANCE_RANGE, E_SCORE_RANGE, E_GROUP_RANGE, E_WEIGHT_RANGE; nothing is added then */
  add(relevances: ArrayLike<number>, scores: ArrayLike<number>, keys: ArrayLike<GroupKey>, weights?: ArrayLike<number>): void {
    const added = new RankedGroups();
    for (const [name, column] of Object.entries({ scores, groups: keys, ...(weights === undefined ? {} : { weights }) }))
      if (column.length !== relevances.length)
        throw new CrossbillError("E_LENGTH_MISMATCH", `${name} has ${column.length} entries and relevances has ${relevances.length}; give one entry a row`, {
          exitCode: 2,
        });
    for (let i = 0; i < relevances.length; i++) {
      const [relevance, score, key, w] = [relevances[i]!, scores[i]!, keys[i]!, weights === undefined ? 1 : weights[i]!];
      if (typeof relevance !== "number" || !(relevance >= 0 && relevance < Infinity))
        throw bad("E_RELEVANCE_RANGE", "relevance", i, relevance, "a finite number >= 0");
      if (typeof score !== "number" || Number.isNaN(score)) throw bad("E_SCORE_RANGE", "score", i, score, "any number but NaN");
      if (typeof key !== "string" && !Number.isFinite(key)) throw bad("E_GROUP_RANGE", "group", i, key, "a text or a finite number");
      if (typeof w !== "number" || !(w >= 0 && w < Infinity)) throw bad("E_WEIGHT_RANGE", "weight", i, w, "a finite number >= 0");
      if (w > 0) added.append(typeof key === "number" ? key + 0 : key, w, [score + 0], [relevance]);
    }
    this.merge(added);
  }

  /** @throws E_WEIGHT_RANGE when a group has another weight there; nothing is added then */
  merge(other: RankedGroups): void {
    for (const [key, { weight }] of other.groups) checkWeight(key, this.groups.get(key)?.weight ?? weight, weight);
    for (const [key, { weight, scores, relevances }] of other.groups) this.append(key, weight, scores, relevances);
  }

  /** Adds rows of one group. */
  append(key: GroupKey, weight: number, scores: ArrayLike<number>, relevances: ArrayLike<number>): void {
    let group = this.groups.get(key);
    if (group === undefined) {
      group = { weight, scores: [], relevances: [] };
      this.groups.set(key, group);
    }
    checkWeight(key, group.weight, weight);
    for (let i = 0; i < scores.length; i++) {
      group.scores.push(scores[i]!);
      group.relevances.push(relevances[i]!);
    }
  }

  /** Weighted means over the groups that have a relevant row. */
  means(measures: readonly GroupMeasure[], k: number): { groups: number; withoutRelevant: number; weight: number; values: number[] } {
    const total = new ExactSum();
    const sums = measures.map(() => new ExactSum());
    let withoutRelevant = 0;
    for (const group of this.groups.values()) {
      if (!group.relevances.some((x) => x > 0)) {
        withoutRelevant++;
        continue;
      }
      const ranked = rankedGroup(group);
      total.add(group.weight);
      for (const [m, measure] of measures.entries()) sums[m]!.addProduct(group.weight, measure(ranked, k));
    }
    const weight = total.value();
    return { groups: this.groups.size, withoutRelevant, weight, values: sums.map((sum) => sum.value() / weight) };
  }

  get largestRelevance(): number {
    let most = 0;
    for (const { relevances } of this.groups.values()) for (const x of relevances) most = Math.max(most, x);
    return most;
  }

  get hasFractions(): boolean {
    return [...this.groups.values()].some(({ relevances }) => relevances.some((x) => !Number.isInteger(x)));
  }
}

/** Indices of a group's rows by falling score, of equal scores by falling relevance. */
export function rowOrder({ scores, relevances }: Pick<Group, "scores" | "relevances">): number[] {
  return scores.map((_, i) => i).sort((a, b) => (scores[a] === scores[b] ? relevances[b]! - relevances[a]! : scores[a]! > scores[b]! ? -1 : 1));
}

function rankedGroup(group: Group): RankedGroup {
  const order = rowOrder(group);
  const ends: number[] = [];
  for (let i = 1; i <= order.length; i++) if (i === order.length || group.scores[order[i]!] !== group.scores[order[i - 1]!]) ends.push(i);
  return { relevances: Float64Array.from(order, (row) => group.relevances[row]!), ends };
}

function checkWeight(key: GroupKey, want: number, got: number): void {
  if (got === want) return;
  throw new CrossbillError(
    "E_WEIGHT_RANGE",
    `group ${JSON.stringify(key)} has rows of weight ${want} and of weight ${got}; give all rows of a group its weight`,
    {
      exitCode: 2,
    },
  );
}

function bad(code: `E_${string}`, what: string, row: number, got: unknown, allowed: string): CrossbillError {
  return new CrossbillError(code, `${what} at index ${row} is ${String(got)}, allowed is ${allowed}; correct or drop that row`, {
    details: { row, got: String(got) },
  });
}
