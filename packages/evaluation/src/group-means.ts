import { type IntervalOptions, MeanSums } from "@crossbill/calibration";
import type { v1 } from "@crossbill/messages";
import { ExactSum } from "@crossbill/numerics";
import { SliceField } from "@crossbill/slicing";
import type { SliceSets } from "./slice-sets.js";

/** What of each row is averaged, by name. */
export interface MeasureNames {
  /** Whose mean is all that is wanted. */
  readonly sums: readonly string[];
  /** Whose mean has an interval. */
  readonly means: readonly string[];
}

/** The measures of some rows; f64[rows] each. A mean is that of a - b. */
export interface MeasureValues {
  readonly sums: Readonly<Record<string, Float64Array>>;
  readonly means: Readonly<Record<string, readonly [a: Float64Array, b: Float64Array]>>;
}

/** Slice values of some rows, by field. */
export type SliceTexts = ReadonlyMap<string, readonly (string | null)[]>;

/** Weighted sums over the rows of one slice. All are exact: order and merges leave no trace. */
export class Group {
  rows = 0;
  readonly #weight = new ExactSum();
  readonly #names: MeasureNames;
  readonly #sums: readonly ExactSum[];
  readonly #means: readonly MeanSums[];

  constructor(
    readonly keys: readonly v1.ISliceKey[],
    names: MeasureNames,
  ) {
    this.#names = names;
    this.#sums = names.sums.map(() => new ExactSum());
    this.#means = names.means.map(() => new MeanSums());
  }

  /** @param sums, means the values in the order of the names */
  add(row: number, w: number, sums: readonly Float64Array[], means: readonly (readonly [Float64Array, Float64Array])[]): void {
    this.rows++;
    if (w === 0) return;
    this.#weight.add(w);
    for (let k = 0; k < sums.length; k++) this.#sums[k]!.addProduct(w, sums[k]![row]!);
    for (let k = 0; k < means.length; k++) this.#means[k]!.add(w, means[k]![0][row]!, means[k]![1][row]!);
  }

  merge(other: Group): void {
    this.rows += other.rows;
    this.#weight.merge(other.#weight);
    for (const [k, sum] of this.#sums.entries()) sum.merge(other.#sums[k]!);
    for (const [k, mean] of this.#means.entries()) mean.merge(other.#means[k]!);
  }

  weight(): number {
    return this.#weight.value();
  }

  /** sum w x, or sum w (a - b). */
  sum(name: string): number {
    const at = this.#names.sums.indexOf(name);
    return at >= 0 ? this.#sums[at]!.value() : this.#mean(name).value.value();
  }

  /** sum w x / W; NaN without weight. */
  mean(name: string): number {
    return this.sum(name) / this.weight();
  }

  interval(name: string, options: IntervalOptions): ReturnType<MeanSums["interval"]> {
    return this.#mean(name).interval(options);
  }

  /** Of the keys; null: missing. */
  values(): (string | null)[] {
    return this.keys.map(({ value, missing }) => (missing === true ? null : (value ?? "")));
  }

  toMessage(set: number): v1.IGroupMeans {
    return {
      set,
      keys: [...this.keys],
      rows: this.rows,
      weight: this.#weight.toBytes(),
      sums: this.#sums.map((sum) => sum.toBytes()),
      means: this.#means.map((mean) => mean.toMessage()),
    };
  }

  static fromMessage(message: v1.IGroupMeans, names: MeasureNames): Group {
    const group = new Group(message.keys as v1.ISliceKey[], names);
    group.rows = message.rows ?? 0;
    group.#weight.merge(ExactSum.fromBytes(message.weight!));
    for (const [k, sum] of group.#sums.entries()) sum.merge(ExactSum.fromBytes(message.sums![k]!));
    for (const [k, mean] of group.#means.entries()) mean.merge(MeanSums.fromMessage(message.means![k]!));
    return group;
  }

  #mean(name: string): MeanSums {
    return this.#means[this.#names.means.indexOf(name)]!;
  }
}

/** Groups by the values of their fields, one level a field. */
interface Level extends Map<string | null, Level | Group> {}

/** {@link Group}s of all rows and of every slice. */
export class GroupMeans {
  /** Of all rows. */
  readonly all: Group;
  readonly #names: MeasureNames;
  readonly #sets: readonly (readonly SliceField[])[];
  readonly #levels: readonly Level[];

  /** @param sets of slice fields */
  constructor(names: MeasureNames, sets: SliceSets) {
    this.all = new Group([], names);
    this.#names = names;
    this.#sets = sets.map((set) => set.map((spec) => new SliceField(spec)));
    this.#levels = sets.map(() => new Map());
  }

  /** @param slices a column for every field of the sets */
  update(values: MeasureValues, weight: Float64Array, slices: SliceTexts): void {
    const sums = this.#names.sums.map((name) => values.sums[name]!);
    const means = this.#names.means.map((name) => values.means[name]!);
    for (let row = 0; row < weight.length; row++) this.all.add(row, weight[row]!, sums, means);
    for (const [s, fields] of this.#sets.entries()) {
      const columns = fields.map((field) => rangesOf(field, slices.get(field.column)!));
      const of: (string | null)[] = [];
      for (let row = 0; row < weight.length; row++) {
        for (let k = 0; k < columns.length; k++) of[k] = columns[k]![row]!;
        this.#group(s, of).add(row, weight[row]!, sums, means);
      }
    }
  }

  merge(other: GroupMeans): void {
    this.all.merge(other.all);
    for (let s = 0; s < this.#sets.length; s++) for (const group of groupsOf(other.#levels[s]!)) this.#group(s, group.values()).merge(group);
  }

  /** Sets in their order, within one set by the values (by code units, ranges in their order, missing last). Of a set of ranges alone all are there, those without rows too. */
  slices(): Group[] {
    for (const [s, [only, ...more]] of this.#sets.entries())
      if (more.length === 0 && only!.boundaries !== null) for (let range = 0; range <= only!.boundaries.length; range++) this.#group(s, [textOf(only!, range)]);
    return this.#levels.flatMap((_, s) => this.#sorted(s));
  }

  toMessages(): v1.IGroupMeans[] {
    return [this.all.toMessage(0), ...this.#levels.flatMap((_, s) => this.#sorted(s).map((group) => group.toMessage(s + 1)))];
  }

  static fromMessages(messages: readonly v1.IGroupMeans[], names: MeasureNames, sets: SliceSets): GroupMeans {
    const made = new GroupMeans(names, sets);
    for (const message of messages) {
      const group = Group.fromMessage(message, names);
      const set = message.set ?? 0;
      (set === 0 ? made.all : made.#group(set - 1, group.values())).merge(group);
    }
    return made;
  }

  #group(set: number, values: readonly (string | null)[]): Group {
    let level = this.#levels[set]!;
    const last = values.length - 1;
    for (let k = 0; k < last; k++) {
      let next = level.get(values[k]!) as Level | undefined;
      if (next === undefined) {
        next = new Map();
        level.set(values[k]!, next);
      }
      level = next;
    }
    let group = level.get(values[last]!) as Group | undefined;
    if (group === undefined) {
      group = new Group(
        values.map((value, k) => ({ field: this.#sets[set]![k]!.name, value: value ?? "", missing: value === null })),
        this.#names,
      );
      level.set(values[last]!, group);
    }
    return group;
  }

  #sorted(set: number): Group[] {
    const fields = this.#sets[set]!;
    return groupsOf(this.#levels[set]!)
      .map((group): [(string | null)[], Group] => [group.values(), group])
      .sort(([a], [b]) => compareValues(fields, a, b))
      .map(([, group]) => group);
  }
}

function groupsOf(level: Level): Group[] {
  return [...level.values()].flatMap((below) => (below instanceof Group ? [below] : groupsOf(below)));
}

/** The ranges of a field of ranges. */
function rangesOf(field: SliceField, texts: readonly (string | null)[]): readonly (string | null)[] {
  return field.boundaries === null ? texts : texts.map((text, row) => textOf(field, field.code(text, row)));
}

function textOf(field: SliceField, range: number): string | null {
  return field.values[range] as string | null;
}

function compareValues(fields: readonly SliceField[], a: readonly (string | null)[], b: readonly (string | null)[]): number {
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k]!, b[k]!];
    if (x === y) continue;
    if (x === null || y === null) return x === null ? 1 : -1;
    const field = fields[k]!;
    return field.boundaries === null ? (x > y ? 1 : -1) : field.codeOf(x) - field.codeOf(y);
  }
  return 0;
}
