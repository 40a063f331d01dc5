import type { Pairs } from "@crossbill/kernels";
import type { ErrorCode, v1 } from "@crossbill/messages";
import type { Column, ColumnSpec, RowIdOf, RowPairsOf } from "./column.js";
import { NamedValues } from "./named-values.js";
import { planOf, withInputs } from "./plan.js";
import { type Row, RowFields, rowError } from "./row-fields.js";
import { specError } from "./spec-error.js";
import { statesOf } from "./states.js";

export interface EncodedRow {
  /** By categorical column. */
  readonly ids: ReadonlyMap<string, number>;
  /** By numeric column: the raw value before clip and scale; NaN: missing. */
  readonly numbers: ReadonlyMap<string, number>;
  /** By column of several values: ids ascending, each once. */
  readonly pairs: ReadonlyMap<string, Pairs>;
  /** Columns with a vocabulary (crosses among them) whose value is out of vocabulary; with a pruned state values that lost all weight may be among them. */
  readonly unseen: string[];
}

const WHY: Partial<Record<ErrorCode, string>> = {
  E_MISSING: "the value is missing, and the column does not allow that",
  E_LOG_RANGE: "the logarithm needs a number above 0 (after the clip)",
  E_IDENTITY_RANGE: "a whole number in the column's range is needed, as it has no default",
};

/** Encodes single rows in plain TypeScript; the same ids as `Encoder`, bit for bit. */
export class RowEncoder {
  readonly #missing: ReadonlySet<string>;
  readonly #steps: readonly Step[];
  /** Where in a row's arrays the values of the wanted columns stand. */
  readonly #idPlaces: ReadonlyMap<string, number>;
  readonly #numberPlaces: ReadonlyMap<string, number>;
  readonly #pairPlaces: ReadonlyMap<string, number>;
  /** Null while a row is being encoded. */
  #fields: RowFields | null;

  /**
   * @param specs the columns wanted; what their crosses read is found among the state's columns
   * @param missing texts that mean "no value"
   */
  constructor(specs: readonly ColumnSpec[], state: v1.FeatureState.$Properties, missing: readonly string[]) {
    const plan = planOf(state.columns ?? []);
    const states = statesOf(state);
    const wanted = specs.map(({ name }) => plan.byName.get(name ?? "") ?? unknown(name ?? ""));
    this.#missing = new Set(missing);
    this.#fields = new RowFields(this.#missing);
    const [asked, order] = [new Set(wanted), withInputs(plan, wanted)];
    const read = new Set(order.flatMap(({ inputs }) => inputs));
    this.#steps = order.map((column) => ({
      name: column.name,
      column,
      numeric: column.reads === "numbers",
      wanted: asked.has(column),
      read: read.has(column),
      idOf: column.rowEncoder?.(states) ?? null,
      pairsOf: column.rowPairsEncoder?.(states) ?? null,
      lastUnknown: column.outOfVocabulary ?? 0,
    }));
    const placesOf = (fits: (step: Step) => boolean): Map<string, number> =>
      new Map(this.#steps.filter((step) => step.wanted && fits(step)).map(({ name }, i) => [name, i]));
    this.#idPlaces = placesOf(({ idOf, pairsOf }) => idOf !== null && pairsOf === null);
    this.#numberPlaces = placesOf(({ idOf, pairsOf }) => idOf === null && pairsOf === null);
    this.#pairPlaces = placesOf(({ pairsOf }) => pairsOf !== null);
  }

  /** @throws E_NUMBER, E_MISSING, E_LOG_RANGE, E_IDENTITY_RANGE, E_LIST, E_CROSS_ITEMS where ingestion would reject the row; E_ROW_VALUE for a value of a type that no column reads */
  encodeRow(row: Row): EncodedRow {
    // A getter of the row may ask for another row.
    const fields = this.#fields ?? new RowFields(this.#missing);
    this.#fields = null;
    try {
      fields.begin(row);
      return this.#encode(fields);
    } finally {
      this.#fields = fields;
    }
  }

  #encode(fields: RowFields): EncodedRow {
    const ids: number[] = [];
    const numbers: number[] = [];
    const several: Pairs[] = [];
    const unseen: string[] = [];
    for (const { name, column, numeric, wanted, read, idOf, pairsOf, lastUnknown } of this.#steps) {
      const number = numeric ? checkedNumber(column, fields) : 0;
      if (pairsOf !== null) {
        const pairs = pairsOf(fields);
        if (read) fields.pairs.set(name, pairs);
        if (!wanted) continue;
        several.push(pairs);
        if (pairs.ids.some((id) => id > 0 && id <= lastUnknown)) unseen.push(name);
        continue;
      }
      if (idOf === null) {
        if (wanted) numbers.push(number);
        continue;
      }
      const id = idOf(fields);
      if (read) fields.ids.set(name, id);
      if (!wanted) continue;
      ids.push(id);
      if (id > 0 && id <= lastUnknown) unseen.push(name);
    }
    return {
      ids: new NamedValues(this.#idPlaces, ids),
      numbers: new NamedValues(this.#numberPlaces, numbers),
      pairs: new NamedValues(this.#pairPlaces, several),
      unseen,
    };
  }
}

interface Step {
  readonly name: string;
  readonly column: Column;
  /** Whether it reads numbers. */
  readonly numeric: boolean;
  readonly wanted: boolean;
  /** By a cross. */
  readonly read: boolean;
  readonly idOf: RowIdOf | null;
  readonly pairsOf: RowPairsOf | null;
  /** The last id of a vocabulary's unknown values; 0: it has none. */
  readonly lastUnknown: number;
}

/** The column's number; NaN: missing. Refuses it as the column does. */
function checkedNumber(column: Column, fields: RowFields): number {
  const number = fields.numberOf(column);
  const code = column.rejects?.(number) ?? null;
  if (code === null) return number;
  const field = column.fields.find((one) => fields.text(one) === null) ?? column.fields[0]!;
  throw rowError(code, field, `column "${column.name}": ${WHY[code]}; got ${fields.text(field) === null ? "nothing" : JSON.stringify(fields.text(field))}`);
}

function unknown(name: string): never {
  throw specError(name, "the state does not hold it");
}
