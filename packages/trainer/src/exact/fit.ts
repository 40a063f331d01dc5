import { Judge, type Judged, NOT_JUDGED } from "../watch/judge.js";
import type { KernelObjective } from "./kernel-objective.js";
import type { ExactHead } from "./passes.js";

/** How a solution tells its training rows apart; of a head that is solved in parts, all parts together. */
export interface Fit extends Judged {
  /** Parts that have rows of several classes, and those of them where every row is on the right side. */
  readonly problems: number;
  readonly separated: number;
}

export const NO_FIT: Fit = { ...NOT_JUDGED, problems: 0, separated: 0 };

/** Of the point that was evaluated last. Heads that predict numbers, and label vectors, are not judged. */
export function fitOf(objective: KernelObjective, head: ExactHead): Fit {
  if ((head !== "logistic" && head !== "softmax") || objective.vectors !== null) return NO_FIT;
  const judge = new Judge(head);
  judge.add(objective.residuals, objective.labels, objective.weights);
  const { judged, wrong, saturated, several } = judge;
  return { judged, wrong, saturated, several, problems: several ? 1 : 0, separated: several && wrong === 0 ? 1 : 0 };
}

export function fitOfAll(fits: readonly Fit[]): Fit {
  const sum = (of: (fit: Fit) => number): number => fits.reduce((all, one) => all + of(one), 0);
  return {
    judged: sum(({ judged }) => judged),
    wrong: sum(({ wrong }) => wrong),
    saturated: sum(({ saturated }) => saturated),
    several: fits.some(({ several }) => several),
    problems: sum(({ problems }) => problems),
    separated: sum(({ separated }) => separated),
  };
}
