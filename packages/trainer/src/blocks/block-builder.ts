import type { KernelExports } from "@crossbill/kernels";
import { CrossbillError } from "@crossbill/messages";
import type { SourceRows } from "../rows/block-source.js";
import { type Block, isWide, partBytes, type Shape } from "./block.js";
import type { Heap } from "./heap.js";
import { batchOf, type CategoricalInput, type Inputs, labelsOf } from "./inputs.js";
import type { Layout } from "./layout.js";

/** Rows of any length with values, feature ids below F: rows [from, to) of one matrix. */
export interface CsrRows {
  readonly offsets: ArrayLike<number>;
  readonly indices: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
  readonly weights: ArrayLike<number> | null;
}

/** Where the assigning kernel's entries restart before they would overflow. */
const BASE_LIMIT = 2 ** 31;

/**
 * Builds blocks in the pool of a layout. Each member has one, over its own scratch; space in the pool is taken by an atomic addition, so where a block
 * lies depends on timing, what it holds does not.
 */
export class BlockBuilder {
  readonly #heap: Heap;
  readonly #kernels: KernelExports;
  readonly #layout: Layout;
  readonly #inputs: Inputs;
  readonly #numeric: readonly ReturnType<typeof batchOf>[];
  readonly #dense: number;
  readonly #local: number;
  readonly #counts: number;
  readonly #uniq: number;
  readonly #ids: number;
  readonly #table: number;
  /** Distinct features before each column of the block that is built, and of all. */
  readonly #starts: number[] = [];
  /** The table is 0 as the memory comes. */
  #base = 1;

  constructor(heap: Heap, kernels: KernelExports, layout: Layout, inputs: Inputs, largest: Shape, member: number) {
    this.#heap = heap;
    this.#kernels = kernels;
    this.#layout = layout;
    this.#inputs = inputs;
    this.#numeric = inputs.numeric.map(batchOf);
    this.#dense = 1 + inputs.numeric.reduce((sum, one) => sum + one.inputs, 0);
    const words = (n: number): number => 64 * Math.ceil((4 * n) / 64);
    this.#local = layout.scratch + member * layout.scratchBytes;
    this.#counts = this.#local + words(largest.entries ?? largest.rows * largest.width);
    this.#uniq = this.#counts + words(largest.distinct + 1);
    this.#ids = this.#uniq + words(largest.distinct + 1);
    this.#table = this.#ids + words(Math.max(largest.rows, largest.entries ?? 0));
  }

  /** A block of rows. @throws E_CORRUPT for an id outside its column. */
  build(rows: SourceRows, transposed: boolean): Block {
    this.#starts.length = 0;
    return this.#inputs.multi.length === 0 ? this.#buildOneHot(rows, transposed) : this.#buildRagged(rows, transposed);
  }

  /** Rows of any length: the ids of the columns of one id a row (value 1) in their order, then the pairs of the others. */
  #buildRagged(rows: SourceRows, transposed: boolean): Block {
    const { categorical, multi } = this.#inputs;
    const n = rows.rows;
    let distinct = 0;
    let entries = 0;
    for (const column of categorical) {
      distinct = this.#assign(column, rows.ids(column.name), n, this.#local + 4 * entries, distinct);
      entries += n;
    }
    const lists = multi.map((column) => {
      const { offsets, ids, values } = rows.pairs(column.name);
      const from = entries;
      distinct = this.#assign(column, ids, ids.length, this.#local + 4 * entries, distinct);
      entries += ids.length;
      return { offsets, values, from };
    });
    const columns = categorical.length + multi.length;
    const block = this.#place({
      rows: n,
      width: 0,
      columns,
      distinct,
      dense: this.#dense,
      labels: this.#inputs.labels ?? 1,
      perColumn: 0,
      entries,
      transposed,
    });
    const { u32, f32, f64 } = this.#heap;
    f64.set(labelsOf(rows, this.#inputs), block.labels / 8);
    f64.set(rows.weight, block.weights / 8);
    this.#fillDense(block, rows);
    // Row by row into the place of the ids, which are assigned by now.
    const local = u32.subarray(this.#local / 4, this.#local / 4 + entries);
    const rowMajor = u32.subarray(this.#ids / 4, this.#ids / 4 + entries);
    const values = f32.subarray(block.values / 4, block.values / 4 + entries);
    const rowOffsets = u32.subarray(block.rowOffsets / 4, block.rowOffsets / 4 + n + 1);
    let at = 0;
    for (let row = 0; row < n; row++) {
      rowOffsets[row] = at;
      for (let c = 0; c < categorical.length; c++, at++) {
        rowMajor[at] = local[c * n + row]!;
        values[at] = 1;
      }
      for (const list of lists) {
        const base = list.offsets[0]!;
        const end = list.offsets[row + 1]! - base;
        for (let i = list.offsets[row]! - base; i < end; i++, at++) {
          rowMajor[at] = local[list.from + i]!;
          values[at] = list.values === null ? 1 : list.values[i]!;
        }
      }
    }
    rowOffsets[n] = at;
    this.#kernels.block_pack(block.local, this.#ids, entries, 1, block.wide);
    if (transposed) {
      this.#kernels.block_offsets(block.offsets, this.#counts, distinct);
      this.#kernels.block_transpose_csr(block.rowsOf, block.valuesOf, this.#counts, this.#ids, block.rowOffsets, block.values, n, block.wide);
    }
    return block;
  }

  #buildOneHot(rows: SourceRows, transposed: boolean): Block {
    const { categorical } = this.#inputs;
    const width = categorical.length;
    let distinct = 0;
    for (const [c, column] of categorical.entries())
      distinct = this.#assign(column, rows.ids(column.name), rows.rows, this.#local + 4 * c * rows.rows, distinct);
    const block = this.#place({ rows: rows.rows, width, distinct, dense: this.#dense, labels: this.#inputs.labels ?? 1, perColumn: 0, transposed });
    this.#heap.f64.set(labelsOf(rows, this.#inputs), block.labels / 8);
    this.#heap.f64.set(rows.weight, block.weights / 8);
    this.#fillDense(block, rows);
    this.#kernels.block_pack(block.local, this.#local, rows.rows, width, block.wide);
    if (transposed) {
      this.#kernels.block_offsets(block.offsets, this.#counts, distinct);
      this.#kernels.block_transpose(block.rowsOf, this.#counts, this.#local, rows.rows, width, block.wide);
    }
    return block;
  }

  /** A block of rows [from, to) with values; no dense input but the intercept (or none where `intercept` is false). */
  buildCsr(matrix: CsrRows, from: number, to: number, intercept: boolean): Block {
    const { u32, f32, f64 } = this.#heap;
    this.#starts.length = 0;
    const start = matrix.offsets[from]!;
    const entries = matrix.offsets[to]! - start;
    for (let i = 0; i < entries; i++) u32[this.#ids / 4 + i] = matrix.indices[start + i]!;
    const distinct = this.#assignAt(this.#ids, entries, { name: "indices", offset: 0, size: this.#inputs.features }, this.#local, 0);
    const rows = to - from;
    const block = this.#place({ rows, width: 0, columns: 1, distinct, dense: intercept ? 1 : 0, perColumn: 0, entries, transposed: true });
    for (let r = 0; r < rows; r++) {
      f64[block.labels / 8 + r] = matrix.labels[from + r]!;
      f64[block.weights / 8 + r] = matrix.weights?.[from + r] ?? 1;
    }
    for (let r = 0; r <= rows; r++) u32[block.rowOffsets / 4 + r] = matrix.offsets[from + r]! - start;
    for (let i = 0; i < entries; i++) f32[block.values / 4 + i] = matrix.values[start + i]!;
    if (intercept) f32.fill(1, block.dense / 4, block.dense / 4 + rows);
    this.#kernels.block_pack(block.local, this.#local, entries, 1, block.wide);
    this.#kernels.block_offsets(block.offsets, this.#counts, distinct);
    this.#kernels.block_transpose_csr(block.rowsOf, block.valuesOf, this.#counts, this.#local, block.rowOffsets, block.values, rows, block.wide);
    return block;
  }

  #assign(column: CategoricalInput, ids: Uint32Array, n: number, out: number, first: number): number {
    // Read in place where the source reads into this memory.
    if (ids.buffer === this.#heap.u32.buffer) return this.#assignAt(ids.byteOffset, n, column, out, first);
    this.#heap.u32.set(ids, this.#ids / 4);
    return this.#assignAt(this.#ids, n, column, out, first);
  }

  #assignAt(ids: number, n: number, column: CategoricalInput, out: number, first: number): number {
    this.#starts.push(first);
    const { tableBits, tableSize } = this.#layout;
    const direct = column.size <= tableSize;
    const distinct =
      this.#kernels.block_assign(out, this.#counts, this.#uniq, ids, n, column.offset, column.size, first, this.#table, tableBits, this.#base, direct) >>> 0;
    if (distinct === 0xffffffff) {
      throw new CrossbillError(
        "E_CORRUPT",
        `column ${column.name}: an id is not below its size ${column.size}: packs and state do not belong together; ingest again`,
        { details: { column: column.name } },
      );
    }
    this.#base += distinct - first;
    if (this.#base > BASE_LIMIT) this.#clearTable();
    return distinct;
  }

  #clearTable(): void {
    this.#heap.u32.fill(0, this.#table / 4, this.#table / 4 + this.#layout.tableSize);
    this.#base = 1;
  }

  /** Takes exactly the block's bytes from the pool and moves its distinct features there. */
  #place(shape: Shape): Block {
    const parts = partBytes(shape);
    const bytes = Object.values(parts).reduce((sum, part) => sum + part, 0);
    let at = this.#layout.pool + 64 * Atomics.add(this.#heap.i32, this.#layout.control / 4, bytes / 64);
    if (at + bytes > this.#layout.pool + this.#layout.poolBytes) throw new CrossbillError("E_INTERNAL", "the pool of blocks overflows its plan");
    const take = (part: number): number => {
      const here = part === 0 ? 0 : at;
      at += part;
      return here;
    };
    const block: Block = {
      rows: shape.rows,
      width: shape.width,
      distinct: shape.distinct,
      nonZeros: shape.entries ?? shape.rows * shape.width,
      wide: isWide(shape),
      labels: take(parts.labels),
      weights: take(parts.weights),
      uniq: take(parts.uniq),
      local: take(parts.local),
      offsets: take(parts.offsets),
      rowsOf: take(parts.rowsOf),
      dense: take(parts.dense),
      rowOffsets: take(parts.rowOffsets),
      values: take(parts.values),
      valuesOf: take(parts.valuesOf),
      columnStarts: take(parts.columnStarts),
    };
    this.#heap.u32.set(this.#starts, block.columnStarts / 4);
    this.#heap.u32[block.columnStarts / 4 + this.#starts.length] = shape.distinct;
    this.#heap.u8.copyWithin(block.uniq, this.#uniq, this.#uniq + 4 * shape.distinct);
    return block;
  }

  #fillDense(block: Block, rows: SourceRows): void {
    const { f32 } = this.#heap;
    let at = block.dense / 4;
    f32.fill(1, at, at + rows.rows);
    at += rows.rows;
    for (const [i, { name, inputs }] of this.#inputs.numeric.entries()) {
      const numbers = rows.numbers(name);
      const { scale, indicate } = this.#numeric[i]!;
      scale(f32.subarray(at, at + rows.rows), numbers);
      at += rows.rows;
      if (inputs === 2) {
        indicate(f32.subarray(at, at + rows.rows), numbers);
        at += rows.rows;
      }
    }
  }
}
