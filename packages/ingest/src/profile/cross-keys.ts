import { BATCH_ROWS, type PlacedBatch, type PreparedBatch } from "@crossbill/columns";
import { v1 } from "@crossbill/messages";
import type { AuditedColumn } from "../audit/audited-columns.js";
import type { Runtime } from "../runtime.js";
import { TextTable } from "./tables.js";

const MISSING = 0xffffffff;

/** The 64 bits that a hashed cross makes of its inputs before it takes them modulo the buckets, counted by row: how many combinations there are. */
export class CrossKeys {
  readonly column: string;
  readonly #runtime: Runtime;
  readonly #inputs: AuditedColumn["inputs"];
  readonly #table: TextTable;
  /** Offsets: u64, u8, u32 [BATCH_ROWS]. */
  readonly #state: number;
  readonly #present: number;
  readonly #lengths: number;

  /** Takes memory of the arena. */
  constructor(runtime: Runtime, { name, inputs }: AuditedColumn) {
    const { arena } = runtime;
    this.column = name;
    this.#runtime = runtime;
    this.#inputs = inputs;
    this.#table = new TextTable(runtime);
    this.#state = arena.take(8 * BATCH_ROWS);
    this.#present = arena.take(BATCH_ROWS);
    this.#lengths = arena.take(4 * BATCH_ROWS);
  }

  /** Takes the rows with keep u8[rows] != 0, an offset, in which an input is not missing. */
  add(scratch: number, batch: PreparedBatch, { ids }: PlacedBatch, keep: number): void {
    const { arena, kernels } = this.#runtime;
    const n = batch.rows;
    kernels.cross_begin_u64(this.#state, this.#present, n, 0);
    for (const { name, column } of this.#inputs) {
      if (column === null) kernels.cross_texts_u64(this.#state, this.#present, batch.fingerprints(name), n);
      else kernels.cross_ids_u64(this.#state, this.#present, ids.get(column.name)!, n);
    }
    // A combination has no text of its own: all are empty.
    const present = arena.u8(this.#present, n);
    const lengths = arena.u32(this.#lengths, n);
    for (let row = 0; row < n; row++) lengths[row] = present[row] === 0 ? MISSING : 0;
    this.#table.add(scratch, this.#state, this.#lengths, this.#lengths, keep, n);
  }

  profile(scratch: number): v1.KeyProfile {
    const { level, fingerprints, counts, buckets } = this.#table.profile(scratch);
    return v1.KeyProfile.create({ column: this.column, keys: v1.TextProfile.create({ level, fingerprints, counts, buckets }) });
  }
}
