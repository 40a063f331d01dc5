import { csvCell } from "@crossbill/messages";

/** The predicted columns of a row: one number; of several classes the class's name and all probabilities. */
export type Predicted = readonly (string | number)[];

/** Names of the predicted columns. */
export function predictedNames(classes: readonly string[]): string[] {
  return classes.length === 0 ? ["prediction"] : ["class", ...classes.map((name) => `probability:${name}`)];
}

/** Text of predicted rows. */
export interface RowWriter {
  /** Before the first row; may be empty. */
  head(): string;
  /** `kept` as the input has them (null: no value); `predicted` null: the row was rejected. Ends with a newline. */
  row(kept: readonly (string | null)[], predicted: Predicted | null): string;
}

/** Columns: those of `keep`, then `names`. */
export function csvWriter(keep: readonly string[], names: readonly string[]): RowWriter {
  const none = names.map(() => "");
  return {
    head: () => `${[...keep, ...names].map(csvCell).join(",")}\n`,
    row: (kept, predicted) =>
      `${[...kept.map((text) => csvCell(text ?? "")), ...(predicted?.map((value) => (typeof value === "number" ? String(value) : csvCell(value))) ?? none)].join(",")}\n`,
  };
}

export function jsonlWriter(keep: readonly string[], predictedKeys: readonly string[]): RowWriter {
  const names = [...keep, ...predictedKeys].map((name) => JSON.stringify(name));
  const none = predictedKeys.map(() => null);
  return {
    head: () => "",
    row: (kept, predicted) => `{${[...kept, ...(predicted ?? none)].map((value, i) => `${names[i]}:${JSON.stringify(value)}`).join(",")}}\n`,
  };
}
