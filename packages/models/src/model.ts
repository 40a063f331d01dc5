import { featureName, type Row, RowEncoder } from "@crossbill/columns";
import { CrossbillError, v1 } from "@crossbill/messages";
import { sigmoid } from "@crossbill/numerics";
import { addColumn, type EncodedRows, type LiveColumn } from "./live-column.js";
import { translateIds } from "./translate.js";

export interface RowScore {
  /** Probability of the positive class (logistic head) or the value (squared head). */
  readonly prediction: number;
  readonly logit: number;
  /** Vocabulary columns whose value the training data did not hold. */
  readonly unseen: readonly string[];
}

export interface Contribution {
  /** Name of the feature, e.g. `site=abc`. */
  readonly feature: string;
  /** The feature's input: 1 of a category, the value of an item, the scaled number of a numeric column. */
  readonly value: number;
  readonly weight: number;
  /** weight * value. */
  readonly contribution: number;
}

/** `logit` is exactly `contributions.reduce((sum, c) => sum + c.contribution, intercept)`. */
export interface Explanation {
  readonly logit: number;
  readonly prediction: number;
  readonly intercept: number;
  readonly contributions: readonly Contribution[];
}

export interface ModelInfo {
  readonly kind: "linear";
  readonly head: "logistic" | "squared";
  readonly sha256: string;
  readonly parameters: number;
  readonly nonZero: number;
  /** Of the model's files. */
  readonly bytes: number;
  readonly intercept: number;
  readonly l1: number;
  readonly l2: number;
  readonly columns: readonly { readonly name: string; readonly features: number; readonly nonZero: number }[];
  readonly fields: readonly string[];
  readonly lineage: v1.Lineage | null;
  readonly metrics: v1.TrainMetrics | null;
}

/**
 * A linear model: head(intercept + sum of the weights of the row's features), summed in float64, columns in the model's order.
 * Made by `loadModel`. It is immutable and holds no file open.
 */
export class Model {
  readonly #message: v1.Model;
  readonly #live: readonly LiveColumn[];
  readonly #rows: RowEncoder;
  /** The folder it was loaded from, and the bytes of its files. */
  readonly path: string;
  readonly bytes: number;

  constructor(message: v1.Model, live: readonly LiveColumn[], path: string, bytes: number) {
    this.#message = message;
    this.#live = live;
    this.path = path;
    this.bytes = bytes;
    const specs = live.map((column) => column.placed.spec);
    this.#rows = new RowEncoder(specs, message.state, message.data.missing);
  }

  get sha256(): string {
    return this.#message.sha256;
  }
  get spec(): v1.ModelSpec {
    return this.#message.spec;
  }
  get head(): v1.Head {
    return this.#message.spec.head;
  }
  /** Features as trained, and the intercept. */
  get parameters(): number {
    return this.#message.parameters;
  }
  get nonZero(): number {
    return this.#message.nonZero;
  }
  get intercept(): number {
    return this.#message.intercept;
  }
  get metrics(): v1.TrainMetrics | null {
    return this.#message.metrics;
  }
  get lineage(): v1.Lineage | null {
    return this.#message.lineage;
  }
  /** What a row must look like: the fields that columns with non-zero weights read, and the texts that mean "no value". */
  get data(): v1.DataContract {
    return this.#message.data;
  }
  /** The part of the feature state that non-zero weights need. */
  get state(): v1.FeatureState {
    return this.#message.state;
  }
  get placement(): readonly v1.PlacedColumn[] {
    return this.#message.placement;
  }
  /** The columns with non-zero weights, in model order. */
  get columns(): readonly LiveColumn[] {
    return this.#live;
  }

  /**
   * Prediction of one row, or of each of several. Numbers given for text columns are taken as their text `String(x)`.
   * @throws E_NUMBER for an unparsable number, E_MISSING and E_IDENTITY_RANGE where a column refuses such rows, E_ROW for what is no object.
   */
  predict(row: Row): number;
  predict(rows: readonly Row[]): number[];
  predict(rows: Row | readonly Row[]): number | number[] {
    return isRows(rows) ? rows.map((row) => this.score(row).prediction) : this.score(rows).prediction;
  }

  /** As `predict`, with the logit and the columns whose value is unseen. */
  score(row: Row): RowScore {
    checkRow(row);
    const { ids, numbers, pairs, unseen } = this.#rows.encodeRow(row);
    let logit = this.intercept;
    for (const column of this.#live) {
      const name = column.placed.name;
      const several = pairs.get(name);
      if (column.kind === "categorical" && several !== undefined)
        for (const [i, id] of several.ids.entries()) logit += column.table.get(id) * several.values[i]!;
      else if (column.kind === "categorical") logit += column.table.get(ids.get(name)!);
      else {
        const x = numbers.get(name)!;
        logit += column.weight * column.transform(x);
        if (column.missingWeight !== 0 && column.isMissing(x)) logit += column.missingWeight;
      }
    }
    return { logit, prediction: this.respond(logit), unseen };
  }

  /** Predictions of rows encoded with the model's own state (or a later generation of it: see `scorer`); `logits: true` leaves the head out. */
  predictBatch(batch: EncodedRows, options: { readonly logits?: boolean } = {}): Float64Array {
    return this.#sum(batch, new Map(), options.logits === true);
  }

  /**
   * A function like `predictBatch` for rows that were encoded with `state`, which may be a later one than the model's: ids of vocabularies are
   * translated by their texts, so a value the model has never seen counts as unseen.
   * @throws E_MODEL_STATE when a column means something else there (other boundaries, buckets, fields).
   */
  scorer(state: v1.FeatureState): (batch: EncodedRows, options?: { readonly logits?: boolean }) => Float64Array {
    const translations = translateIds(this.#live, this.state, state, this.data.missing);
    return (batch, options = {}) => this.#sum(batch, translations, options.logits === true);
  }

  /** Every non-zero column's part of a row's logit, in the order in which they are summed. */
  explain(row: Row): Explanation {
    checkRow(row);
    const { ids, numbers, pairs } = this.#rows.encodeRow(row);
    const contributions: Contribution[] = [];
    for (const column of this.#live) {
      const { name, spec } = column.placed;
      const several = pairs.get(name);
      if (column.kind === "categorical" && several !== undefined) {
        several.ids.forEach((id, i) => {
          const [value, weight] = [several.values[i]!, column.table.get(id)];
          contributions.push({ feature: featureName(spec, this.state, id), value, weight, contribution: weight * value });
        });
        continue;
      }
      if (column.kind === "categorical") {
        const id = ids.get(name)!;
        const weight = column.table.get(id);
        contributions.push({ feature: featureName(spec, this.state, id), value: 1, weight, contribution: weight });
        continue;
      }
      const x = numbers.get(name)!;
      const value = column.transform(x);
      contributions.push({ feature: featureName(spec, this.state, 0), value, weight: column.weight, contribution: column.weight * value });
      if (column.missingWeight !== 0 && column.isMissing(x))
        contributions.push({ feature: featureName(spec, this.state, 1), value: 1, weight: column.missingWeight, contribution: column.missingWeight });
    }
    const logit = contributions.reduce((sum, c) => sum + c.contribution, this.intercept);
    return { logit, prediction: this.respond(logit), intercept: this.intercept, contributions };
  }

  /** The head: logit to prediction. */
  respond(logit: number): number {
    return this.head === v1.Head.LOGISTIC ? sigmoid(logit) : logit;
  }

  /** What is in it, for `inspect`. */
  info(): ModelInfo {
    const nonZero = new Map(
      this.#live.map((column) => [
        column.placed.name,
        column.kind === "categorical" ? column.table.nonZero : Number(column.weight !== 0) + Number(column.missingWeight !== 0),
      ]),
    );
    return {
      kind: "linear",
      head: this.head === v1.Head.LOGISTIC ? "logistic" : "squared",
      sha256: this.sha256,
      parameters: this.parameters,
      nonZero: this.nonZero,
      bytes: this.bytes,
      intercept: this.intercept,
      l1: this.spec.l1,
      l2: this.spec.l2,
      columns: this.placement.map(({ name, size }) => ({ name, features: size, nonZero: nonZero.get(name) ?? 0 })),
      fields: this.data.fields,
      lineage: this.lineage,
      metrics: this.metrics,
    };
  }

  #sum(batch: EncodedRows, translations: ReadonlyMap<string, Uint32Array>, logits: boolean): Float64Array {
    const out = new Float64Array(batch.rows).fill(this.intercept);
    for (const column of this.#live) addColumn(out, column, batch, translations.get(column.placed.name) ?? null);
    if (!logits) for (let i = 0; i < out.length; i++) out[i] = this.respond(out[i]!);
    return out;
  }
}

function isRows(rows: Row | readonly Row[]): rows is readonly Row[] {
  return Array.isArray(rows);
}

function checkRow(row: Row): void {
  if (typeof row !== "object" || row === null || Array.isArray(row))
    throw new CrossbillError("E_ROW", `a row is an object of fields, got ${row === null ? "null" : Array.isArray(row) ? "an array" : typeof row}`, {
      exitCode: 2,
    });
}
