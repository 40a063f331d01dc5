import { CrossbillError } from "@crossbill/messages";

/** Text of predicted rows. */
export interface RowWriter {
  /** Before the first row; may be empty. */
  head(): string;
  /** `kept` as the input has them (null: no value); `prediction` null: the row was rejected. Ends with a newline. */
  row(kept: readonly (string | null)[], prediction: number | null): string;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const FORMULA = /^[=+\-@\t\r]/;

/**
 * By the extension of `output`: csv or jsonl.
 * @throws E_FORMAT (exit code 2) for another one.
 */
export function rowWriter(output: string, keep: readonly string[]): RowWriter {
  const extension = /\.([^./\\]*)$/.exec(output)?.[1]?.toLowerCase() ?? "";
  if (extension === "csv") return csvWriter(keep);
  if (extension === "jsonl") return jsonlWriter(keep);
  throw new CrossbillError(
    "E_FORMAT",
    `${output}: predictions are written as csv or jsonl, told by the extension; got ${extension === "" ? "none" : `"${extension}"`}`,
    { exitCode: 2 },
  );
}

function csvWriter(keep: readonly string[]): RowWriter {
  return {
    head: () => `${[...keep, "prediction"].map(cell).join(",")}\n`,
    row: (kept, prediction) => `${[...kept.map((text) => cell(text ?? "")), prediction === null ? "" : String(prediction)].join(",")}\n`,
  };
}

function jsonlWriter(keep: readonly string[]): RowWriter {
  const names = [...keep.map((name) => JSON.stringify(name)), '"prediction"'];
  return {
    head: () => "",
    row: (kept, prediction) =>
      `{${[...kept.map((text) => JSON.stringify(text)), JSON.stringify(prediction)].map((value, i) => `${names[i]}:${value}`).join(",")}}\n`,
  };
}

/** RFC 4180 quoting. Texts that a spreadsheet would take for a formula (OWASP: = + - @ TAB CR first, and no number) get a leading apostrophe. */
export function cell(text: string): string {
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
