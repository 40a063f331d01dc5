import { PACK_BATCH_ROWS } from "./pack-format.js";
import type { Runtime } from "./runtime.js";

/**
 * The columns of fixed width of a pack's open record batch in kernel memory: f64 columns first, then u32 columns, each in the caller's order; column c lies at
 * `at + room * (widths before c)`. Memory is taken of the arena and stays until the caller releases it.
 */
export class PackColumns {
  readonly #runtime: Runtime;
  readonly #wide: number;
  /** Bytes of a row. */
  readonly #width: number;
  #at = 0;
  /** Rows that have a place. */
  #room = 0;
  rows = 0;

  constructor(runtime: Runtime, wide: number, narrow: number) {
    this.#runtime = runtime;
    this.#wide = wide;
    this.#width = 8 * wide + 4 * narrow;
  }

  /** Offset of f64[rows]. */
  wideAt(column: number): number {
    return this.#at + 8 * this.#room * column;
  }

  /** Offset of u32[rows]. */
  narrowAt(column: number): number {
    return this.#at + this.#room * (8 * this.#wide + 4 * column);
  }

  /** Appends the rows that selected u32[n] names of every column: wide f64[], narrow u32[]. All are offsets; at most {@link PACK_BATCH_ROWS} rows in all. */
  add(wide: readonly number[], narrow: readonly number[], selected: number, n: number): void {
    const { kernels } = this.#runtime;
    this.#makeRoom(this.rows + n);
    for (const [c, values] of wide.entries()) kernels.gather_f64(this.wideAt(c) + 8 * this.rows, values, selected, n);
    for (const [c, values] of narrow.entries()) kernels.gather_u32(this.narrowAt(c) + 4 * this.rows, values, selected, n);
    this.rows += n;
  }

  clear(): void {
    this.rows = 0;
  }

  /** Doubles the room where it is too small; the old place stays unused. */
  #makeRoom(rows: number): void {
    if (rows <= this.#room) return;
    const { arena, kernels } = this.#runtime;
    const room = Math.min(PACK_BATCH_ROWS, Math.ceil(Math.max(rows, 2 * this.#room) / 16) * 16);
    const at = arena.take(room * this.#width);
    for (let before = 0; before < this.#width; before += before < 8 * this.#wide ? 8 : 4)
      kernels.copy_bytes(at + room * before, this.#at + this.#room * before, this.rows * (before < 8 * this.#wide ? 8 : 4));
    this.#at = at;
    this.#room = room;
  }
}
