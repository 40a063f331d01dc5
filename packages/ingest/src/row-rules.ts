import { BATCH_ROWS } from "@crossbill/columns";
import { NUMBER_STATUS, parseDecimal } from "@crossbill/kernels";
import { CrossbillError, type ErrorCode, v1 } from "@crossbill/messages";
import { DISTRIBUTION_SLACK, labelNames, labelWidth } from "./label-vectors.js";
import { parseTime } from "./parse-time.js";
import { type PlacedTexts, placeTexts } from "./placed-texts.js";
import type { Runtime } from "./runtime.js";
import type { ShardSource } from "./shard-source.js";
import { partAt, type SplitCut } from "./split-cut.js";

/** In `parts`: the row is rejected. */
export const REJECTED = 255;
const MISSING = 0xffffffff;

/** A row that cannot be used. */
export interface RowReject {
  readonly row: number;
  readonly code: ErrorCode;
  readonly field?: string;
  /** In words, where code and field do not say it. */
  readonly reason?: string;
}

/** What the rules say of a batch. Arrays have BATCH_ROWS elements and are overwritten by the next batch. */
export interface JudgedRows {
  /** v1.Part of each row, or REJECTED. */
  readonly parts: Uint8Array;
  readonly label: Float64Array;
  /** f64[BATCH_ROWS][K] where labels are vectors (`label` is 0 then) and the classes known; else empty. */
  readonly labels: Float64Array;
  readonly weight: Float64Array;
  /** By rising row. */
  readonly rejects: RowReject[];
}

/** Fields that label, weight, key and split read. */
export function ruleFields(data: v1.DataSpec, role: v1.Part): string[] {
  const split = role === v1.Part.TRAIN ? data.split : null;
  return [data.label.field, ...data.label.fields, data.weight, data.key, split?.hash?.field ?? "", split?.column?.field ?? "", split?.time?.field ?? ""].filter(
    (field) => field !== "",
  );
}

/** Decides for every row its label, weight and part, or why it is rejected; the first reason of text, label, weight, split counts. */
export class RowRules {
  readonly #runtime: Runtime;
  readonly #data: v1.DataSpec;
  readonly #role: v1.Part;
  readonly #labels: PlacedTexts;
  readonly #negatives: PlacedTexts;
  readonly #parts: PlacedTexts;
  readonly #scratch: number;
  readonly #status: number;
  readonly #judged: JudgedRows;
  readonly #fields: ReadonlyMap<string, number>;
  readonly #cut: SplitCut | null;
  readonly #counted: SplitCut | null;
  /** Of each row, when a cut decides: its number in its file, or its time in milliseconds. */
  readonly #places = new Float64Array(BATCH_ROWS);
  /** Numbers of the classes; null: they are still to be learned. */
  readonly #classes: ReadonlyMap<string, number> | null;

  constructor(runtime: Runtime, params: v1.ShardParams) {
    const { arena } = runtime;
    this.#runtime = runtime;
    this.#data = params.data;
    this.#judged = {
      parts: new Uint8Array(BATCH_ROWS),
      label: new Float64Array(BATCH_ROWS),
      labels: new Float64Array(BATCH_ROWS * labelWidth(params.data.label)),
      weight: new Float64Array(BATCH_ROWS),
      rejects: [],
    };
    this.#role = params.role;
    this.#labels = placeTexts(arena, params.data.label.positive);
    this.#negatives = placeTexts(arena, params.data.label.negative);
    this.#parts = placeTexts(arena, ["train", "validation", "test"]);
    this.#scratch = arena.take(8 * BATCH_ROWS);
    this.#status = arena.take(BATCH_ROWS);
    this.#cut = params.cut ?? null;
    this.#counted = params.counted ?? null;
    this.#fields = new Map(params.fields.map((field, i) => [field, i]));
    const { classes } = params.data.label;
    this.#classes = classes.length === 0 ? null : new Map(classes.map((text, i) => [text, i]));
  }

  /** @param firstRow number of the batch's first row in its file */
  judge(text: ShardSource, firstRow: number): JudgedRows {
    const judged = this.#judged;
    judged.rejects.length = 0;
    const rejected = new Map<number, RowReject>();
    const reject = (row: number, code: ErrorCode, field?: string): void => {
      if (!rejected.has(row)) rejected.set(row, { row, code, ...(field === undefined ? {} : { field }) });
    };
    for (const { row, code } of text.problems()) reject(row, code);
    const { fields, split, multi } = this.#data.label;
    if (fields.length > 0) this.#readVectors(text, reject);
    else if (split !== "") this.#readSets(text, reject);
    else if (multi) this.#readClasses(text, reject);
    else if (this.#data.label.number) this.#readLabels(text, reject);
    else this.#matchLabels(text, reject);
    this.#readWeights(text, reject);
    judged.parts.fill(this.#role, 0, text.rows);
    if (this.#role === v1.Part.TRAIN && this.#data.split != null) this.#split(text, firstRow, reject);
    for (const one of [...rejected.values()].sort((a, b) => a.row - b.row)) {
      judged.parts[one.row] = REJECTED;
      judged.rejects.push(one);
    }
    return judged;
  }

  /** i32[rows]: index of the equal text, or -1. A view of scratch. */
  #match(text: ShardSource, field: number, texts: PlacedTexts): Int32Array {
    this.#runtime.kernels.csv_match(this.#scratch, text.starts(field), text.lengths(field), text.rows, texts.texts, texts.lengths, texts.count);
    return this.#runtime.arena.i32(this.#scratch, text.rows);
  }

  #matchLabels(text: ShardSource, reject: (row: number, code: ErrorCode, field?: string) => void): void {
    const { label: name } = this.#data;
    const field = this.#fields.get(name.field)!;
    const { label } = this.#judged;
    const lengths = this.#runtime.arena.u32(text.lengths(field), text.rows);
    const positive = this.#match(text, field, this.#labels);
    for (let r = 0; r < text.rows; r++) label[r] = positive[r]! >= 0 ? 1 : 0;
    const negative = name.negative.length > 0 ? this.#match(text, field, this.#negatives) : null;
    for (let r = 0; r < text.rows; r++) {
      if (lengths[r] === MISSING || lengths[r] === 0) reject(r, "E_LABEL_EMPTY", name.field);
      else if (negative !== null && label[r] === 0 && negative[r]! < 0) reject(r, "E_LABEL_VALUE", name.field);
    }
  }

  /** Labels are the numbers of their classes; 0 while these are unknown. */
  #readClasses(text: ShardSource, reject: (row: number, code: ErrorCode, field?: string) => void): void {
    const name = this.#data.label.field;
    const field = this.#fields.get(name)!;
    const lengths = this.#runtime.arena.u32(text.lengths(field), text.rows);
    const { label } = this.#judged;
    for (let r = 0; r < text.rows; r++) {
      label[r] = 0;
      if (lengths[r] === MISSING || lengths[r] === 0) reject(r, "E_LABEL_EMPTY", name);
      else if (this.#classes !== null) {
        const index = this.#classes.get(text.text(field, r) ?? "");
        if (index === undefined) reject(r, "E_LABEL_VALUE", name);
        else label[r] = index;
      }
    }
  }

  /** A number in [0, 1] of every label field; of a distribution they add up to 1. */
  #readVectors(text: ShardSource, reject: (row: number, code: ErrorCode, field?: string) => void): void {
    const { fields, distribution } = this.#data.label;
    const { label, labels } = this.#judged;
    const numbers = new Float64Array(text.rows);
    const sums = new Float64Array(text.rows);
    label.fill(0, 0, text.rows);
    for (const [k, name] of fields.entries()) {
      const field = this.#fields.get(name)!;
      const lengths = this.#runtime.arena.u32(text.lengths(field), text.rows).slice();
      this.#readNumbers(text, field, numbers);
      for (let r = 0; r < text.rows; r++) {
        const y = numbers[r]!;
        labels[r * fields.length + k] = y;
        sums[r] = sums[r]! + y;
        if (lengths[r] === MISSING || lengths[r] === 0) reject(r, "E_LABEL_EMPTY", name);
        else if (!(y >= 0 && y <= 1)) reject(r, "E_LABEL_VALUE", name);
      }
    }
    if (distribution) for (let r = 0; r < text.rows; r++) if (!(Math.abs(sums[r]! - 1) <= DISTRIBUTION_SLACK)) reject(r, "E_LABEL_SUM", fields[0]!);
  }

  /** 1 for every class that the label names. */
  #readSets(text: ShardSource, reject: (row: number, code: ErrorCode, field?: string) => void): void {
    const { field: name, split, classes } = this.#data.label;
    const field = this.#fields.get(name)!;
    const { label, labels } = this.#judged;
    const K = classes.length;
    label.fill(0, 0, text.rows);
    labels.fill(0, 0, text.rows * K);
    for (let r = 0; r < text.rows; r++) {
      const names = labelNames(text.text(field, r), split);
      const numbers = names?.map((one) => (this.#classes === null ? 0 : this.#classes.get(one)));
      if (numbers === undefined || numbers.includes(undefined)) reject(r, "E_LABEL_VALUE", name);
      else if (K > 0) for (const k of numbers) labels[r * K + k!] = 1;
    }
  }

  #readLabels(text: ShardSource, reject: (row: number, code: ErrorCode, field?: string) => void): void {
    const name = this.#data.label.field;
    const field = this.#fields.get(name)!;
    const lengths = this.#runtime.arena.u32(text.lengths(field), text.rows);
    const { label } = this.#judged;
    this.#readNumbers(text, field, label);
    const least = this.#data.label.nonNegative ? 0 : Number.NEGATIVE_INFINITY;
    for (let r = 0; r < text.rows; r++) {
      if (lengths[r] === MISSING || lengths[r] === 0) reject(r, "E_LABEL_EMPTY", name);
      else if (!(label[r]! >= least)) reject(r, "E_LABEL_VALUE", name);
    }
  }

  #readWeights(text: ShardSource, reject: (row: number, code: ErrorCode, field?: string) => void): void {
    const { weight } = this.#judged;
    const name = this.#data.weight;
    if (name === "") {
      weight.fill(1, 0, text.rows);
      return;
    }
    this.#readNumbers(text, this.#fields.get(name)!, weight);
    for (let r = 0; r < text.rows; r++) if (!(weight[r]! >= 0)) reject(r, "E_WEIGHT", name);
  }

  /** Numbers of a field; NaN: missing, not a number, or not finite. */
  #readNumbers(text: ShardSource, field: number, out: Float64Array): void {
    const { arena, kernels } = this.#runtime;
    const given = text.numbers?.(field) ?? null;
    if (given !== null) {
      out.set(arena.f64(given.at, text.rows));
      for (const row of given.bad) out[row] = Number.NaN;
      return;
    }
    const odd = kernels.texts_parse_f64(this.#scratch, this.#status, text.starts(field), text.lengths(field), text.rows);
    out.set(arena.f64(this.#scratch, text.rows));
    if (odd === 0) return;
    const status = arena.u8(this.#status, text.rows);
    for (let r = 0; r < text.rows; r++) if (status[r] === NUMBER_STATUS.long) out[r] = parseDecimal(text.text(field, r) ?? "");
  }

  #split(text: ShardSource, firstRow: number, reject: (row: number, code: ErrorCode, field?: string) => void): void {
    const { parts } = this.#judged;
    const { hash, index, column, order, time } = this.#data.split;
    if (hash != null) {
      const field = this.#fields.get(hash.field)!;
      this.#runtime.kernels.csv_uniform(this.#scratch, text.starts(field), text.lengths(field), text.rows);
      const uniform = this.#runtime.arena.f64(this.#scratch, text.rows);
      const held = hash.test + hash.validation;
      for (let r = 0; r < text.rows; r++) parts[r] = uniform[r]! < hash.test ? v1.Part.TEST : uniform[r]! < held ? v1.Part.VALIDATION : v1.Part.TRAIN;
    } else if (index != null) {
      parts.fill(v1.Part.TRAIN, 0, text.rows);
      const mark = (entries: readonly number[], part: v1.Part): void => {
        // The first row whose number leaves i, then every so many.
        for (const i of entries) for (let r = (i - (firstRow % index.every) + index.every) % index.every; r < text.rows; r += index.every) parts[r] = part;
      };
      mark(index.validation, v1.Part.VALIDATION);
      mark(index.test, v1.Part.TEST);
    } else if (column != null) {
      const found = this.#match(text, this.#fields.get(column.field)!, this.#parts);
      for (let r = 0; r < text.rows; r++) {
        if (found[r]! < 0) reject(r, "E_SPLIT_VALUE", column.field);
        else parts[r] = found[r]!;
      }
    } else if (order != null) {
      for (let r = 0; r < text.rows; r++) this.#places[r] = firstRow + r;
      this.#splitAt(text.rows);
    } else if (time != null) {
      const field = this.#fields.get(time.field ?? "")!;
      for (let r = 0; r < text.rows; r++) {
        const at = parseTime(text.text(field, r) ?? "");
        this.#places[r] = at;
        if (Number.isNaN(at)) reject(r, "E_TIME", time.field);
      }
      this.#splitAt(text.rows);
    }
  }

  #splitAt(rows: number): void {
    if (this.#cut === null) throw new CrossbillError("E_INTERNAL", "a split by order or time needs a cut");
    for (let r = 0; r < rows; r++) this.#judged.parts[r] = partAt(this.#places[r]!, this.#cut);
  }

  /** Whether a row of the last batch was a training row under the earlier cut, if there is one. */
  wasCounted(row: number): boolean {
    return this.#counted !== null && partAt(this.#places[row]!, this.#counted) === v1.Part.TRAIN;
  }
}
