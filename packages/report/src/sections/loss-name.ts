import type { JsonTest, ReportJson } from "../json.js";

/** Whether the model predicts numbers that are no probabilities. */
export function ofNumbers(test: Pick<JsonTest, "head"> | null): boolean {
  return test?.head === "squared" || test?.head === "poisson";
}

/** What models of this head are compared by. */
export function lossName({ test }: ReportJson): string {
  return test?.head === "squared" ? "squared error" : test?.head === "poisson" ? "deviance" : "log-loss";
}
