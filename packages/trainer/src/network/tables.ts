import type { KernelExports } from "@crossbill/kernels";
import type { NetworkPlan } from "@crossbill/models";
import type { Block } from "../blocks/block.js";
import { type Heap, share } from "../blocks/heap.js";
import type { Team } from "../loop/stepper.js";
import type { Now } from "../optimizers/optimizer.js";
import type { OptimizerOptions } from "../optimizers/optimizer-options.js";
import type { EmbeddingInput, NetworkInput } from "./network-inputs.js";
import type { InputLayout, NetworkLayout, TableLayout } from "./network-layout.js";
import { type BlockIds, type TableMethod, tableMethod } from "./table-method.js";

export interface TableParts {
  readonly heap: Heap;
  readonly kernels: KernelExports;
  readonly plan: NetworkPlan;
  readonly inputs: readonly (readonly NetworkInput[])[];
  readonly layout: NetworkLayout;
  readonly tableOptimizer: OptimizerOptions;
  readonly team: Team;
}

/** An input with its table. */
interface Place {
  readonly input: EmbeddingInput;
  readonly at: InputLayout;
  readonly table: TableLayout;
}

/** Distinct ids of a column in a block: how many, where they and their rows stand. */
interface Ids {
  readonly n: number;
  readonly ids: number;
  readonly offsets: number;
}

/** Vectors of a block's ids: gathered, their gradients summed, updated. Every member does its share of each input's distinct ids. */
export class Tables {
  readonly #parts: TableParts;
  readonly #places: readonly Place[];
  /** Those that learn. */
  readonly learning: readonly Place[];
  /** Tables that several inputs share. */
  readonly #shared: readonly (readonly Place[])[];
  /** By table. */
  readonly #methods: readonly TableMethod[];

  constructor(parts: TableParts) {
    this.#parts = parts;
    const { inputs, layout, plan, tableOptimizer, kernels } = parts;
    this.#methods = plan.tables.map((table) => tableMethod(tableOptimizer, table, layout.tables[table.index]!, kernels, layout.clock));
    this.#places = inputs.flatMap((tower, t) =>
      tower.flatMap((input, i): Place[] =>
        input.kind === "embedding" ? [{ input, at: layout.inputs[t]![i]!, table: layout.tables[input.table.index]! }] : [],
      ),
    );
    this.learning = this.#places.filter(({ input }) => !input.table.frozen);
    this.#shared = plan.tables.map((_, index) => this.learning.filter(({ input }) => input.table.index === index)).filter((places) => places.length > 1);
  }

  /** Whether gradients must meet before an update. */
  get merges(): boolean {
    return this.#shared.length > 0;
  }

  ids(block: Block, column: number): Ids {
    const at = block.columnStarts / 4 + column;
    const { u32 } = this.#parts.heap;
    const [start, end] = [u32[at]!, u32[at + 1]!];
    return { n: end - start, ids: block.uniq + 4 * start, offsets: block.offsets + 4 * start };
  }

  /** The member's shares of ids [0, n) of inputs that learn, with where their gradients f32[n][stride] stand. */
  shares(block: Block): {
    readonly n: number;
    readonly from: number;
    readonly to: number;
    readonly stride: number;
    readonly table: number;
    readonly gradients: number;
    readonly squares: number;
  }[] {
    return this.learning.map(({ input, at }) => {
      const { n } = this.ids(block, input.column);
      const [from, to] = this.#share(n);
      return { n, from, to, stride: input.table.stride, table: input.table.index, gradients: at.gradients, squares: at.squares };
    });
  }

  #share(n: number): [number, number] {
    const { index, size } = this.#parts.team;
    return [share(n, index, size), share(n, index + 1, size)];
  }

  #blockIds(block: Block, { column, first }: EmbeddingInput): BlockIds {
    const { n, ids } = this.ids(block, column);
    const [from, to] = this.#share(n);
    return { from, to, ids, first };
  }

  /** Vectors of the block's ids. Where it is not trained on, those that no step touched are 0, as they are in predictions. */
  gather(block: Block, now: Now, training: boolean): void {
    const { heap } = this.#parts;
    for (const { input, at, table } of this.#places) {
      const own = this.#blockIds(block, input);
      this.#methods[input.table.index]!.gather(at.vectors, own, now);
      if (training) continue;
      const { stride } = input.table;
      for (let i = own.from; i < own.to; i++) {
        if (heap.u32[table.last / 4 + heap.u32[own.ids / 4 + i]! - input.first]! > 0) continue;
        heap.f32.fill(0, at.vectors / 4 + stride * i, at.vectors / 4 + stride * (i + 1));
      }
    }
  }

  /** Gradients of the member's share of ids, sums over their rows. */
  gradients(block: Block): void {
    const { kernels, layout } = this.#parts;
    for (const { input, at } of this.learning) {
      const { n, offsets } = this.ids(block, input.column);
      const [from, to] = this.#share(n);
      const dx = layout.rowGradients + 4 * at.rowAt;
      kernels.table_gradients(at.gradients, from, to, input.table.stride, offsets, block.rowsOf, block.valuesOf, block.wide, dx, layout.rowFloats);
    }
  }

  /**
   * Ids that several inputs of a table hold: their gradients are added where the first of them stands, in the order of the inputs, and the others become 0, so that a row is updated once. Between two barriers; every
   * member does its share of the table's rows.
   */
  merge(block: Block): void {
    const { kernels } = this.#parts;
    for (const places of this.#shared) {
      const { input, table } = places[0]!;
      const [from, to] = this.#share(input.table.rows);
      const own = places.map(({ input: { column, first }, at }) => ({ ...this.ids(block, column), first, gradients: at.gradients }));
      for (const { n, ids, first, gradients } of own) kernels.table_share(table.known, from, to, n, ids, first, input.table.stride, gradients);
      for (const { n, ids, first } of own) kernels.table_unshare(table.known, from, to, n, ids, first);
    }
  }

  /** One update of the member's share of ids. @param scales of gradients, by table; null: 1 */
  update(block: Block, step: number, weight: number, scales: readonly number[] | null): void {
    for (const { input, at } of this.learning) {
      const { index } = input.table;
      this.#methods[index]!.update(this.#blockIds(block, input), at.gradients, scales?.[index] ?? 1, at.vectors, step, weight);
    }
  }

  /** How many numbers of touched vectors are not 0, in the member's share of rows; NaN where one, or what a row's optimiser keeps, is not finite. */
  nonZero(): number {
    return this.#parts.plan.tables.reduce((sum, { rows, index }) => sum + this.#methods[index]!.nonZero(...this.#share(rows)), 0);
  }

  /** Touched rows with penalties due applied, to where the best are. */
  keep(now: Now): void {
    for (const { rows, index } of this.#parts.plan.tables) this.#methods[index]!.keep(...this.#share(rows), now);
  }
}
