import { BATCH_ROWS, type PlacedBatch, type PreparedBatch } from "@crossbill/columns";
import { v1 } from "@crossbill/messages";
import type { Runtime } from "../runtime.js";
import type { RowBatch } from "../shard-rows.js";
import { type AuditedColumn, auditedColumns } from "./audited-columns.js";
import { KeyTable } from "./key-table.js";

const MISSING = 0xffffffff;
const SHOWN = 60;

/** Counts the keys of the columns that hash over the training rows of a shard, or finds the texts of wanted ones. */
export class ShardAudit {
  readonly #runtime: Runtime;
  readonly #fields: readonly string[];
  readonly #columns: readonly { readonly column: AuditedColumn; readonly table: KeyTable; readonly texts: Map<number, string[]> | null }[];
  readonly #state: number;
  readonly #present: number;

  /** @param wanted keys whose texts are asked for; empty: all keys are counted */
  constructor(runtime: Runtime, params: v1.ShardParams, wanted: readonly v1.AuditWanted[]) {
    this.#runtime = runtime;
    this.#fields = params.fields;
    this.#state = runtime.arena.take(8 * BATCH_ROWS);
    this.#present = runtime.arena.take(BATCH_ROWS);
    this.#columns = auditedColumns(params.columns).map((column) => {
      const table = new KeyTable(column.inputs.length);
      const keys = wanted.find((one) => one.column === column.name)?.keys ?? new Uint8Array(0);
      const halves = new Uint32Array(new Uint8Array(keys).buffer);
      const none = new Uint32Array(2 * column.inputs.length);
      for (let i = 0; i < halves.length; i += 2) table.add(halves[i]!, halves[i + 1]!, none, 0, 0, 0);
      return { column, table, texts: wanted.length === 0 ? null : new Map() };
    });
  }

  update({ judged, prepared, text }: RowBatch, encoded: PlacedBatch): void {
    for (const { column, table, texts } of this.#columns) {
      if (texts !== null && table.size === texts.size) continue; // all found
      this.#visit(column, prepared, encoded, (row, keys, at, inputs, inputsAt) => {
        if (judged.parts[row] !== v1.Part.TRAIN) return;
        const [low, high] = [keys[2 * at]!, keys[2 * at + 1]!];
        if (texts === null) return table.add(low, high, inputs, inputsAt, 1, judged.label[row]!);
        const entry = table.find(low, high);
        if (entry < 0 || texts.has(entry)) return;
        const shown =
          column.items !== null
            ? [this.#itemText(column, prepared, at)]
            : column.inputs.map((input) => (input.column !== null ? "" : (text.text(this.#fields.indexOf(input.name), row) ?? "(missing)")));
        texts.set(
          entry,
          shown.map((one) => (one.length > SHOWN ? `${one.slice(0, SHOWN)}\u2026` : one)),
        );
      });
    }
  }

  partial(): v1.AuditPartial {
    const bytes = (array: Uint32Array | Float64Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength).slice();
    return v1.AuditPartial.create({
      columns: this.#columns.map(({ column, table, texts }) => {
        if (texts === null)
          return v1.AuditKeys.create({
            column: column.name,
            level: table.level,
            keys: bytes(table.keys),
            inputs: bytes(table.inputs),
            counts: bytes(table.counts),
            positives: bytes(table.positives),
          });
        const found = [...texts.keys()].sort((a, b) => a - b);
        return v1.AuditKeys.create({
          column: column.name,
          keys: bytes(Uint32Array.from(found.flatMap((entry) => [table.keys[2 * entry]!, table.keys[2 * entry + 1]!]))),
          texts: found.flatMap((entry) => texts.get(entry)!),
        });
      }),
    });
  }

  /** Calls `take` with every key of every row: key `at` of `keys`, its inputs from `inputsAt` on. */
  #visit(
    { crossed, inputs, items }: AuditedColumn,
    batch: PreparedBatch,
    { ids }: PlacedBatch,
    take: (row: number, keys: Uint32Array, at: number, inputs: Uint32Array, inputsAt: number) => void,
  ): void {
    const { arena, kernels } = this.#runtime;
    const n = batch.rows;
    if (items !== null) {
      const cut = batch.items(items);
      const keys = arena.u32(cut.fingerprints(), 2 * cut.count).slice();
      const offsets = arena.u32(cut.offsets, n + 1).slice();
      for (let row = 0; row < n; row++) for (let i = offsets[row]!; i < offsets[row + 1]!; i++) take(row, keys, i, keys, 2 * i);
      return;
    }
    if (!crossed) {
      const { name } = inputs[0]!;
      const keys = arena.u32(batch.fingerprints(name), 2 * n);
      const lengths = arena.u32(batch.lengths(name), n);
      for (let row = 0; row < n; row++) if (lengths[row] !== MISSING) take(row, keys, row, keys, 2 * row);
      return;
    }
    const joined = new Uint32Array(2 * inputs.length * n);
    kernels.cross_begin_u64(this.#state, this.#present, n, 0);
    inputs.forEach(({ name, column }, k) => {
      if (column === null) {
        kernels.cross_texts_u64(this.#state, this.#present, batch.fingerprints(name), n);
        const own = arena.u32(batch.fingerprints(name), 2 * n);
        for (let row = 0; row < n; row++) {
          joined[2 * (inputs.length * row + k)] = own[2 * row]!;
          joined[2 * (inputs.length * row + k) + 1] = own[2 * row + 1]!;
        }
      } else {
        const at = ids.get(column.name)!;
        kernels.cross_ids_u64(this.#state, this.#present, at, n);
        const own = arena.u32(at, n);
        for (let row = 0; row < n; row++) joined[2 * (inputs.length * row + k)] = own[row]!;
      }
    });
    const keys = arena.u32(this.#state, 2 * n);
    const present = arena.u8(this.#present, n);
    for (let row = 0; row < n; row++) if (present[row] !== 0) take(row, keys, row, joined, 2 * inputs.length * row);
  }

  #itemText({ items }: AuditedColumn, batch: PreparedBatch, at: number): string {
    const { arena } = this.#runtime;
    const cut = batch.items(items!);
    const [start, length] = [arena.u32(cut.starts, cut.count)[at]!, arena.u32(cut.lengths, cut.count)[at]!];
    return Buffer.from(arena.u8(start, length)).toString("utf8");
  }
}
