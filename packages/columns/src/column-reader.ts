import { NUMBER_STATUS, parseDecimal } from "@crossbill/kernels";
import { CrossbillError, type ErrorCode } from "@crossbill/messages";
import type { Column, ColumnSpec } from "./column.js";
import { ItemBatch } from "./item-batch.js";
import { type ColumnItems, combinationsOf, MOST_COMBINATIONS } from "./items.js";
import { type ColumnPlan, planColumns } from "./plan.js";
import { type FieldSlots, PreparedBatch, type Reject } from "./prepared-batch.js";
import { BATCH_ROWS, type Runtime, type TextBatch } from "./text-batch.js";

/**
 * Reads batches of text for a set of columns: parses every field's numbers once and takes its fingerprints once at most, whatever number of columns reads it.
 *
 * It, its fitters and its encoders take memory of the arena when they are made and, fitters, whenever a dictionary grows; none of it may be released
 * while they are in use. So the arena's other user takes its buffers before the first batch, and releases none during it.
 */
export class ColumnReader {
  readonly plan: ColumnPlan;
  readonly fields: readonly string[];
  readonly runtime: Runtime;
  readonly #slots = new Map<string, FieldSlots>();
  readonly #items = new Map<string, ItemBatch>();
  #checked: readonly string[];

  /** @throws E_COLUMN_FIELD (exit code 2) when the data lack a field; what `planColumns` throws */
  constructor(specs: readonly ColumnSpec[], fields: readonly string[], runtime: Runtime) {
    this.plan = planColumns(specs);
    this.fields = fields;
    this.#checked = fields;
    this.runtime = runtime;
    const { arena } = runtime;
    for (const column of this.plan.columns) {
      for (const name of column.fields) {
        const field = fields.indexOf(name);
        if (field < 0) {
          throw new CrossbillError(
            "E_COLUMN_FIELD",
            `column "${column.name}" reads the field "${name}", which the data do not have; their fields are ${fields.map((f) => `"${f}"`).join(", ")}`,
            {
              exitCode: 2,
              details: { column: column.name, field: name },
            },
          );
        }
        const slots = this.#slots.get(name) ?? { field, numbers: 0, status: 0, fingerprints: 0 };
        if (column.reads === "numbers" && slots.numbers === 0)
          this.#slots.set(name, { ...slots, numbers: arena.take(BATCH_ROWS * 8), status: arena.take(BATCH_ROWS) });
        if (column.items !== undefined && !this.#items.has(column.items.key)) this.#items.set(column.items.key, new ItemBatch(runtime, column.items, field));
        if (column.reads === "texts" && slots.fingerprints === 0) this.#slots.set(name, { ...slots, fingerprints: arena.take(BATCH_ROWS * 8) });
      }
    }
  }

  /** Whether a batch that this reader prepared serves `column`. */
  serves(column: Column): boolean {
    if (column.items !== undefined) return this.#items.has(column.items.key);
    return column.fields.every((field) => {
      const slots = this.#slots.get(field);
      return slots !== undefined && (column.reads === "numbers" ? slots.numbers : slots.fingerprints) !== 0;
    });
  }

  /** The batch with its numbers; it reuses the buffers of the one before. @throws E_BATCH when the batch has other fields or too many rows */
  prepare(batch: TextBatch): PreparedBatch {
    this.#check(batch);
    const { kernels } = this.runtime;
    const unparsable = new Map<string, number[]>();
    for (const [name, { field, numbers, status }] of this.#slots) {
      if (numbers === 0) continue;
      const starts = batch.starts(field);
      const lengths = batch.lengths(field);
      if (kernels.texts_parse_f64(numbers, status, starts, lengths, batch.rows) > 0)
        unparsable.set(name, this.#finishNumbers(batch, starts, lengths, numbers, status));
    }
    const malformed = new Map<string, Map<number, ErrorCode>>();
    for (const [key, items] of this.#items) {
      const rows = new Map<number, ErrorCode>();
      items.split(batch, (row, code) => rows.set(row, code));
      if (rows.size > 0) malformed.set(key, rows);
    }
    return new PreparedBatch(batch, this.#rejects(batch.rows, unparsable, malformed), this.runtime, this.#slots, this.#items);
  }

  /** Converts the numbers that were left to us; the rows whose text is no number. */
  #finishNumbers(batch: TextBatch, starts: number, lengths: number, numbers: number, status: number): number[] {
    const { arena } = this.runtime;
    const [values, what, from, length] = [
      arena.f64(numbers, batch.rows),
      arena.u8(status, batch.rows),
      arena.u32(starts, batch.rows),
      arena.u32(lengths, batch.rows),
    ];
    const bad: number[] = [];
    for (let row = 0; row < what.length; row++) {
      if (what[row] === NUMBER_STATUS.long) values[row] = parseDecimal(Buffer.from(arena.memory.buffer, from[row]!, length[row]!).toString("latin1"));
      if (what[row] === NUMBER_STATUS.notANumber || (what[row] === NUMBER_STATUS.long && Number.isNaN(values[row]))) bad.push(row);
    }
    return bad;
  }

  #rejects(rows: number, unparsable: ReadonlyMap<string, readonly number[]>, malformed: ReadonlyMap<string, ReadonlyMap<number, ErrorCode>>): Reject[] {
    const rejects = new Map<number, Reject>();
    const reject = (row: number, code: ErrorCode, field: string): void => {
      if (!rejects.has(row)) rejects.set(row, { row, code, field });
    };
    for (const column of this.plan.columns) {
      const { reads, fields, items, rejects: why } = column;
      for (const [row, code] of (items === undefined ? undefined : malformed.get(items.key)) ?? []) reject(row, code, fields[0]!);
      if (items !== undefined && column.kind === "identity")
        this.#rejectItems(rows, this.#items.get(items.key)!, why, (row, code) => reject(row, code, fields[0]!));
      const combinations = combinationsOf(column);
      if (combinations.length > 1) this.#rejectCrosses(rows, combinations, (row) => reject(row, "E_CROSS_ITEMS", combinations[0]!.field));
      if (reads !== "numbers") continue;
      const field = fields[0]!;
      const bad = unparsable.get(field);
      for (const row of bad ?? []) reject(row, "E_NUMBER", field);
      if (why === undefined) continue;
      const x = this.runtime.arena.f64(this.#slots.get(field)!.numbers, rows);
      for (let row = 0; row < rows; row++) {
        const code = why(x[row]!);
        if (code !== null) reject(row, code, field);
      }
    }
    return [...rejects.values()].sort((a, b) => a.row - b.row);
  }

  /** Rows with an item that is no number, or one that the column refuses. */
  #rejectItems(rows: number, items: ItemBatch, why: Column["rejects"], reject: (row: number, code: ErrorCode) => void): void {
    const x = items.numbers(rows, (row) => reject(row, "E_NUMBER"));
    if (why === undefined) return;
    const { arena } = this.runtime;
    const [values, offsets] = [arena.f64(x, items.count), arena.u32(items.offsets, rows + 1)];
    for (let row = 0; row < rows; row++) {
      for (let i = offsets[row]!; i < offsets[row + 1]!; i++) {
        const code = why(values[i]!);
        if (code !== null) reject(row, code);
      }
    }
  }

  /** Rows whose items would be crossed to more than {@link MOST_COMBINATIONS} pairs. */
  #rejectCrosses(rows: number, inputs: readonly ColumnItems[], reject: (row: number) => void): void {
    const offsets = inputs.map(({ key }) => this.runtime.arena.u32(this.#items.get(key)!.offsets, rows + 1));
    for (let row = 0; row < rows; row++) {
      let combinations = 1;
      for (const of of offsets) combinations *= Math.max(1, of[row + 1]! - of[row]!);
      if (combinations > MOST_COMBINATIONS) reject(row);
    }
  }

  #check(batch: TextBatch): void {
    if (!(batch.rows >= 0 && batch.rows <= BATCH_ROWS))
      throw new CrossbillError("E_BATCH", `a batch of ${batch.rows} rows; at most ${BATCH_ROWS} are read at once`);
    if (batch.fields === this.#checked) return;
    if (batch.fields.length !== this.fields.length || batch.fields.some((field, i) => field !== this.fields[i])) {
      throw new CrossbillError("E_BATCH", `a batch with the fields ${batch.fields.join(", ")}; the reader was made for ${this.fields.join(", ")}`);
    }
    this.#checked = batch.fields;
  }
}
