import type { ColumnPlan, PreparedBatch } from "@crossbill/columns";
import type { v1 } from "@crossbill/messages";
import type { Runtime } from "../runtime.js";
import { TextTable } from "./tables.js";

type Items = NonNullable<ColumnPlan["columns"][number]["items"]>;
const MISSING = 0xffffffff;

/** Counts of the items of a field. */
export class ItemTable {
  readonly #runtime: Runtime;
  readonly #items: Items;
  readonly #table: TextTable;
  #keep = 0;
  #room = 0;
  #missing = 0;

  constructor(runtime: Runtime, items: Items) {
    this.#runtime = runtime;
    this.#items = items;
    this.#table = new TextTable(runtime);
  }

  /** Takes the items of the rows with keep[row] != 0. */
  add(scratch: number, batch: PreparedBatch, keep: Uint8Array): void {
    const { arena } = this.#runtime;
    const items = batch.items(this.#items);
    const { count } = items;
    if (count > this.#room) {
      this.#room = 2 * count;
      this.#keep = arena.take(this.#room);
    }
    const offsets = arena.u32(items.offsets, batch.rows + 1);
    const lengths = arena.u32(items.rowLengths, batch.rows);
    const kept = arena.u8(this.#keep, count);
    for (let row = 0; row < batch.rows; row++) {
      if (keep[row] !== 0 && lengths[row] === MISSING) this.#missing++;
      kept.fill(keep[row]!, offsets[row], offsets[row + 1]);
    }
    this.#table.add(scratch, items.fingerprints(), items.starts, items.lengths, this.#keep, count);
  }

  /** Rows without a value. */
  get missing(): number {
    return this.#missing;
  }

  profile(scratch: number): v1.TextProfile {
    return this.#table.profile(scratch);
  }
}
