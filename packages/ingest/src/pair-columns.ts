import type { PlacedPairs } from "@crossbill/columns";
import { type Data, Field, Float64, List, makeData, Uint32 } from "apache-arrow";
import { Growable } from "./growable.js";
import type { Runtime } from "./runtime.js";

const u32 = (n: number): Uint32Array => new Uint32Array(n);
const f64 = (n: number): Float64Array => new Float64Array(n);

/** Arrow types of a column of pairs: lists of ids, and of values where they can be other than 1. */
export const IDS_LIST = new List(new Field("id", new Uint32(), false));
export const VALUES_LIST = new List(new Field("value", new Float64(), false));

/** One column of pairs of a pack, row by row. */
export class PairColumn {
  readonly #valued: boolean;
  /** Where each row ends. */
  readonly #ends = new Growable(u32);
  readonly #ids = new Growable(u32);
  readonly #values = new Growable(f64);

  constructor(valued: boolean) {
    this.#valued = valued;
  }

  /** Appends the rows in `selected` of a batch of `rows` rows. */
  add({ arena }: Runtime, pairs: PlacedPairs, selected: Uint32Array, rows: number): void {
    const [offsets, ids, values] = [arena.u32(pairs.offsets, rows + 1), arena.u32(pairs.ids, pairs.count), arena.f64(pairs.values, pairs.count)];
    for (const row of selected) {
      const [from, to] = [offsets[row]!, offsets[row + 1]!];
      this.#ids.extend(to - from).set(ids.subarray(from, to));
      if (this.#valued) this.#values.extend(to - from).set(values.subarray(from, to));
      this.#ends.push(this.#ids.length);
    }
  }

  /** Pairs of rows [from, to). */
  count(from: number, to: number): number {
    const [start, end] = this.#span(from, to);
    return end - start;
  }

  /** Rows [from, to) as Arrow lists: ids, and values where there are any. */
  data(from: number, to: number): Data[] {
    const ends = this.#ends.view();
    const [start, end] = this.#span(from, to);
    const valueOffsets = new Int32Array(to - from + 1);
    for (let row = from; row < to; row++) valueOffsets[row - from + 1] = ends[row]! - start;
    const list = (type: List, child: Data): Data => makeData({ type, length: to - from, nullCount: 0, valueOffsets, child } as never);
    const ids = makeData({ type: new Uint32(), length: end - start, nullCount: 0, data: this.#ids.view().slice(start, end) });
    if (!this.#valued) return [list(IDS_LIST, ids)];
    const values = makeData({ type: new Float64(), length: end - start, nullCount: 0, data: this.#values.view().slice(start, end) });
    return [list(IDS_LIST, ids), list(VALUES_LIST, values)];
  }

  #span(from: number, to: number): [number, number] {
    const ends = this.#ends.view();
    return [from === 0 ? 0 : ends[from - 1]!, to === 0 ? 0 : ends[to - 1]!];
  }
}
