import { type Item, type Pairs, parseDecimal, splitItems, textFingerprint } from "@crossbill/kernels";
import { CrossbillError, type ErrorCode } from "@crossbill/messages";
import type { Column } from "./column.js";
import { type ColumnItems, MOST_COMBINATIONS } from "./items.js";
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

/** What is known of a field of the row of that number. */
interface Known {
  textOf: number;
  text: string | null;
  numberOf: number;
  number: number;
  fingerprintOf: number;
  fingerprint: bigint;
}

/** One row after another on its way through the columns: every field is read, parsed and hashed at most once a row. */
export class RowFields {
  #row: Row = {};
  /** Counts the rows. */
  #number = 0;
  /** Whether the row inherits no text: what is found in it is its own. */
  #plain = false;
  readonly #missing: ReadonlySet<string>;
  /** Numbers whose text is among them. */
  readonly #missingNumbers: ReadonlySet<number>;
  readonly #longestMissing: number;
  readonly #known = new Map<string, Known>();
  readonly #items = new Map<string, readonly Item[] | null>();
  /** By column that a cross reads, of those encoded so far. */
  readonly ids = new Map<string, number>();
  readonly pairs = new Map<string, Pairs>();

  constructor(missing: ReadonlySet<string>) {
    this.#missing = missing;
    this.#missingNumbers = new Set([...missing].map(Number).filter((number) => missing.has(String(number))));
    this.#longestMissing = Math.max(-1, ...[...missing].map((text) => text.length));
  }

  /** Goes on with another row. */
  begin(row: Row): void {
    this.#row = row;
    this.#number++;
    const prototype: unknown = Object.getPrototypeOf(row);
    this.#plain = prototype === Object.prototype || prototype === null;
    if (this.#items.size > 0) this.#items.clear();
  }

  #of(field: string): Known {
    let known = this.#known.get(field);
    if (known === undefined) {
      known = { textOf: 0, text: null, numberOf: 0, number: 0, fingerprintOf: 0, fingerprint: 0n };
      this.#known.set(field, known);
    }
    return known;
  }

  /** The field's text; null: missing. A number is the shortest text that reads back as it. @throws E_ROW_VALUE for any other type; E_NUMBER for NaN and infinities */
  text(field: string): string | null {
    const known = this.#of(field);
    if (known.textOf !== this.#number) {
      known.text = this.#read(field);
      known.textOf = this.#number;
    }
    return known.text;
  }

  /** The field's number; NaN: missing. @throws E_NUMBER when it is none */
  number(field: string): number {
    const known = this.#of(field);
    if (known.numberOf !== this.#number) {
      const raw = this.#plain ? this.#row[field] : undefined;
      // A finite number needs no text.
      if (typeof raw === "number" && Number.isFinite(raw)) known.number = this.#missingNumbers.has(raw) ? Number.NaN : raw;
      else known.number = this.#numberInText(field);
      known.numberOf = this.#number;
    }
    return known.number;
  }

  #numberInText(field: string): number {
    const text = this.text(field);
    if (text === null) return Number.NaN;
    const raw = this.#row[field];
    const number = typeof raw === "number" ? raw : numberOf(text);
    if (Number.isNaN(number)) throw rowError("E_NUMBER", field, `${JSON.stringify(text.slice(0, 40))} is no finite decimal number`);
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
    const known = this.#of(field);
    if (known.fingerprintOf !== this.#number) {
      const text = this.text(field);
      known.fingerprint = text === null ? 0n : textFingerprint(text);
      known.fingerprintOf = this.#number;
    }
    return known.fingerprint;
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
    if (this.#plain) {
      const own = this.#row[field];
      if (typeof own === "string") return own.length <= this.#longestMissing && this.#missing.has(own) ? null : own;
    }
    const value: unknown = Object.hasOwn(this.#row, field) ? this.#row[field] : undefined;
    if (value === null || value === undefined) return null;
    if (typeof value === "number" && !Number.isFinite(value)) throw rowError("E_NUMBER", field, `${value} is no finite number; null means missing`);
    const text: unknown = typeof value === "object" && several ? listText(field, value) : value;
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

/** The JSON text of a list or object of items. JSON would write NaN and infinities as null, which is no item. */
function listText(field: string, value: object): string {
  const items = (Array.isArray(value) ? value : Object.values(value)) as unknown[];
  const odd = items.find((item): item is number => typeof item === "number" && !Number.isFinite(item));
  if (odd !== undefined) throw rowError("E_NUMBER", field, `an item or weight is ${odd}, which is no finite number; null means missing`);
  try {
    return JSON.stringify(value);
  } catch (thrown) {
    // Nested too deep, in itself, or with a BigInt.
    throw rowError("E_ROW_VALUE", field, `a list or object that is no JSON was given (${thrown instanceof Error ? thrown.message.split("\n")[0] : "unknown"})`);
  }
}

/** As {@link parseDecimal}; a few digits and nothing else are the usual text. */
function numberOf(text: string): number {
  const { length } = text;
  if (length === 0 || length > 9) return parseDecimal(text);
  let number = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return parseDecimal(text);
    number = number * 10 + digit;
  }
  return number;
}

/** @throws E_CROSS_ITEMS where several fields of items would be crossed to more than {@link MOST_COMBINATIONS} pairs */
export function checkCombinations(row: RowFields, cuts: readonly ColumnItems[]): void {
  const combinations = cuts.reduce((product, items) => product * Math.max(1, row.items(items)?.length ?? 0), 1);
  if (cuts.length > 1 && combinations > MOST_COMBINATIONS)
    throw rowError("E_CROSS_ITEMS", cuts[0]!.field, `its items are crossed to ${combinations} combinations; at most ${MOST_COMBINATIONS} are allowed in a row`);
}

/** Why one row cannot be encoded. */
export function rowError(code: ErrorCode, field: string, problem: string): CrossbillError {
  return new CrossbillError(code, `field "${field}": ${problem}`, { details: { field } });
}
