import { isAscii, isUtf8 } from "node:buffer";
import type { v1 } from "@crossbill/messages";
import { bytesOf, dictionaryIndex, NotUtf8, textOf } from "./cells.js";
import { type ColumnData, isValid } from "./column-data.js";
import { GrowingBytes } from "./growing-bytes.js";
import { TABLE_ROWS } from "./table-format.js";
import type { BadRows, FieldSink, Place } from "./table-writer.js";

export const MISSING = 0xffffffff;

/** Collects the texts of one field for one batch: lengths, and bytes one behind the other. */
export class TextSink implements FieldSink {
  /** Of the rows so far; MISSING: no value. */
  readonly lengths = new Uint32Array(TABLE_ROWS);
  readonly #bytes = new GrowingBytes(2 ** 16);
  readonly #reject: BadRows;

  /** @param reject is told of rows whose bytes are no UTF-8 */
  constructor(reject: BadRows) {
    this.#reject = reject;
  }

  /** Bytes so far. */
  get size(): number {
    return this.#bytes.length;
  }

  reset(): void {
    this.#bytes.clear();
  }

  chunk(rows: number, place: Place): v1.TableChunk.$Properties {
    const bytes = this.#bytes.view();
    return { lengths: place(new Uint8Array(this.lengths.buffer, 0, 4 * rows)), bytes: place(bytes), size: bytes.length };
  }

  /** Sets row `row`, the next one. */
  put(row: number, text: string | null): void {
    if (text === null) {
      this.lengths[row] = MISSING;
      return;
    }
    this.lengths[row] = this.#bytes.appendText(text);
  }

  /** Rows [from, to) of `data` as the rows from `row` on. @throws RangeError for values outside of their buffers */
  append(data: ColumnData, from: number, to: number, row: number): void {
    const { kind } = data.field.type;
    if (data.dictionary !== null) {
      const texts = kind === "text" || kind === "bytes";
      for (let i = from; i < to; i++) {
        if (!isValid(data, i)) this.lengths[row + i - from] = MISSING;
        else if (texts) this.#putBytes(row + i - from, data.dictionary, dictionaryIndex(data, i));
        else this.#putCell(row + i - from, data.dictionary, dictionaryIndex(data, i));
      }
    } else if (kind === "text" || kind === "bytes") this.#appendTexts(data, from, to, row);
    else if (kind === "null") this.lengths.fill(MISSING, row, row + to - from);
    else if (kind === "fixed-bytes" || kind === "text-view" || kind === "bytes-view") for (let i = from; i < to; i++) this.#putBytes(row + i - from, data, i);
    else for (let i = from; i < to; i++) this.#putCell(row + i - from, data, i);
  }

  /** Texts lie one behind the other, in order: they are copied at once, unless something lies under missing ones. */
  #appendTexts(data: ColumnData, from: number, to: number, row: number): void {
    const { lengths } = this;
    const { offset, values } = data;
    const offsets =
      data.offsets instanceof BigInt64Array
        ? Float64Array.from(data.offsets.subarray(offset + from, offset + to + 1), Number)
        : data.offsets!.subarray(offset + from, offset + to + 1);
    const count = to - from;
    const first = offsets[0]!;
    let last = first;
    if (first < 0) throw new RangeError("a text before the first byte");
    for (let i = 0; i < count; i++) {
      const next = offsets[i + 1]!;
      if (next < last) throw new RangeError("texts that overlap");
      lengths[row + i] = next - last;
      last = next;
    }
    if (last > values.length) throw new RangeError(`a text that ends at byte ${last} of ${values.length}`);
    let garbage = false;
    if (data.valid !== null) {
      for (let i = 0; i < count; i++) {
        if (isValid(data, from + i)) continue;
        if (lengths[row + i]! > 0) garbage = true;
        lengths[row + i] = MISSING;
      }
    }
    if (garbage) {
      for (let i = from; i < to; i++) this.#putBytes(row + i - from, data, i);
      return;
    }
    const bytes = values.subarray(first, last);
    this.#bytes.append(bytes);
    if (isAscii(bytes)) return;
    const whole = isUtf8(bytes);
    for (let i = 0; i < count; i++) {
      const [start, end] = [offsets[i]!, offsets[i + 1]!];
      if (end > start && (whole ? (values[start]! & 0xc0) === 0x80 : !isUtf8(values.subarray(start, end)))) this.#reject(row + i);
    }
  }

  #putBytes(row: number, data: ColumnData, i: number): void {
    if (!isValid(data, i)) {
      this.lengths[row] = MISSING;
      return;
    }
    const bytes = bytesOf(data, i);
    this.#bytes.append(bytes);
    this.lengths[row] = bytes.length;
    if (!isUtf8(bytes)) this.#reject(row);
  }

  #putCell(row: number, data: ColumnData, i: number): void {
    try {
      this.put(row, textOf(data, i));
    } catch (thrown) {
      if (!(thrown instanceof NotUtf8)) throw thrown;
      this.put(row, null);
      this.#reject(row);
    }
  }
}
