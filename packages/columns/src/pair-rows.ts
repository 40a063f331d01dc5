import type { Room } from "@crossbill/kernels";
import type { Runtime } from "./text-batch.js";

/** Rows of (id, value) pairs in kernel memory, as offsets: of row r the pairs [offsets[r], offsets[r + 1]), ids ascending, each once. */
export interface PlacedPairs {
  /** u32[rows + 1]. */
  readonly offsets: number;
  /** u32[count], f64[count]. */
  readonly ids: number;
  readonly values: number;
  readonly count: number;
}

/** Where a column of several values a row leaves its pairs; used again for every batch. */
export class PairRows implements PlacedPairs {
  readonly #runtime: Runtime;
  readonly #rooms: readonly [Room, Room, Room, Room, Room, Room, Room];
  count = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    const room = (): Room => runtime.arena.room();
    this.#rooms = [room(), room(), room(), room(), room(), room(), room()];
  }

  get offsets(): number {
    return this.#rooms[0].at;
  }
  get ids(): number {
    return this.#rooms[1].at;
  }
  get values(): number {
    return this.#rooms[2].at;
  }

  /** Room for `count` pairs as they come, u32[count] and f64[count], for {@link combine}. */
  draft(count: number): { readonly ids: number; readonly values: number } {
    return { ids: this.#rooms[3].bytes(4 * count), values: this.#rooms[4].bytes(8 * count) };
  }

  /** Puts the draft's pairs in order. Pairs of row r are [offsets[r], offsets[r + 1]); a row of length 0xFFFFFFFF is missing and becomes the pair (0, 1). */
  combine(offsets: number, lengths: number, rows: number, count: number, once: boolean): void {
    const { ids, values } = this.draft(count);
    const [out, outIds, outValues] = [this.#rooms[0].bytes(4 * (rows + 1)), this.#rooms[1].bytes(4 * (count + rows)), this.#rooms[2].bytes(8 * (count + rows))];
    const [scratchIds, scratchValues] = [this.#rooms[5].bytes(4 * count), this.#rooms[6].bytes(8 * count)];
    this.count = this.#runtime.kernels.lists_combine(out, outIds, outValues, offsets, ids, values, lengths, rows, once, scratchIds, scratchValues) >>> 0;
  }
}
