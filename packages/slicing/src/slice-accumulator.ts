import { CrossbillError, type v1 } from "@crossbill/messages";
import { checkLength, checkRows, type SliceOptions, sliceOptions } from "./inputs.js";
import { measureSlice, type SliceMetrics } from "./measure-slice.js";
import { SliceField, type SliceFieldSpec } from "./slice-field.js";
import { SliceGroups } from "./slice-groups.js";
import { corrupt, readSums, sumsMessage } from "./slice-message.js";
import { rowLoss, SliceSums } from "./slice-sums.js";
import type { SliceValue } from "./slice-value.js";

const FORMAT_VERSION = 2;
/** Distinct probabilities that a slice keeps apart unless told otherwise: about 1.6 MB. */
export const DEFAULT_SLICE_CAPACITY = 2 ** 16;

/** One column a field, one value a row: `{ [name]: values }`. Only own properties count. */
export type SliceColumns = Readonly<Record<string, ArrayLike<SliceValue | undefined>>>;

/** What rows are sliced by: one field, or several whose values are crossed. */
export type SliceSet = SliceFieldSpec | readonly SliceFieldSpec[];

export interface SliceAccumulatorOptions {
  /** Distinct probabilities that a slice keeps apart, 1 to 2^28; default 2^16. Beyond it its AUC and calibration error are rounded. */
  readonly capacity?: number;
}

interface Slices {
  /** Indices of fields. */
  readonly fields: readonly number[];
  readonly groups: SliceGroups;
  /** By group. */
  readonly sums: SliceSums[];
}

/**
 * Sums by slice from which metrics are made; mergeable: any order and grouping of updates and merges gives the same bits, and the same message bytes. Memory and messages do not grow with rows: a
 * slice keeps its sums, and of its probabilities up to `capacity` distinct ones with their weights, beyond that rounded down to the finest grid that leaves so many.
 */
export class SliceAccumulator {
  readonly capacity: number;
  private readonly fields: readonly SliceField[];
  private readonly sets: readonly Slices[];

  /**
   * @param sets what to slice by, in the order of the results
   * @throws E_SLICE_SET for a set without fields, with one field twice, or with unlike fields of one name; E_CAPACITY_RANGE
   */
  constructor(sets: readonly SliceSet[], options: SliceAccumulatorOptions = {}) {
    this.capacity = options.capacity ?? DEFAULT_SLICE_CAPACITY;
    if (!(Number.isInteger(this.capacity) && this.capacity >= 1 && this.capacity <= 2 ** 28))
      throw new CrossbillError("E_CAPACITY_RANGE", `capacity is ${String(this.capacity)}, allowed is an integer from 1 to 2^28`, { exitCode: 2 });
    const fields: SliceField[] = [];
    this.fields = fields;
    this.sets = sets.map((set) => {
      const specs = Array.isArray(set) ? (set as readonly SliceFieldSpec[]) : [set as SliceFieldSpec];
      const own = specs.map((spec) => addField(fields, new SliceField(spec)));
      if (own.length === 0 || new Set(own).size < own.length)
        throw new CrossbillError("E_SLICE_SET", `slice set ${JSON.stringify(set)}: give one or more different fields`, { exitCode: 2 });
      return { fields: own, groups: new SliceGroups(own.length), sums: [] };
    });
  }

  /**
   * Adds rows.
   * @param slices a column for every field of the sets; others are not looked at
   * @throws E_LENGTH_MISMATCH, E_LABEL_RANGE, E_PROBABILITY_RANGE, E_WEIGHT_RANGE, E_SLICE_FIELD, E_SLICE_VALUE; no row is added then
   */
  update(labels: ArrayLike<number>, probabilities: ArrayLike<number>, slices: SliceColumns, weights?: ArrayLike<number>): void {
    checkRows(labels, probabilities, weights);
    const codes = this.fields.map((field) => {
      if (!Object.hasOwn(slices, field.column))
        throw new CrossbillError(
          "E_SLICE_FIELD",
          `slice field ${JSON.stringify(field.column)} has no column; given are ${JSON.stringify(Object.keys(slices))}`,
          {
            exitCode: 2,
          },
        );
      const column = slices[field.column]!;
      checkLength(`slice ${JSON.stringify(field.column)}`, column.length, labels.length);
      return Uint32Array.from({ length: labels.length }, (_, row) => field.code(column[row], row));
    });
    const losses = Float64Array.from({ length: labels.length }, (_, row) => rowLoss(labels[row]!, probabilities[row]!));
    for (const set of this.sets) {
      const ids = set.groups.idsOf(set.fields.map((f) => codes[f]!));
      for (let row = 0; row < ids.length; row++)
        this.sumsOf(set, ids[row]!).add(labels[row]!, probabilities[row]! + 0, weights === undefined ? 1 : weights[row]!, losses[row]!);
    }
  }

  /** Adds everything `other` holds; `other` keeps its value. @throws E_ACCUMULATOR_MISMATCH when the sets or capacities differ */
  merge(other: SliceAccumulator): void {
    if (other.shape() !== this.shape())
      throw new CrossbillError("E_ACCUMULATOR_MISMATCH", `slice accumulators of ${this.shape()} and ${other.shape()} cannot be merged`, { exitCode: 2 });
    const translations = other.fields.map((field, f) => field.values.map((value) => this.fields[f]!.codeOf(value)));
    for (const [s, { fields, groups, sums }] of other.sets.entries()) {
      const set = this.sets[s]!;
      for (const [id, codes] of groups.codes.entries())
        this.sumsOf(set, set.groups.idOf(codes.map((code, k) => translations[fields[k]!]![code]!))).merge(sums[id]!);
    }
  }

  /**
   * The metrics of every slice that has rows: in order of the sets, then of the values (numbers by size, texts by code units, null last). Of a set of ranges alone all ranges are there,
   * those without rows too: their numbers are NaN.
   * @throws E_LEVEL_RANGE, E_WEIGHT_KIND
   */
  value(options: SliceOptions = {}): SliceMetrics[] {
    const settled = sliceOptions(options);
    return this.sets.flatMap((set) => {
      const [only] = set.fields;
      const { boundaries } = this.fields[only!]!;
      if (set.fields.length === 1 && boundaries !== null) for (let range = 0; range <= boundaries.length; range++) this.sumsOf(set, set.groups.idOf([range]));
      // Object.fromEntries makes own properties of all names, `__proto__` included.
      return this.sorted(set).map(([codes, sums]) => ({
        slice: Object.fromEntries(set.fields.map((f, k) => [this.fields[f]!.name, this.fields[f]!.values[codes[k]!]!])),
        ...measureSlice(sums, settled),
      }));
    });
  }

  toMessage(): v1.SliceAccumulator.$Properties {
    return {
      formatVersion: FORMAT_VERSION,
      sets: this.sets.map(({ fields }) => ({ fields: fields.map((f) => this.fields[f]!.name) })),
      capacity: this.capacity,
      fields: this.fields.map(({ name, column, boundaries }) => ({ name, column, bucketed: boundaries !== null, boundaries: [...(boundaries ?? [])] })),
      slices: this.sets.flatMap((set, s) =>
        this.sorted(set)
          .filter(([, sums]) => sums.rows > 0)
          .map(([codes, sums]) => ({ set: s, values: codes.map((code, k) => valueMessage(this.fields[set.fields[k]!]!.values[code]!)), ...sumsMessage(sums) })),
      ),
    };
  }

  /** @throws E_MESSAGE_CORRUPT when the message is none that {@link toMessage} makes; E_MESSAGE_VERSION when it is of another version */
  static fromMessage(message: v1.SliceAccumulator.$Properties): SliceAccumulator {
    if (message.formatVersion !== FORMAT_VERSION)
      throw new CrossbillError(
        "E_MESSAGE_VERSION",
        `slice accumulator of format version ${String(message.formatVersion)}; this Crossbill reads ${FORMAT_VERSION}`,
      );
    try {
      const specs = new Map(
        (message.fields ?? []).map(({ name, column, bucketed, boundaries }) => [
          name ?? "",
          bucketed ? { name: name ?? "", column: column ?? "", boundaries: boundaries ?? [] } : (column ?? ""),
        ]),
      );
      const sets = (message.sets ?? []).map((set) =>
        (set.fields ?? []).map((name) => {
          const spec = specs.get(name);
          if (spec === undefined) throw new RangeError(`a set's field ${JSON.stringify(name)} is not in its list`);
          return spec;
        }),
      );
      const made = new SliceAccumulator(sets, { capacity: message.capacity ?? 0 });
      for (const slice of message.slices ?? []) {
        const set = made.sets[slice.set ?? 0];
        const values = slice.values ?? [];
        if (set === undefined || values.length !== set.fields.length) throw new RangeError("a slice is of no set");
        const id = set.groups.idOf(set.fields.map((f, k) => made.fields[f]!.codeOf(values[k]!.text ?? values[k]!.number ?? null)));
        if (set.sums[id] !== undefined) throw new RangeError("a slice is there twice");
        set.sums[id] = readSums(slice, made.capacity);
      }
      return made;
    } catch (cause) {
      throw corrupt(cause instanceof Error ? cause.message : String(cause), cause);
    }
  }

  private sumsOf(set: Slices, id: number): SliceSums {
    let sums = set.sums[id];
    if (sums === undefined) {
      sums = new SliceSums(this.capacity);
      set.sums[id] = sums;
    }
    return sums;
  }

  private sorted({ fields, groups, sums }: Slices): [codes: readonly number[], sums: SliceSums][] {
    const compare = (a: readonly number[], b: readonly number[]): number => {
      for (let k = 0; k < fields.length; k++) {
        const c = a[k] === b[k] ? 0 : this.fields[fields[k]!]!.compare(a[k]!, b[k]!);
        if (c !== 0) return c;
      }
      return 0;
    };
    return groups.codes.map((codes, id): [readonly number[], SliceSums] => [codes, sums[id]!]).sort(([a], [b]) => compare(a, b));
  }

  private shape(): string {
    return JSON.stringify({ sets: this.sets.map(({ fields }) => fields.map((f) => JSON.parse(this.fields[f]!.key))), capacity: this.capacity });
  }
}

/** The field's index among `fields`, where it is added if it is new. */
function addField(fields: SliceField[], field: SliceField): number {
  const known = fields.findIndex(({ name }) => name === field.name);
  if (known < 0) return fields.push(field) - 1;
  if (fields[known]!.key !== field.key)
    throw new CrossbillError("E_SLICE_SET", `two unlike slice fields are named ${JSON.stringify(field.name)}; give ranges a \`name\``, { exitCode: 2 });
  return known;
}

function valueMessage(value: SliceValue): v1.SliceValue.$Properties {
  return value === null ? {} : typeof value === "number" ? { number: value } : { text: value };
}
