import { CrossbillError, type v1 } from "@crossbill/messages";
import { readFloat64, readUint32, writeFloat64, writeUint32 } from "./byte-columns.js";
import { canonicalOrder } from "./canonical-order.js";
import { checkLength, checkRows, type SliceOptions, sliceOptions } from "./inputs.js";
import { measureSlice, type SliceMetrics, type SliceRows } from "./measure-slice.js";
import { groupRows, type SliceColumn } from "./slice-groups.js";
import { compareValues, type SliceValue, sliceValue } from "./slice-value.js";

const FORMAT_VERSION = 1;

/** One column a field, one value a row: `{ [name]: values }`. Only own properties count. */
export type SliceColumns = Readonly<Record<string, ArrayLike<SliceValue | undefined>>>;

/** What rows are sliced by: one field, or several whose values are crossed. */
export type SliceSet = string | readonly string[];

/** Some rows, with their codes by field. */
interface Batch extends SliceRows {
  readonly codes: readonly Uint32Array[];
}

/**
 * Rows with their slice values, from which the metrics of every slice are made; mergeable: any order and grouping of updates and merges gives the same bits,
 * and the same message bytes. It keeps the rows (9 bytes, 17 with weights, and 4 a field), since the AUC of a slice is exact only with its scores.
 */
export class SliceAccumulator {
  private readonly sets: readonly (readonly string[])[];
  private readonly fields: readonly string[];
  private readonly dictionaries: Map<SliceValue, number>[];
  private batches: Batch[] = [];

  /**
   * @param sets what to slice by, in the order of the results
   * @throws E_SLICE_SET for a set without fields, or with one field twice
   */
  constructor(sets: readonly SliceSet[]) {
    this.sets = sets.map((set) => (typeof set === "string" ? [set] : [...set]));
    for (const set of this.sets) {
      if (set.length === 0 || new Set(set).size < set.length)
        throw new CrossbillError("E_SLICE_SET", `slice set ${JSON.stringify(set)}: give one or more different fields`, { exitCode: 2 });
    }
    this.fields = [...new Set(this.sets.flat())];
    this.dictionaries = this.fields.map(() => new Map());
  }

  /**
   * Adds rows.
   * @param slices a column for every field of the sets; others are not looked at
   * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_SLICE_FIELD, E_SLICE_VALUE; no row is added then
   */
  update(labels: ArrayLike<number>, probabilities: ArrayLike<number>, slices: SliceColumns, weights?: ArrayLike<number>): void {
    checkRows(labels, probabilities, weights);
    const codes = this.fields.map((field, f) => {
      if (!Object.hasOwn(slices, field))
        throw new CrossbillError("E_SLICE_FIELD", `slice field ${JSON.stringify(field)} has no column; given are ${JSON.stringify(Object.keys(slices))}`, {
          exitCode: 2,
        });
      const column = slices[field]!;
      checkLength(`slice ${JSON.stringify(field)}`, column.length, labels.length);
      return Uint32Array.from({ length: labels.length }, (_, row) => this.code(f, sliceValue(column[row], field, row)));
    });
    this.batches.push({
      labels: Uint8Array.from(labels),
      probabilities: Float64Array.from(probabilities, (p) => p + 0),
      weights: weights === undefined ? undefined : Float64Array.from(weights),
      codes,
    });
  }

  /** Adds everything `other` holds; `other` keeps its value. @throws E_ACCUMULATOR_MISMATCH when the sets differ */
  merge(other: SliceAccumulator): void {
    if (JSON.stringify(other.sets) !== JSON.stringify(this.sets))
      throw new CrossbillError(
        "E_ACCUMULATOR_MISMATCH",
        `slice accumulators of ${JSON.stringify(this.sets)} and ${JSON.stringify(other.sets)} cannot be merged`,
        { exitCode: 2 },
      );
    const translations = other.dictionaries.map((dictionary, f) => Uint32Array.from(dictionary.keys(), (value) => this.code(f, value)));
    const theirs = other.batches.map((batch) => ({ ...batch, codes: batch.codes.map((codes, f) => codes.map((code) => translations[f]![code]!)) }));
    this.batches = [...this.batches, ...theirs];
  }

  /**
   * The metrics of every slice that has rows: in order of the sets, then of the values (numbers by size, texts by code units, null last).
   * @throws E_LEVEL_RANGE, E_WEIGHT_KIND
   */
  value(options: SliceOptions = {}): SliceMetrics[] {
    const settled = sliceOptions(options);
    const rows = this.gather();
    const order = canonicalOrder(rows.probabilities, (a, b) => compareRows(rows, a, b));
    return this.sets.flatMap((set) => {
      const columns = set.map((name) => this.column(rows, name));
      // Object.fromEntries makes own properties of all names, `__proto__` included.
      return groupRows(columns, order).map((group) => ({
        slice: Object.fromEntries(set.map((name, k) => [name, group.values[k]!])),
        ...measureSlice(rows, group.rows, settled),
      }));
    });
  }

  toMessage(): v1.SliceAccumulator.$Properties {
    const rows = this.gather();
    const sorted = this.fields.map((name) => sortValues(this.column(rows, name)));
    const order = canonicalOrder(rows.probabilities, (a, b) => {
      let c = compareRows(rows, a, b);
      for (let f = 0; c === 0 && f < sorted.length; f++) c = sorted[f]!.codes[a]! - sorted[f]!.codes[b]!;
      return c;
    });
    const { weights } = rows;
    return {
      formatVersion: FORMAT_VERSION,
      sets: this.sets.map((fields) => ({ fields: [...fields] })),
      fields: sorted.map(({ name, values, codes }) => ({
        name,
        values: values.map((value) => (value === null ? {} : typeof value === "number" ? { number: value } : { text: value })),
        codes: writeUint32(order.map((row) => codes[row]!)),
      })),
      probabilities: writeFloat64(Float64Array.from(order, (row) => rows.probabilities[row]!)),
      labels: Uint8Array.from(order, (row) => rows.labels[row]!),
      weights: weights === undefined || weights.every((w) => w === 1) ? new Uint8Array(0) : writeFloat64(Float64Array.from(order, (row) => weights[row]!)),
    };
  }

  /** @throws E_MESSAGE_CORRUPT when the message is none that {@link toMessage} makes; E_MESSAGE_VERSION when it is of a newer version */
  static fromMessage(message: v1.SliceAccumulator.$Properties): SliceAccumulator {
    if (message.formatVersion !== FORMAT_VERSION)
      throw new CrossbillError(
        "E_MESSAGE_VERSION",
        `slice accumulator of format version ${String(message.formatVersion)}; this Crossbill reads ${FORMAT_VERSION}`,
      );
    try {
      const made = new SliceAccumulator((message.sets ?? []).map((set) => set.fields ?? []));
      const labels = message.labels ?? new Uint8Array(0);
      const columns = (message.fields ?? []).map((field) => {
        const values = (field.values ?? []).map((value) => value.text ?? value.number ?? null);
        const codes = readUint32(field.codes);
        if (codes.some((code) => code >= values.length)) throw new RangeError(`a value of ${JSON.stringify(field.name)} is not in its list`);
        return [field.name ?? "", Array.from(codes, (code) => values[code]!)] as const;
      });
      const weights = message.weights?.length ? readFloat64(message.weights) : undefined;
      made.update(labels, readFloat64(message.probabilities), Object.fromEntries(columns), weights);
      return made;
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new CrossbillError("E_MESSAGE_CORRUPT", `slice accumulator: ${why}; the message is damaged or was not written by Crossbill`, { cause });
    }
  }

  private code(field: number, value: SliceValue): number {
    const dictionary = this.dictionaries[field]!;
    let code = dictionary.get(value);
    if (code === undefined) {
      code = dictionary.size;
      dictionary.set(value, code);
    }
    return code;
  }

  private column(rows: Batch, name: string): SliceColumn {
    const f = this.fields.indexOf(name);
    return { name, values: [...this.dictionaries[f]!.keys()], codes: rows.codes[f]! };
  }

  /** All batches as one. */
  private gather(): Batch {
    if (this.batches.length === 1) return this.batches[0]!;
    const n = this.batches.reduce((sum, batch) => sum + batch.labels.length, 0);
    const weighted = this.batches.some((batch) => batch.weights !== undefined);
    const all = {
      labels: new Uint8Array(n),
      probabilities: new Float64Array(n),
      weights: weighted ? new Float64Array(n).fill(1) : undefined,
      codes: this.fields.map(() => new Uint32Array(n)),
    };
    let at = 0;
    for (const batch of this.batches) {
      all.labels.set(batch.labels, at);
      all.probabilities.set(batch.probabilities, at);
      if (batch.weights !== undefined) all.weights?.set(batch.weights, at);
      for (const [f, codes] of all.codes.entries()) codes.set(batch.codes[f]!, at);
      at += batch.labels.length;
    }
    this.batches = [all];
    return all;
  }
}

function compareRows(rows: SliceRows, a: number, b: number): number {
  return (rows.weights === undefined ? 0 : rows.weights[a]! - rows.weights[b]!) || rows.labels[a]! - rows.labels[b]!;
}

/** The column with the values that occur, in order. */
function sortValues(column: SliceColumn): SliceColumn {
  const order = [...new Set(column.codes)].sort((a, b) => compareValues(column.values[a]!, column.values[b]!));
  const place = new Uint32Array(column.values.length);
  for (const [to, from] of order.entries()) place[from] = to;
  return { name: column.name, values: order.map((code) => column.values[code]!), codes: column.codes.map((code) => place[code]!) };
}
