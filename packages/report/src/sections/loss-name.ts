import type { JsonTest, ReportJson } from "../json.js";

/** Whether the model predicts numbers that are no probabilities. */
export function ofNumbers(test: Pick<JsonTest, "head"> | null): boolean {
  return test?.head === "squared" || test?.head === "poisson";
}

/** Whether the model tells several classes apart: there is no one probability to have a bias or a curve. */
export function ofClasses(test: Pick<JsonTest, "head"> | null): boolean {
  return test !== null && test.head !== "logistic" && !ofNumbers(test);
}

/** What models of this head are compared by. */
export function lossName({ test }: ReportJson): string {
  return test?.head === "squared" ? "squared error" : test?.head === "poisson" ? "deviance" : "log-loss";
}
