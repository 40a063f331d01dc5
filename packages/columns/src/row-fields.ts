import { fingerprint64, type Item, type Pairs, parseDecimal, splitItems } from "@crossbill/kernels";
import { CrossbillError, type ErrorCode } from "@crossbill/messages";
import type { Column } from "./column.js";
import type { ColumnItems } from "./items.js";
import { overflow, productOf } from "./product-of.js";

/** A raw field: a text as the source has it, a number, a truth value (`true`, `false`), or, for columns of several values, an array of items or an object from item to weight. */
export type RowValue =
  | string
  | number
  | boolean
  | bigint
  | null
  | undefined
  | readonly (string | number | boolean | null)[]
  | Readonly<Record<string, number | null>>;

/** Raw fields of one row; null, undefined and absent: missing. */
export type Row = Readonly<Record<string, RowValue>>;

/** One row on its way through the columns: every field is read, parsed and hashed at most once. */
export class RowFields {
  readonly #row: Row;
  readonly #missing: ReadonlySet<string>;
  readonly #texts = new Map<string, string | null>();
  readonly #numbers = new Map<string, number>();
  readonly #fingerprints = new Map<string, bigint>();
  readonly #items = new Map<string, readonly Item[] | null>();
  /** By column, of those encoded so far. */
  readonly ids = new Map<string, number>();
  readonly pairs = new Map<string, Pairs>();

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

  /** The number of a column: its field's, or its factors' product; NaN: missing. @throws E_NUMBER when a field is none, or the product overflows */
  numberOf({ name, fields, factors }: Pick<Column, "name" | "fields" | "factors">): number {
    if (factors === undefined) return this.number(fields[0]!);
    const product = productOf(factors.map((field) => this.number(field)));
    if (product === Number.POSITIVE_INFINITY) throw rowError("E_NUMBER", fields[0]!, `column "${name}": ${overflow(factors, (field) => this.text(field))}`);
    return product;
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

  /** The items of a field, cut as a column says; null: missing. @throws E_LIST where its text is no list or an item has no name; E_ROW_VALUE */
  items(items: ColumnItems): readonly Item[] | null {
    let found = this.#items.get(items.key);
    if (found === undefined) {
      const text = this.#read(items.field, true);
      const cut = text === null ? null : splitItems(text, items.split);
      if (text !== null && cut === null) throw rowError("E_LIST", items.field, `${JSON.stringify(text.slice(0, 40))} is no list, or an item in it has no name`);
      found = cut;
      this.#items.set(items.key, found);
    }
    return found;
  }

  /** The id of a column that came before. */
  id(column: string): number {
    return this.ids.get(column)!;
  }

  #read(field: string, several = false): string | null {
    const value: unknown = Object.hasOwn(this.#row, field) ? this.#row[field] : undefined;
    if (value === null || value === undefined) return null;
    if (typeof value === "number" && !Number.isFinite(value)) throw rowError("E_NUMBER", field, `${value} is no finite number; null means missing`);
    const text: unknown = typeof value === "object" && several ? JSON.stringify(value) : value;
    if (typeof text !== "string" && typeof text !== "number" && typeof text !== "boolean" && typeof text !== "bigint")
      throw rowError(
        "E_ROW_VALUE",
        field,
        `${Array.isArray(text) ? "an array" : `a ${typeof text}`} was given; a text, a number, null and undefined are allowed`,
      );
    const read = String(text);
    return this.#missing.has(read) ? null : read;
  }
}

/** Why one row cannot be encoded. */
export function rowError(code: ErrorCode, field: string, problem: string): CrossbillError {
  return new CrossbillError(code, `field "${field}": ${problem}`, { details: { field } });
}
