import type { PlacedPairs } from "@crossbill/columns";
import type { ArrowColumn } from "./arrow/arrow-metadata.js";
import { Growable } from "./growable.js";
import type { Runtime } from "./runtime.js";

const i32 = (n: number): Int32Array => new Int32Array(n);
const u32 = (n: number): Uint32Array => new Uint32Array(n);
const f64 = (n: number): Float64Array => new Float64Array(n);

/** One column of pairs of a pack's open record batch, row by row. */
export class PairColumn {
  readonly #valued: boolean;
  /** Where each row begins, and the last one ends. */
  readonly #offsets = new Growable(i32);
  readonly #ids = new Growable(u32);
  readonly #values = new Growable(f64);

  constructor(valued: boolean) {
    this.#valued = valued;
    this.#offsets.push(0);
  }

  /** Appends the rows in `selected` of a batch of `rows` rows. */
  add({ arena }: Runtime, pairs: PlacedPairs, selected: Uint32Array, rows: number): void {
    const [offsets, ids, values] = [arena.u32(pairs.offsets, rows + 1), arena.u32(pairs.ids, pairs.count), arena.f64(pairs.values, pairs.count)];
    for (const row of selected) {
      const [from, to] = [offsets[row]!, offsets[row + 1]!];
      this.#ids.extend(to - from).set(ids.subarray(from, to));
      if (this.#valued) this.#values.extend(to - from).set(values.subarray(from, to));
      this.#offsets.push(this.#ids.length);
    }
  }

  /** Pairs of rows [from, to). */
  count(from: number, to: number): number {
    const offsets = this.#offsets.view();
    return offsets[to]! - offsets[from]!;
  }

  /** As Arrow lists: ids, and values where there are any. They are valid until the next call. */
  columns(): ArrowColumn[] {
    const offsets = this.#offsets.view();
    const list = (items: Uint32Array | Float64Array): ArrowColumn => ({
      length: offsets.length - 1,
      nulls: 0,
      validity: null,
      buffers: [offsets],
      child: { length: items.length, nulls: 0, validity: null, buffers: [items] },
    });
    return this.#valued ? [list(this.#ids.view()), list(this.#values.view())] : [list(this.#ids.view())];
  }

  clear(): void {
    this.#offsets.clear();
    this.#offsets.push(0);
    this.#ids.clear();
    this.#values.clear();
  }
}
