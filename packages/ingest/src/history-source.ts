import { BATCH_ROWS, type DistinctTexts, type FieldNumbers } from "@crossbill/columns";
import { CrossbillError, type ErrorCode, type v1 } from "@crossbill/messages";
import { copyOf } from "./merge-histories.js";
import type { Runtime } from "./runtime.js";
import type { RowPlace, RowProblem, ShardSource } from "./shard-source.js";
import { textsOf } from "./text-index.js";

interface Lists {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly items: Uint32Array;
  /** JSON texts of the values. */
  readonly texts: readonly Buffer[];
  /** Offsets of u32[BATCH_ROWS]. */
  readonly startsAt: number;
  readonly lengthsAt: number;
}

/** A shard with the fields of histories behind its own: texts of JSON arrays. */
export class HistorySource implements ShardSource {
  readonly fields: readonly string[];
  readonly #inner: ShardSource;
  readonly #runtime: Runtime;
  readonly #own: number;
  readonly #lists: readonly Lists[];
  #row = 0;
  #bytesAt = 0;
  #bytesRoom = 0;

  /** @param names of the histories' fields, in the order of `lists` */
  constructor(runtime: Runtime, inner: ShardSource, names: readonly string[], lists: v1.HistoryLists) {
    const { arena } = runtime;
    this.#runtime = runtime;
    this.#inner = inner;
    this.#own = inner.fields.length;
    this.fields = [...inner.fields, ...names];
    this.#lists = lists.histories.map(({ starts, ends, items, texts }) => ({
      starts: new Uint32Array(copyOf(starts)),
      ends: new Uint32Array(copyOf(ends)),
      items: new Uint32Array(copyOf(items)),
      texts: textsOf(texts).map((text) => Buffer.from(JSON.stringify(text))),
      startsAt: arena.take(4 * BATCH_ROWS),
      lengthsAt: arena.take(4 * BATCH_ROWS),
    }));
  }

  get path(): string {
    return this.#inner.path;
  }
  get rows(): number {
    return this.#inner.rows;
  }

  async next(): Promise<boolean> {
    this.#row += this.#inner.rows;
    if (!(await this.#inner.next())) return false;
    this.#write();
    return true;
  }

  starts(field: number): number {
    return field < this.#own ? this.#inner.starts(field) : this.#listsOf(field).startsAt;
  }
  lengths(field: number): number {
    return field < this.#own ? this.#inner.lengths(field) : this.#listsOf(field).lengthsAt;
  }
  numbers(field: number): FieldNumbers | null {
    return field < this.#own ? (this.#inner.numbers?.(field) ?? null) : null;
  }
  distinct(field: number): DistinctTexts | null {
    return field < this.#own ? (this.#inner.distinct?.(field) ?? null) : null;
  }
  text(field: number, row: number): string | null {
    if (field < this.#own) return this.#inner.text(field, row);
    const { arena } = this.#runtime;
    const { startsAt, lengthsAt } = this.#listsOf(field);
    return Buffer.from(arena.memory.buffer, arena.u32(startsAt, this.rows)[row]!, arena.u32(lengthsAt, this.rows)[row]!).toString("utf8");
  }
  problems(): readonly RowProblem[] {
    return this.#inner.problems();
  }
  reason(row: number, code: ErrorCode): string {
    return this.#inner.reason(row, code);
  }
  place(row: number): RowPlace {
    return this.#inner.place(row);
  }
  raw(row: number, limit: number): string {
    return this.#inner.raw(row, limit);
  }

  #listsOf(field: number): Lists {
    return this.#lists[field - this.#own]!;
  }

  /** Writes the batch's lists as JSON arrays, one behind the other. */
  #write(): void {
    const { arena } = this.#runtime;
    const { rows } = this;
    const lengths = this.#lists.map((lists) => {
      if (this.#row + rows > lists.starts.length)
        throw new CrossbillError("E_INTERNAL", `${this.path}: histories of ${lists.starts.length} rows for a shard of ${this.#row + rows} and more`);
      return Uint32Array.from({ length: rows }, (_, r) => {
        let length = 2;
        const [from, to] = [lists.starts[this.#row + r]!, lists.ends[this.#row + r]!];
        for (let i = from; i < to; i++) length += lists.texts[lists.items[i]!]!.length + (i > from ? 1 : 0);
        return length;
      });
    });
    const total = lengths.reduce((sum, of) => sum + of.reduce((part, length) => part + length, 0), 0);
    if (total > this.#bytesRoom) {
      this.#bytesRoom = Math.max(total, 2 * this.#bytesRoom);
      this.#bytesAt = arena.take(this.#bytesRoom + 32) + 16;
    }
    let at = this.#bytesAt;
    const bytes = new Uint8Array(arena.memory.buffer);
    for (const [h, lists] of this.#lists.entries()) {
      const [starts, own] = [arena.u32(lists.startsAt, rows), arena.u32(lists.lengthsAt, rows)];
      for (let r = 0; r < rows; r++) {
        starts[r] = at;
        own[r] = lengths[h]![r]!;
        bytes[at++] = 0x5b;
        const [from, to] = [lists.starts[this.#row + r]!, lists.ends[this.#row + r]!];
        for (let i = from; i < to; i++) {
          if (i > from) bytes[at++] = 0x2c;
          const text = lists.texts[lists.items[i]!]!;
          bytes.set(text, at);
          at += text.length;
        }
        bytes[at++] = 0x5d;
      }
    }
  }
}
