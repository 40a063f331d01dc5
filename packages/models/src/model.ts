import { applyToLogit, type Recalibration, recalibratedProbability } from "@crossbill/calibration";
import { featureName, type Row, RowEncoder } from "@crossbill/columns";
import { CrossbillError, HEAD_NAMES, type HeadName, v1 } from "@crossbill/messages";
import { exp, sigmoid } from "@crossbill/numerics";
import { type EmbedPart, embedRow } from "./embeddings/embed-row.js";
import { type ClassResponse, classResponse, outputSigns } from "./heads.js";
import type { EncodedRows, LiveColumn } from "./live-column.js";
import { LinearLogits, type LogitSource, NetworkLogits } from "./logit-source.js";
import { MODEL_FILE, NETWORK_FILE, WEIGHTS_FILE } from "./model-files.js";
import { type ModelKind, modelKind, type NetworkInfo, networkInfo } from "./network/network-info.js";
import type { ServedNetwork } from "./network/served-network.js";
import { recalibrateLogits, recalibrationOf } from "./recalibrate.js";
import { translateIds } from "./translate.js";

/** What a model of several classes says of a row. */
export interface ClassPrediction {
  /** As the head decides (see `classResponse`): the most probable one, but for oneVsOne; of a multiLabel head all of a probability from 0.5 on, the labels' separator between them. */
  readonly class: string;
  /** By class, in the model's order. The object has no prototype. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/** A number, or of several classes a ClassPrediction. */
export type Prediction = number | ClassPrediction;

export interface RowScore {
  /** Probability of the positive class (logistic head) or the value (squared and poisson heads); of several classes the probability of the predicted one. */
  readonly prediction: number;
  /** Of several classes: that of the predicted one. Recalibrated, where the model is: what the prediction is the head's answer to. */
  readonly logit: number;
  /** Of several classes: f64[K] in the model's order, and the index of the predicted one; else null. */
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

/**
 * `logit` is exactly `contributions.reduce((sum, c) => sum + c.contribution, intercept)`: that of the weights, before a recalibration. What a network adds is one contribution, the last, of the feature `network` with value 1.
 */
export interface Explanation {
  /** Which of several classes is explained; null: there are none. */
  readonly class: string | null;
  readonly logit: number;
  /** The logit after the model's recalibration, which `prediction` belongs to; null: the model has none. */
  readonly recalibrated: number | null;
  readonly prediction: number;
  readonly intercept: number;
  readonly contributions: readonly Contribution[];
}

export interface ModelInfo {
  readonly kind: ModelKind;
  readonly head: HeadName;
  /** Of several classes; else empty. */
  readonly classes: readonly string[];
  readonly sha256: string;
  readonly parameters: number;
  readonly nonZero: number;
  /** Of the model's files. */
  readonly bytes: number;
  /** Of several classes: 0. */
  readonly intercept: number;
  /** Of several classes one for each output; else the intercept alone. */
  readonly intercepts: readonly number[];
  readonly l1: number;
  readonly l2: number;
  /** As trained, or 16 bits each. */
  readonly weightFormat: "full" | "q2.13";
  /** What makes calibrated probabilities of the head's; null: nothing. */
  readonly recalibration: Recalibration | null;
  /** `nonZero`: of the linear part. */
  readonly columns: readonly { readonly name: string; readonly features: number; readonly nonZero: number }[];
  /** null: the model is linear. */
  readonly network: NetworkInfo | null;
  readonly fields: readonly string[];
  readonly lineage: v1.Lineage | null;
  readonly metrics: v1.TrainMetrics | null;
}

/**
 * A model: head(intercept + sum of the weights of the row's features + what its network says of the row, if it has one), summed in float64, columns in the model's order; of several classes
 * one such sum, an output, for each (heads softmax and oneVsRest) or for each pair of them (oneVsOne). Where the model has a recalibration, it comes between sum and prediction, wherever these are asked for.
 * Made by `loadModel`. It is immutable and holds no file open.
 */
export class Model {
  readonly #message: v1.Model;
  readonly #live: readonly LiveColumn[];
  /** Of several classes: the columns with the weights of each output; else the columns. */
  readonly #byOutput: readonly (readonly LiveColumn[])[];
  /** null: there are no classes. */
  readonly #respondClasses: ClassResponse | null;
  /** null: the head's probabilities are the predictions. */
  readonly recalibration: Recalibration | null;
  readonly #rows: RowEncoder;
  readonly #logits: LogitSource;
  /** null: the model is linear. */
  readonly network: ServedNetwork | null;
  /** Of rows encoded with the model's own state; made when it is first needed. */
  #batches: ((batch: EncodedRows) => Float64Array) | null = null;
  /** The folder it was loaded from, and the bytes of its files. */
  readonly path: string;
  readonly bytes: number;

  /** @param byOutput the columns in the order of the model, for each output or once */
  constructor(message: v1.Model, byOutput: readonly (readonly LiveColumn[])[], network: ServedNetwork | null, path: string, bytes: number) {
    const live = byOutput[0]!;
    this.#message = message;
    this.#byOutput = byOutput;
    this.recalibration = recalibrationOf(message);
    this.#respondClasses = message.classes.length > 0 ? classResponse(message.spec.head, message.classes.length) : null;
    this.#live = live;
    this.network = network;
    const linear = new LinearLogits(byOutput, message.classes.length > 0 ? message.intercepts : [message.intercept]);
    this.#logits = network === null ? linear : new NetworkLogits(linear, network);
    this.path = path;
    this.bytes = bytes;
    const specs = live.map((column) => column.placed.spec);
    this.#rows = new RowEncoder(specs, message.state, message.data.missing);
  }

  get sha256(): string {
    return this.#message.sha256;
  }
  /** Of `weights.arrow`. */
  get weightsSha256(): string {
    return this.#message.weightsSha256;
  }
  /** Names of its files in the folder `path`. */
  get files(): readonly string[] {
    return [MODEL_FILE, WEIGHTS_FILE, ...(this.network === null ? [] : [NETWORK_FILE])];
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
  /** Of several classes one for each output; else the intercept alone. */
  get intercepts(): readonly number[] {
    return this.classes.length > 0 ? this.#message.intercepts : [this.#message.intercept];
  }
  /** In the order of their numbers; empty: the head is of one prediction. */
  get classes(): readonly string[] {
    return this.#message.classes;
  }
  get metrics(): v1.TrainMetrics | null {
    return this.#message.metrics;
  }
  get lineage(): v1.Lineage | null {
    return this.#message.lineage;
  }
  /** What a row must look like: the fields that these columns read, and the texts that mean "no value". */
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
  /** The columns with non-zero weights and those that its network sees, in model order. */
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
    const raw = this.#logits.row(encoded);
    const logits = Array.from(raw, (logit) => this.#recalibrated(logit));
    if (this.#respondClasses === null) return { logit: logits[0]!, prediction: this.respond(raw[0]!), classes: null, unseen };
    const probabilities = new Float64Array(this.classes.length);
    const best = this.#respondClasses(Float64Array.from(logits), 0, probabilities, 0);
    const logit = outputSigns(this.head, this.classes.length, best).reduce((sum, [output, sign]) => sum + sign * logits[output]!, 0);
    return { logit, prediction: probabilities[best]!, classes: { probabilities, best }, unseen };
  }

  #prediction(row: Row): Prediction {
    const { prediction, classes } = this.score(row);
    if (classes === null) return prediction;
    const probabilities = Object.create(null) as Record<string, number>;
    for (const [k, name] of this.classes.entries()) probabilities[name] = classes.probabilities[k]!;
    return { class: this.classText(classes.probabilities, classes.best), probabilities };
  }

  /** What is predicted of several classes: the name of class `best`; of a multiLabel head the names of those of a probability from 0.5 on, the labels' separator between them. */
  classText(probabilities: Float64Array, best: number): string {
    if (this.head !== v1.Head.MULTI_LABEL) return this.classes[best]!;
    return this.classes.filter((_, k) => probabilities[k]! >= 0.5).join(this.spec.labelSeparator);
  }

  /**
   * Predictions of rows encoded with the model's own state (or a later generation of it: see `scorer`); `logits: true` leaves the head out (not the recalibration). Of several classes
   * f64[rows][K]: the probabilities of a row's classes one after the other; logits f64[rows][outputs], see {@link classesOf}.
   */
  predictBatch(batch: EncodedRows, options: { readonly logits?: boolean } = {}): Float64Array {
    this.#batches ??= this.#logits.batch(new Map());
    return this.#answer(this.#batches(batch), options.logits === true);
  }

  /**
   * A function like `predictBatch` for rows that were encoded with `state`, which may be a later one than the model's: ids of vocabularies are
   * translated by their texts, so a value the model has never seen counts as unseen.
   * @throws E_MODEL_STATE when a column means something else there (other boundaries, buckets, fields).
   */
  scorer(state: v1.FeatureState): (batch: EncodedRows, options?: { readonly logits?: boolean }) => Float64Array {
    const logits = this.#logits.batch(translateIds(this.#live, this.state, state, this.data.missing));
    return (batch, options = {}) => this.#answer(logits(batch), options.logits === true);
  }

  /**
   * Every non-zero column's part of a row's logit, in the order in which they are summed, then the network's. Of several classes that of `classOf`, or of the predicted one; of the head
   * oneVsOne the sum of the class's margins over the others.
   * @throws E_CLASS (exit code 2) for a class that the model does not have
   */
  explain(row: Row, classOf?: string): Explanation {
    checkRow(row);
    const k = this.#explained(row, classOf);
    const encoded = this.#rows.encodeRow(row);
    const { ids, numbers, pairs } = encoded;
    const contributions: Contribution[] = [];
    const add = (feature: string, value: number, weight: number): void => void contributions.push({ feature, value, weight, contribution: weight * value });
    const parts = outputSigns(this.head, this.classes.length, k);
    for (const [c, column] of this.#live.entries()) {
      const { name, spec } = column.placed;
      if (this.network !== null && !this.network.plan.linear.includes(name)) continue;
      const sum = (weightIn: (own: LiveColumn) => number): number =>
        parts.reduce((all, [output, sign]) => all + sign * weightIn(this.#byOutput[output]![c]!), 0);
      if (column.kind === "categorical") {
        const several = pairs.get(name) ?? { ids: [ids.get(name)!], values: [1] };
        for (const [i, id] of several.ids.entries())
          add(
            featureName(spec, this.state, id),
            several.values[i]!,
            sum((own) => (own.kind === "categorical" ? own.table.get(id) : 0)),
          );
        continue;
      }
      const x = numbers.get(name)!;
      add(
        featureName(spec, this.state, 0),
        column.transform(x),
        sum((own) => (own.kind === "numeric" ? own.weight : 0)),
      );
      const missing = sum((own) => (own.kind === "numeric" ? own.missingWeight : 0));
      if (missing !== 0 && column.isMissing(x)) add(featureName(spec, this.state, 1), 1, missing);
    }
    if (this.network !== null) {
      const added = new Float64Array(this.intercepts.length);
      this.network.addRow(added, encoded);
      add(
        "network",
        1,
        parts.reduce((sum, [output, sign]) => sum + sign * added[output]!, 0),
      );
    }
    const intercept = parts.reduce((sum, [output, sign]) => sum + sign * this.intercepts[output]!, 0);
    const logit = contributions.reduce((sum, c) => sum + c.contribution, intercept);
    const prediction = this.classes.length === 0 ? this.respond(logit) : this.score(row).classes!.probabilities[k]!;
    const recalibrated = this.recalibration === null ? null : this.#recalibrated(logit);
    return { class: this.classes[k] ?? null, logit, recalibrated, prediction, intercept, contributions };
  }

  /**
   * What stands for a row in the network, float32: the pooled vector of a column (`{ column: "history" }`), what a hidden layer gives (`{ layer: 2 }`, from 1), or what a tower gives (`{ tower: "user" }`). The same numbers as in a prediction.
   * @throws E_EMBEDDING (exit code 2) where the model has no such part
   */
  embed(row: Row, part: EmbedPart): Float32Array;
  embed(rows: readonly Row[], part: EmbedPart): Float32Array[];
  embed(rows: Row | readonly Row[], part: EmbedPart): Float32Array | Float32Array[] {
    if (isRows(rows)) return rows.map((row) => this.embed(row, part));
    checkRow(rows);
    return embedRow(this.network, this.#rows.encodeRow(rows), part);
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

  #recalibrated(logit: number): number {
    return this.recalibration === null ? logit : applyToLogit(this.recalibration, logit);
  }

  /** The head of one prediction, and the recalibration: logit (that of the weights) to prediction. Of a poisson head the largest float64 at most. */
  respond(logit: number): number {
    if (this.recalibration !== null) return recalibratedProbability(this.recalibration, logit);
    if (this.head === v1.Head.POISSON) return Math.min(exp(logit), Number.MAX_VALUE);
    return this.head === v1.Head.LOGISTIC ? sigmoid(logit) : logit;
  }

  /** What is in it, for `inspect`. */
  info(): ModelInfo {
    const nonZero = new Map<string, number>();
    for (const column of this.#byOutput.flat()) {
      const held = column.kind === "categorical" ? column.table.nonZero : Number(column.weight !== 0) + Number(column.missingWeight !== 0);
      nonZero.set(column.placed.name, (nonZero.get(column.placed.name) ?? 0) + held);
    }
    return {
      kind: modelKind(this.network?.plan ?? null),
      head: HEAD_NAMES[this.head],
      classes: this.classes,
      sha256: this.sha256,
      parameters: this.parameters,
      nonZero: this.nonZero,
      bytes: this.bytes,
      intercept: this.intercept,
      intercepts: this.intercepts,
      l1: this.spec.l1,
      l2: this.spec.l2,
      recalibration: this.recalibration,
      weightFormat: this.spec.weights === v1.ModelSpec.WeightFormat.Q2_13 ? "q2.13" : "full",
      columns: this.placement.map(({ name, size }) => ({ name, features: size, nonZero: nonZero.get(name) ?? 0 })),
      network: this.network === null ? null : networkInfo(this.network),
      fields: this.data.fields,
      lineage: this.lineage,
      metrics: this.metrics,
    };
  }

  #answer(logits: Float64Array, asked: boolean): Float64Array {
    if (this.recalibration !== null && (asked || this.classes.length > 0)) recalibrateLogits(this.recalibration, logits);
    if (asked) return logits;
    if (this.classes.length > 0) return this.classesOf(logits).probabilities;
    for (let i = 0; i < logits.length; i++) logits[i] = this.respond(logits[i]!);
    return logits;
  }

  /** Of several classes: what rows' logits (f64[rows][outputs], of `predictBatch` or a `scorer`) say: probabilities f64[rows][K], and each row's predicted class. */
  classesOf(logits: Float64Array): { readonly probabilities: Float64Array; readonly best: Uint32Array } {
    const K = this.classes.length;
    const outputs = this.#byOutput.length;
    const rows = logits.length / outputs;
    const probabilities = new Float64Array(rows * K);
    const best = new Uint32Array(rows);
    for (let i = 0; i < rows; i++) best[i] = this.#respondClasses!(logits, i * outputs, probabilities, i * K);
    return { probabilities, best };
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
