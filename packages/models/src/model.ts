import { type EncodedRow, featureName, type Row, RowEncoder } from "@crossbill/columns";
import { CrossbillError, v1 } from "@crossbill/messages";
import { sigmoid } from "@crossbill/numerics";
import { addColumn, type EncodedRows, type LiveColumn } from "./live-column.js";
import { largest, softmax } from "./softmax.js";
import { translateIds } from "./translate.js";

/** What a model of several classes says of a row. */
export interface ClassPrediction {
  /** The most probable one; of equal ones the first. */
  readonly class: string;
  /** By class, in the model's order. The object has no prototype. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/** A number, or of several classes a ClassPrediction. */
export type Prediction = number | ClassPrediction;

export interface RowScore {
  /** Probability of the positive class (logistic head) or the value (squared head); of several classes the largest probability. */
  readonly prediction: number;
  /** Of several classes: that of the most probable one. */
  readonly logit: number;
  /** Of several classes: f64[K] in the model's order, and the index of the largest; else null. */
  readonly classes: { readonly probabilities: Float64Array; readonly best: number } | null;
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
  /** Which of several classes is explained; null: there are none. */
  readonly class: string | null;
  readonly logit: number;
  readonly prediction: number;
  readonly intercept: number;
  readonly contributions: readonly Contribution[];
}

export interface ModelInfo {
  readonly kind: "linear";
  readonly head: "logistic" | "squared" | "softmax";
  /** Of several classes; else empty. */
  readonly classes: readonly string[];
  readonly sha256: string;
  readonly parameters: number;
  readonly nonZero: number;
  /** Of the model's files. */
  readonly bytes: number;
  /** Of several classes: 0. */
  readonly intercept: number;
  /** Of several classes one each; else the intercept alone. */
  readonly intercepts: readonly number[];
  readonly l1: number;
  readonly l2: number;
  readonly columns: readonly { readonly name: string; readonly features: number; readonly nonZero: number }[];
  readonly fields: readonly string[];
  readonly lineage: v1.Lineage | null;
  readonly metrics: v1.TrainMetrics | null;
}

/**
 * A linear model: head(intercept + sum of the weights of the row's features), summed in float64, columns in the model's order; of several classes
 * (head softmax) one such sum for each.
 * Made by `loadModel`. It is immutable and holds no file open.
 */
export class Model {
  readonly #message: v1.Model;
  readonly #live: readonly LiveColumn[];
  /** Of several classes: the columns with the weights of each; else the columns. */
  readonly #byClass: readonly (readonly LiveColumn[])[];
  readonly #rows: RowEncoder;
  /** The folder it was loaded from, and the bytes of its files. */
  readonly path: string;
  readonly bytes: number;

  /** @param byClass the columns in the order of the model, for each class or once */
  constructor(message: v1.Model, byClass: readonly (readonly LiveColumn[])[], path: string, bytes: number) {
    const live = byClass[0]!;
    this.#message = message;
    this.#byClass = byClass;
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
  /** Of several classes: 0. */
  get intercept(): number {
    return this.#message.intercept;
  }
  /** Of several classes one each; else the intercept alone. */
  get intercepts(): readonly number[] {
    return this.classes.length > 0 ? this.#message.intercepts : [this.#message.intercept];
  }
  /** Of the head softmax, in the order of their numbers; else empty. */
  get classes(): readonly string[] {
    return this.#message.classes;
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
  predict<P extends Prediction = number>(row: Row): P;
  predict<P extends Prediction = number>(rows: readonly Row[]): P[];
  predict(rows: Row | readonly Row[]): Prediction | Prediction[] {
    return isRows(rows) ? rows.map((row) => this.#prediction(row)) : this.#prediction(rows);
  }

  /** As `predict`, with the logit and the columns whose value is unseen. */
  score(row: Row): RowScore {
    checkRow(row);
    const encoded = this.#rows.encodeRow(row);
    const { unseen } = encoded;
    const logits = this.intercepts.map((_, k) => this.#logit(encoded, k));
    if (this.classes.length === 0) return { logit: logits[0]!, prediction: this.respond(logits[0]!), classes: null, unseen };
    const probabilities = Float64Array.from(logits);
    const best = largest(probabilities, 0, logits.length);
    softmax(probabilities, 0, logits.length);
    return { logit: logits[best]!, prediction: probabilities[best]!, classes: { probabilities, best }, unseen };
  }

  #prediction(row: Row): Prediction {
    const { prediction, classes } = this.score(row);
    if (classes === null) return prediction;
    const probabilities = Object.create(null) as Record<string, number>;
    for (const [k, name] of this.classes.entries()) probabilities[name] = classes.probabilities[k]!;
    return { class: this.classes[classes.best]!, probabilities };
  }

  /** The logit of class `k`, or (0) the only one. */
  #logit({ ids, numbers, pairs }: EncodedRow, k: number): number {
    let logit = this.intercepts[k]!;
    for (const column of this.#byClass[k]!) {
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
    return logit;
  }

  /**
   * Predictions of rows encoded with the model's own state (or a later generation of it: see `scorer`); `logits: true` leaves the head out. Of several classes
   * f64[rows][K]: the probabilities of a row's classes one after the other.
   */
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

  /**
   * Every non-zero column's part of a row's logit, in the order in which they are summed. Of several classes that of `classOf`, or of the most probable one.
   * @throws E_CLASS (exit code 2) for a class that the model does not have
   */
  explain(row: Row, classOf?: string): Explanation {
    checkRow(row);
    const k = this.#explained(row, classOf);
    const { ids, numbers, pairs } = this.#rows.encodeRow(row);
    const contributions: Contribution[] = [];
    for (const column of this.#byClass[k]!) {
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
    const intercept = this.intercepts[k]!;
    const logit = contributions.reduce((sum, c) => sum + c.contribution, intercept);
    const prediction = this.classes.length === 0 ? this.respond(logit) : this.score(row).classes!.probabilities[k]!;
    return { class: this.classes[k] ?? null, logit, prediction, intercept, contributions };
  }

  #explained(row: Row, classOf: string | undefined): number {
    if (classOf === undefined) return this.classes.length === 0 ? 0 : this.score(row).classes!.best;
    const k = this.classes.indexOf(classOf);
    if (k >= 0) return k;
    throw new CrossbillError(
      "E_CLASS",
      `the model has no class ${JSON.stringify(classOf)}; ${this.classes.length === 0 ? "it has none" : `it has ${this.classes.join(", ")}`}`,
      { exitCode: 2 },
    );
  }

  /** The head of one prediction: logit to prediction. */
  respond(logit: number): number {
    return this.head === v1.Head.LOGISTIC ? sigmoid(logit) : logit;
  }

  /** What is in it, for `inspect`. */
  info(): ModelInfo {
    const nonZero = new Map<string, number>();
    for (const column of this.#byClass.flat()) {
      const held = column.kind === "categorical" ? column.table.nonZero : Number(column.weight !== 0) + Number(column.missingWeight !== 0);
      nonZero.set(column.placed.name, (nonZero.get(column.placed.name) ?? 0) + held);
    }
    return {
      kind: "linear",
      head: HEADS[this.head],
      classes: this.classes,
      sha256: this.sha256,
      parameters: this.parameters,
      nonZero: this.nonZero,
      bytes: this.bytes,
      intercept: this.intercept,
      intercepts: this.intercepts,
      l1: this.spec.l1,
      l2: this.spec.l2,
      columns: this.placement.map(({ name, size }) => ({ name, features: size, nonZero: nonZero.get(name) ?? 0 })),
      fields: this.data.fields,
      lineage: this.lineage,
      metrics: this.metrics,
    };
  }

  #sum(batch: EncodedRows, translations: ReadonlyMap<string, Uint32Array>, logits: boolean): Float64Array {
    if (this.classes.length > 0) return this.#sumClasses(batch, translations, logits);
    const out = new Float64Array(batch.rows).fill(this.intercept);
    for (const column of this.#live) addColumn(out, column, batch, translations.get(column.placed.name) ?? null);
    if (!logits) for (let i = 0; i < out.length; i++) out[i] = this.respond(out[i]!);
    return out;
  }

  #sumClasses(batch: EncodedRows, translations: ReadonlyMap<string, Uint32Array>, logits: boolean): Float64Array {
    const K = this.classes.length;
    const out = new Float64Array(batch.rows * K);
    const one = new Float64Array(batch.rows);
    for (const [k, columns] of this.#byClass.entries()) {
      one.fill(this.intercepts[k]!);
      for (const column of columns) addColumn(one, column, batch, translations.get(column.placed.name) ?? null);
      for (let i = 0; i < one.length; i++) out[i * K + k] = one[i]!;
    }
    if (!logits) for (let i = 0; i < batch.rows; i++) softmax(out, i * K, K);
    return out;
  }
}

const HEADS = { [v1.Head.LOGISTIC]: "logistic", [v1.Head.SQUARED]: "squared", [v1.Head.SOFTMAX]: "softmax" } as const;

function isRows(rows: Row | readonly Row[]): rows is readonly Row[] {
  return Array.isArray(rows);
}

function checkRow(row: Row): void {
  if (typeof row !== "object" || row === null || Array.isArray(row))
    throw new CrossbillError("E_ROW", `a row is an object of fields, got ${row === null ? "null" : Array.isArray(row) ? "an array" : typeof row}`, {
      exitCode: 2,
    });
}
