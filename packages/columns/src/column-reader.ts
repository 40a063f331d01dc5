import { NUMBER_STATUS, parseDecimal, type Room } from "@crossbill/kernels";
import { CrossbillError, type ErrorCode } from "@crossbill/messages";
import type { Column, ColumnSpec } from "./column.js";
import { ItemBatch } from "./item-batch.js";
import { type ColumnItems, combinationsOf, MOST_COMBINATIONS } from "./items.js";
import { type ColumnPlan, planColumns } from "./plan.js";
import { type FieldSlots, PreparedBatch, productKey, type Reject } from "./prepared-batch.js";
import { overflow, productOf } from "./product-of.js";
import { BATCH_ROWS, type Runtime, type TextBatch } from "./text-batch.js";

/** What keeps rows from being read: by field, by cut and row, by factors. */
interface Problems {
  readonly unparsable: ReadonlyMap<string, readonly number[]>;
  readonly malformed: ReadonlyMap<string, ReadonlyMap<number, ErrorCode>>;
  readonly overflows: ReadonlyMap<string, readonly number[]>;
}

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
  /** Offset of f64[BATCH_ROWS], by factors. */
  readonly #products = new Map<string, number>();
  /** Of ids, and of tallies of texts. */
  readonly #scratch: Room;
  #checked: readonly string[];

  /** @throws E_COLUMN_FIELD (exit code 2) when the data lack a field; what `planColumns` throws */
  constructor(specs: readonly ColumnSpec[], fields: readonly string[], runtime: Runtime) {
    this.plan = planColumns(specs);
    this.fields = fields;
    this.#checked = fields;
    this.runtime = runtime;
    const { arena } = runtime;
    this.#scratch = arena.room();
    for (const column of this.plan.columns) {
      const product = column.factors === undefined ? null : productKey(column.factors);
      if (product !== null && !this.#products.has(product)) this.#products.set(product, arena.take(BATCH_ROWS * 8));
      for (const name of column.fields) {
        const field = fields.indexOf(name);
        if (field < 0) {
          throw new CrossbillError(
            "E_COLUMN_FIELD",
            `column "${column.name}" reads the field "${name}", which the data do not have${column.factors !== undefined && this.plan.byName.has(name) ? " (it is an entry of columns; a product multiplies fields of the data only)" : ""}; their fields are ${fields.map((f) => `"${f}"`).join(", ")}`,
            {
              exitCode: 2,
              details: { column: column.name, field: name },
            },
          );
        }
        const slots = this.#slots.get(name) ?? { field, numbers: 0, status: 0, fingerprints: 0, distinct: arena.room() };
        if (column.reads === "numbers" && slots.numbers === 0)
          this.#slots.set(name, { ...slots, numbers: arena.take(BATCH_ROWS * 8), status: arena.take(BATCH_ROWS) });
        if (column.items !== undefined && !this.#items.has(column.items.key)) this.#items.set(column.items.key, new ItemBatch(runtime, column.items, field));
        if (column.reads === "texts" && slots.fingerprints === 0) this.#slots.set(name, { ...slots, fingerprints: arena.take(BATCH_ROWS * 8) });
      }
    }
  }

  /** Whether a batch that this reader prepared serves `column`. */
  serves(column: Column): boolean {
    if (column.factors !== undefined && !this.#products.has(productKey(column.factors))) return false;
    if (column.items !== undefined) return this.#items.has(column.items.key);
    return column.fields.every((field) => {
      const slots = this.#slots.get(field);
      return slots !== undefined && (column.reads === "numbers" ? slots.numbers : slots.fingerprints) !== 0;
    });
  }

  /** The batch with its numbers; it reuses the buffers of the one before. @throws E_BATCH when the batch has other fields or too many rows */
  prepare(batch: TextBatch): PreparedBatch {
    this.#check(batch);
    const { arena, kernels } = this.runtime;
    const unparsable = new Map<string, readonly number[]>();
    for (const [name, { field, numbers, status }] of this.#slots) {
      if (numbers === 0) continue;
      const given = batch.numbers?.(field) ?? null;
      if (given !== null) {
        const values = arena.f64(numbers, batch.rows);
        values.set(arena.f64(given.at, batch.rows));
        for (const row of given.bad) values[row] = Number.NaN;
        if (given.bad.length > 0) unparsable.set(name, given.bad);
        continue;
      }
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
    const rejects: Reject[] = [];
    const prepared = new PreparedBatch(batch, rejects, this.runtime, this.#slots, this.#products, this.#items, this.#scratch);
    rejects.push(...this.#rejects(prepared, { unparsable, malformed, overflows: this.#multiply(prepared) }));
    return prepared;
  }

  /** Makes the products; the rows where one is not finite, by factors. */
  #multiply(batch: PreparedBatch): ReadonlyMap<string, readonly number[]> {
    const overflows = new Map<string, number[]>();
    for (const [key, at] of this.#products) {
      const factors = (JSON.parse(key) as string[]).map((field) => batch.numbers(field));
      const product = this.runtime.arena.f64(at, batch.rows);
      const row = new Float64Array(factors.length);
      const bad: number[] = [];
      for (let r = 0; r < batch.rows; r++) {
        for (let i = 0; i < row.length; i++) row[i] = factors[i]![r]!;
        product[r] = productOf(row);
        if (product[r] === Number.POSITIVE_INFINITY) bad.push(r);
      }
      if (bad.length > 0) overflows.set(key, bad);
    }
    return overflows;
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

  #rejects(batch: PreparedBatch, { unparsable, malformed, overflows }: Problems): Reject[] {
    const { rows } = batch;
    const rejects = new Map<number, Reject>();
    const reject = (row: number, code: ErrorCode, field: string, reason?: string): void => {
      if (!rejects.has(row)) rejects.set(row, { row, code, field, ...(reason === undefined ? {} : { reason }) });
    };
    for (const column of this.plan.columns) {
      const { reads, fields, factors, items, rejects: why } = column;
      for (const [row, code] of (items === undefined ? undefined : malformed.get(items.key)) ?? []) reject(row, code, fields[0]!);
      if (items !== undefined && column.kind === "identity")
        this.#rejectItems(rows, this.#items.get(items.key)!, why, (row, code) => reject(row, code, fields[0]!));
      const combinations = combinationsOf(column);
      if (combinations.length > 1) this.#rejectCrosses(rows, combinations, (row) => reject(row, "E_CROSS_ITEMS", combinations[0]!.field));
      if (reads !== "numbers") continue;
      for (const field of fields) for (const row of unparsable.get(field) ?? []) reject(row, "E_NUMBER", field);
      for (const row of (factors && overflows.get(productKey(factors))) ?? [])
        reject(
          row,
          "E_NUMBER",
          fields[0]!,
          overflow(factors!, (field) => this.#text(batch, field, row)),
        );
      if (why === undefined) continue;
      const x = batch.numbersOf(column);
      for (let row = 0; row < rows; row++) {
        const code = why(x[row]!);
        if (code !== null) reject(row, code, fields.find((field) => code === "E_MISSING" && Number.isNaN(batch.numbers(field)[row])) ?? fields[0]!);
      }
    }
    return [...rejects.values()].sort((a, b) => a.row - b.row);
  }

  /** Rows with an item that is no number, or one that the column refuses. */
  #rejectItems(rows: number, items: ItemBatch, why: Column["rejects"], reject: (row: number, code: ErrorCode) => void): void {
    const x = items.numbers();
    for (const row of items.notNumbers()) reject(row, "E_NUMBER");
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

  #text(batch: PreparedBatch, field: string, row: number): string {
    const { arena } = this.runtime;
    const length = arena.u32(batch.lengths(field), batch.rows)[row]!;
    return Buffer.from(arena.memory.buffer, arena.u32(batch.starts(field), batch.rows)[row]!, length).toString("latin1");
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
