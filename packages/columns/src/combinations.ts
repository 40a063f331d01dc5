import { MISSING_TEXT, type Room } from "@crossbill/kernels";
import type { KeyPart, PlacedIds, PlacedPart } from "./cross-keys.js";
import { type ColumnItems, MOST_COMBINATIONS } from "./items.js";
import type { PreparedBatch } from "./prepared-batch.js";
import type { Runtime } from "./text-batch.js";

/** The combinations of a batch's rows: those of row r are [offsets[r], offsets[r + 1]), the last part changing fastest. */
export interface PlacedCombinations {
  readonly count: number;
  /** u32[rows + 1]. */
  readonly offsets: number;
  /** Of `count` combinations each. */
  readonly parts: readonly PlacedPart[];
  /** f64[count]: the products of the parts' values. */
  readonly values: number;
}

/** The entries that a part has in the rows of a batch. */
interface Entries {
  readonly count: (row: number) => number;
  /** Of entry k of a row: the id, or where its text begins. */
  readonly first: (row: number, k: number) => number;
  /** The length of its text; of ids nothing. */
  readonly second: (row: number, k: number) => number;
  readonly value: (row: number, k: number) => number;
}

/**
 * Lists the combinations of parts of which some have several entries a row: every entry of one with every entry of the others, values multiplied. A row in which a part has
 * no entry has none; one of more than {@link MOST_COMBINATIONS}, which is rejected, has none either.
 */
export class Combinations {
  readonly #runtime: Runtime;
  readonly #parts: readonly KeyPart[];
  readonly #ids: PlacedIds;
  readonly #most: number;
  readonly #offsets: Room;
  readonly #values: Room;
  readonly #rooms: readonly (readonly [Room, Room])[];

  /** @param cuts of all that has several entries a row: one alone is not crossed, and may have any number */
  constructor(runtime: Runtime, parts: readonly KeyPart[], ids: PlacedIds, cuts: readonly ColumnItems[]) {
    const { arena } = runtime;
    this.#most = cuts.length > 1 ? MOST_COMBINATIONS : Number.POSITIVE_INFINITY;
    this.#runtime = runtime;
    this.#parts = parts;
    this.#ids = ids;
    this.#offsets = arena.room();
    this.#values = arena.room();
    this.#rooms = parts.map(() => [arena.room(), arena.room()]);
  }

  of(batch: PreparedBatch): PlacedCombinations {
    const { arena } = this.#runtime;
    const { rows } = batch;
    const counts = this.#counts(batch);
    const count = counts.reduce((sum, n) => sum + n, 0);
    const [offsets, values] = [this.#offsets.bytes(4 * (rows + 1)), this.#values.bytes(8 * count)];
    const parts = this.#parts.map(({ kind }, p): PlacedPart => {
      const [first, second] = this.#rooms[p]!;
      return kind === "ids" ? { ids: first.bytes(4 * count) } : { starts: first.bytes(4 * count), lengths: second.bytes(4 * count) };
    });
    // No memory is taken from here on: views stay good.
    const entries = this.#entries(batch);
    const firsts = parts.map((part) => arena.u32("ids" in part ? part.ids : part.starts, count));
    const seconds = parts.map((part) => ("ids" in part ? null : arena.u32(part.lengths, count)));
    const [into, products] = [arena.u32(offsets, rows + 1), arena.f64(values, count)];
    let at = 0;
    into[0] = 0;
    for (let row = 0; row < rows; row++) {
      const sizes = entries.map((part) => part.count(row));
      const turn = sizes.map(() => 0);
      for (const end = at + counts[row]!; at < end; at++) {
        let product = 1;
        for (let p = 0; p < entries.length; p++) {
          firsts[p]![at] = entries[p]!.first(row, turn[p]!);
          const lengths = seconds[p];
          if (lengths != null) lengths[at] = entries[p]!.second(row, turn[p]!);
          product *= entries[p]!.value(row, turn[p]!);
        }
        products[at] = product;
        for (let p = turn.length - 1; p >= 0 && ++turn[p]! === sizes[p]; p--) turn[p] = 0;
      }
      into[row + 1] = at;
    }
    return { count, offsets, parts, values };
  }

  #counts(batch: PreparedBatch): Uint32Array {
    const entries = this.#entries(batch);
    return Uint32Array.from({ length: batch.rows }, (_, row) => {
      const count = entries.reduce((product, part) => product * part.count(row), 1);
      return count > this.#most ? 0 : count;
    });
  }

  #entries(batch: PreparedBatch): Entries[] {
    return this.#parts.map((part) => {
      if (part.kind === "text") return this.#texts(batch.starts(part.field), batch.lengths(part.field), batch.rows);
      if (part.kind === "items") return this.#items(part.items, batch);
      return part.column.multi === undefined ? this.#oneId(this.#ids.ids(part.column), batch.rows) : this.#idsOf(part.column, batch.rows);
    });
  }

  #texts(startsAt: number, lengthsAt: number, rows: number): Entries {
    const [starts, lengths] = [this.#runtime.arena.u32(startsAt, rows), this.#runtime.arena.u32(lengthsAt, rows)];
    return { count: () => 1, first: (row) => starts[row]!, second: (row) => lengths[row]!, value: () => 1 };
  }

  #oneId(at: number, rows: number): Entries {
    const ids = this.#runtime.arena.u32(at, rows);
    return { count: () => 1, first: (row) => ids[row]!, second: () => 0, value: () => 1 };
  }

  #idsOf(column: Parameters<PlacedIds["pairs"]>[0], rows: number): Entries {
    const { arena } = this.#runtime;
    const pairs = this.#ids.pairs(column);
    const [offsets, ids, values] = [arena.u32(pairs.offsets, rows + 1), arena.u32(pairs.ids, pairs.count), arena.f64(pairs.values, pairs.count)];
    return {
      count: (row) => offsets[row + 1]! - offsets[row]!,
      first: (row, k) => ids[offsets[row]! + k]!,
      second: () => 0,
      value: (row, k) => values[offsets[row]! + k]!,
    };
  }

  /** The items of a field; a row without a value has one missing entry. */
  #items(items: ColumnItems, batch: PreparedBatch): Entries {
    const { arena } = this.#runtime;
    const cut = batch.items(items);
    const { count } = cut;
    const [offsets, wholes] = [arena.u32(cut.offsets, batch.rows + 1), arena.u32(cut.rowLengths, batch.rows)];
    const [starts, lengths] = [arena.u32(cut.starts, count), arena.u32(cut.lengths, count)];
    const weights = cut.weights === 0 ? null : arena.f64(cut.weights, count);
    const first = items.once ? firstOnes(Buffer.from(arena.memory.buffer), offsets, starts, lengths) : null;
    const missing = (row: number): boolean => wholes[row] === MISSING_TEXT;
    const entry = (row: number, k: number): number => (first === null ? offsets[row]! + k : first[row]![k]!);
    return {
      count: (row) => (missing(row) ? 1 : first === null ? offsets[row + 1]! - offsets[row]! : first[row]!.length),
      first: (row, k) => (missing(row) ? 0 : starts[entry(row, k)]!),
      second: (row, k) => (missing(row) ? MISSING_TEXT : lengths[entry(row, k)]!),
      value: (row, k) => (weights === null || missing(row) ? 1 : weights[entry(row, k)]!),
    };
  }
}

/** By row: its items without those that came before in it. */
function firstOnes(memory: Buffer, offsets: Uint32Array, starts: Uint32Array, lengths: Uint32Array): number[][] {
  return Array.from({ length: offsets.length - 1 }, (_, row) => {
    const seen = new Set<string>();
    const kept: number[] = [];
    for (let i = offsets[row]!; i < offsets[row + 1]!; i++) {
      const text = memory.toString("latin1", starts[i]!, starts[i]! + lengths[i]!);
      if (seen.has(text)) continue;
      seen.add(text);
      kept.push(i);
    }
    return kept;
  });
}
