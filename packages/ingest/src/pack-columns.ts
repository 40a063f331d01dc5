import { PACK_BATCH_ROWS } from "./pack-format.js";
import type { Runtime } from "./runtime.js";

/** Rows of one record batch: column c lies at `at + room * (widths before c)`. */
interface Block {
  at: number;
  room: number;
  rows: number;
}

/** Where a piece of the rows goes. */
interface Piece {
  readonly block: Block;
  /** Rows of the block before it. */
  readonly row: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The columns of a pack of fixed width in kernel memory, cut into record batches as they come in: f64 columns first, then u32 columns, each in the caller's order.
 * Memory is taken of the arena and stays until the caller releases it.
 */
export class PackColumns {
  readonly #runtime: Runtime;
  readonly #wide: number;
  /** Bytes of a row. */
  readonly #width: number;
  readonly #blocks: Block[] = [];
  rows = 0;

  constructor(runtime: Runtime, wide: number, narrow: number) {
    this.#runtime = runtime;
    this.#wide = wide;
    this.#width = 8 * wide + 4 * narrow;
  }

  /** Record batches so far. */
  get batches(): number {
    return this.#blocks.length;
  }

  rowsOf(batch: number): number {
    return this.#blocks[batch]!.rows;
  }

  /** Offset of f64[rows] of a record batch. */
  wideAt(batch: number, column: number): number {
    const { at, room } = this.#blocks[batch]!;
    return at + 8 * room * column;
  }

  /** Offset of u32[rows] of a record batch. */
  narrowAt(batch: number, column: number): number {
    const { at, room } = this.#blocks[batch]!;
    return at + room * (8 * this.#wide + 4 * column);
  }

  /** Appends the rows that selected u32[n] names of every column: wide f64[], narrow u32[]. All are offsets. */
  add(wide: readonly number[], narrow: readonly number[], selected: number, n: number): void {
    const { kernels } = this.#runtime;
    for (const { block, row, from, to } of this.#pieces(n)) {
      const rows = selected + 4 * from;
      for (const [c, values] of wide.entries()) kernels.gather_f64(block.at + 8 * (block.room * c + row), values, rows, to - from);
      const narrowFrom = block.at + 8 * block.room * this.#wide;
      for (const [c, values] of narrow.entries()) kernels.gather_u32(narrowFrom + 4 * (block.room * c + row), values, rows, to - from);
    }
    this.rows += n;
  }

  #pieces(n: number): Piece[] {
    const pieces: Piece[] = [];
    for (let from = 0; from < n; ) {
      let block = this.#blocks.at(-1);
      if (block === undefined || block.rows === PACK_BATCH_ROWS) {
        block = { at: 0, room: 0, rows: 0 };
        this.#blocks.push(block);
      }
      const to = Math.min(n, from + PACK_BATCH_ROWS - block.rows);
      this.#makeRoom(block, block.rows + to - from);
      pieces.push({ block, row: block.rows, from, to });
      block.rows += to - from;
      from = to;
    }
    return pieces;
  }

  /** Doubles the first block where it is too small; its old place stays unused. Later ones have all their room at once: they are filled, but for the last. */
  #makeRoom(block: Block, rows: number): void {
    if (rows <= block.room) return;
    const { arena, kernels } = this.#runtime;
    const room = this.#blocks.length > 1 ? PACK_BATCH_ROWS : Math.min(PACK_BATCH_ROWS, Math.ceil(Math.max(rows, 2 * block.room) / 16) * 16);
    const at = arena.take(room * this.#width);
    for (let before = 0; before < this.#width; before += before < 8 * this.#wide ? 8 : 4)
      kernels.copy_bytes(at + room * before, block.at + block.room * before, block.rows * (before < 8 * this.#wide ? 8 : 4));
    block.at = at;
    block.room = room;
  }
}
