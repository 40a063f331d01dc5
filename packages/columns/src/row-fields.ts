import { fingerprint64, parseDecimal } from "@crossbill/kernels";
import { CrossbillError, type ErrorCode } from "@crossbill/messages";

/** Raw fields of one row: texts as the source has them, or numbers; null, undefined and absent: missing. */
export type Row = Readonly<Record<string, string | number | null | undefined>>;

/** One row on its way through the columns: every field is read, parsed and hashed at most once. */
export class RowFields {
  readonly #row: Row;
  readonly #missing: ReadonlySet<string>;
  readonly #texts = new Map<string, string | null>();
  readonly #numbers = new Map<string, number>();
  readonly #fingerprints = new Map<string, bigint>();
  /** By column, of those encoded so far. */
  readonly ids = new Map<string, number>();

  constructor(row: Row, missing: ReadonlySet<string>) {
    this.#row = row;
    this.#missing = missing;
  }

  /** The field's text; null: missing. A number is the shortest text that reads back as it. @throws E_ROW_VALUE for any other type; E_NUMBER for NaN and infinities */
  text(field: string): string | null {
    let text = this.#texts.get(field);
    if (text === undefined) {
      text = this.#read(field);
      this.#texts.set(field, text);
    }
    return text;
  }

  /** The field's number; NaN: missing. @throws E_NUMBER when it is none */
  number(field: string): number {
    let number = this.#numbers.get(field);
    if (number === undefined) {
      const text = this.text(field);
      const raw = this.#row[field];
      number = text === null ? Number.NaN : typeof raw === "number" ? raw : parseDecimal(text);
      if (text !== null && Number.isNaN(number)) throw rowError("E_NUMBER", field, `${JSON.stringify(text.slice(0, 40))} is no finite decimal number`);
      this.#numbers.set(field, number);
    }
    return number;
  }

  /** Fingerprint64 of the field's UTF-8 bytes; 0 where it is missing. */
  fingerprint(field: string): bigint {
    let fingerprint = this.#fingerprints.get(field);
    if (fingerprint === undefined) {
      const text = this.text(field);
      fingerprint = text === null ? 0n : fingerprint64(Buffer.from(text, "utf8"));
      this.#fingerprints.set(field, fingerprint);
    }
    return fingerprint;
  }

  /** The id of a column that came before. */
  id(column: string): number {
    return this.ids.get(column)!;
  }

  #read(field: string): string | null {
    const value: unknown = Object.hasOwn(this.#row, field) ? this.#row[field] : undefined;
    if (value === null || value === undefined) return null;
    if (typeof value !== "string" && typeof value !== "number")
      throw rowError("E_ROW_VALUE", field, `a ${typeof value} was given; a text, a number, null and undefined are allowed`);
    if (typeof value === "number" && !Number.isFinite(value)) throw rowError("E_NUMBER", field, `${value} is no finite number; null means missing`);
    const text = String(value);
    return this.#missing.has(text) ? null : text;
  }
}

/** Why one row cannot be encoded. */
export function rowError(code: ErrorCode, field: string, problem: string): CrossbillError {
  return new CrossbillError(code, `field "${field}": ${problem}`, { details: { field } });
}
