/** One row of libsvm or Vowpal Wabbit, in the order of the format's fields; null: missing. Texts have a byte a character (latin1). */
export interface SparseRow {
  /** Of SPARSE_ERRORS; 0: none. */
  readonly error: number;
  /** Bytes of the row before the error. */
  readonly errorAt: number;
  readonly texts: readonly (string | null)[];
}

const NUMBER = /^([-+]?)([0-9]*)(?:\.([0-9]*))?([eE][-+]?[0-9]+)?$/;

/** What is wrong with a row, and where. */
export class SparseError extends Error {
  readonly kind: number;
  readonly at: number;
  constructor(kind: number, at: number) {
    super();
    this.kind = kind;
    this.at = at;
  }
}

/** Runs `read`; an error of the row is its result. */
export function sparseRow(fields: number, read: () => (string | null)[]): SparseRow {
  try {
    return { error: 0, errorAt: 0, texts: read() };
  } catch (thrown) {
    if (!(thrown instanceof SparseError)) throw thrown;
    return { error: thrown.kind, errorAt: thrown.at, texts: Array.from({ length: fields }, () => null) };
  }
}

/** A decimal number as JSON has it, or null: without zeros in front and at the end of the fraction. */
export function numberText(text: string): string | null {
  const found = NUMBER.exec(text);
  if (found === null) return null;
  const [, sign, digits = "", fractionDigits = "", exponent = ""] = found;
  if (digits === "" && fractionDigits === "") return null;
  const whole = digits.replace(/^0+(?=.)/, "") || "0";
  const fraction = fractionDigits.replace(/0+$/, "");
  if (whole === "0" && fraction === "" && exponent === "") return "0";
  return `${sign === "-" ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}${exponent}`;
}

/** The same of a label: one with an exponent is what JavaScript writes for it, so that "1e0" is "1"; null where it is not finite. */
export function labelText(text: string): string | null {
  const number = numberText(text);
  if (number === null || !/e/i.test(number)) return number;
  const value = Number(number);
  return Number.isFinite(value) ? String(value + 0) : null;
}

/** Text of a JSON object of names and numbers. */
export function featuresText(features: readonly (readonly [string, string])[]): string {
  const name = (text: string): string =>
    text.replace(/["\\]/g, "\\$&").replace(/[\0-\x1f]/g, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `{${features.map(([text, weight]) => `"${name(text)}":${weight}`).join(",")}}`;
}
