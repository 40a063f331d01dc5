import type { v1 } from "@crossbill/messages";

/** How what the tasks of a pass summed up becomes one. */
export interface Folding<T> {
  readonly purpose: v1.ScoreParams.Purpose;
  /** @param pack its number */
  fromMessage(message: v1.PackAccumulators, pack: number): T;
  merge(left: T, right: T): T;
}
