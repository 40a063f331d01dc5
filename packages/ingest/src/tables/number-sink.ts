import type { v1 } from "@crossbill/messages";
import { decimalText, dictionaryIndex, half, integerAt } from "./cells.js";
import { type ColumnData, type ColumnType, isValid } from "./column-data.js";
import { TABLE_ROWS } from "./table-format.js";
import type { FieldSink, Place } from "./table-writer.js";
import { TextSink } from "./text-sink.js";

type Typed = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;
type TypedConstructor = { readonly BYTES_PER_ELEMENT: number; new (buffer: ArrayBufferLike, offset: number, length: number): Typed };

/** Whether a type's values are read as numbers. */
export function isNumber(type: ColumnType): boolean {
  return type.kind === "int" || type.kind === "float" || type.kind === "decimal" || type.kind === "duration";
}

/** Collects the numbers of one field for one batch; beside them their texts in a batch that has some which a double does not hold exactly. */
export class NumberSink implements FieldSink {
  /** NaN: missing, or bad. */
  readonly numbers = new Float64Array(TABLE_ROWS);
  /** Rows whose number is none: NaN and infinities. */
  readonly bad: number[] = [];
  /** Texts are exact, and needed for all rows so far. */
  exact = false;
  readonly texts = new TextSink(() => undefined);

  get size(): number {
    return this.texts.size;
  }

  reset(): void {
    this.bad.length = 0;
    this.exact = false;
    this.texts.reset();
  }

  chunk(rows: number, place: Place): v1.TableChunk.$Properties {
    const numbers = place(new Uint8Array(this.numbers.buffer, 0, 8 * rows));
    return { numbers, bad: [...this.bad], ...(this.exact ? this.texts.chunk(rows, place) : {}) };
  }

  /** Rows [from, to) of `data` as the rows from `row` on. */
  append(data: ColumnData, from: number, to: number, row: number): void {
    if (data.dictionary !== null) {
      for (let i = from; i < to; i++) {
        const at = isValid(data, i) ? dictionaryIndex(data, i) : -1;
        if (at < 0) this.#missing(row + i - from);
        else this.append(data.dictionary, at, at + 1, row + i - from);
      }
      return;
    }
    const { type } = data.field;
    if (type.kind === "decimal" || type.kind === "duration" || (type.kind === "int" && type.bits === 64)) this.#appendWide(data, type, from, to, row);
    else this.#appendPlain(data, type, from, to, row);
  }

  #missing(row: number): void {
    this.numbers[row] = Number.NaN;
    if (this.exact) this.texts.put(row, null);
  }

  #appendPlain(data: ColumnData, type: ColumnType, from: number, to: number, row: number): void {
    const out = this.numbers.subarray(row, row + to - from);
    const values = typed(data, constructorOf(type), from, to);
    if (type.kind === "float" && type.bits === 16) for (let i = 0; i < out.length; i++) out[i] = half(values[i]!);
    else out.set(values);
    if (data.valid !== null) for (let i = 0; i < out.length; i++) if (!isValid(data, from + i)) out[i] = Number.NaN;
    if (type.kind !== "float") return;
    for (let i = 0; i < out.length; i++) if (out[i]! - out[i]! !== 0 && isValid(data, from + i)) this.bad.push(row + i);
  }

  /** Integers of 64 bits, and decimals, whose texts are kept always. */
  #appendWide(data: ColumnData, type: ColumnType, from: number, to: number, row: number): void {
    const words = type.kind === "decimal" ? null : (typed(data, Uint32Array, 2 * from, 2 * to, 2) as Uint32Array);
    const signed = !(type.kind === "int" && !type.signed);
    for (let i = from; i < to; i++) {
      const at = row + i - from;
      if (!isValid(data, i)) {
        this.#missing(at);
        continue;
      }
      if (words !== null && !this.exact) {
        const high = signed ? words[2 * (i - from) + 1]! | 0 : words[2 * (i - from) + 1]!;
        if (high >= -(2 ** 21) && high < 2 ** 21) {
          this.numbers[at] = high * 2 ** 32 + words[2 * (i - from)]!;
          continue;
        }
      }
      this.#beExact(at);
      const value = BigInt(integerAt(data, type, i));
      const text = type.kind === "decimal" ? decimalText(value, type.scale) : String(value);
      this.numbers[at] = Number(text);
      this.texts.put(at, text);
    }
  }

  /** From here on, and before, texts are kept. */
  #beExact(rows: number): void {
    if (this.exact) return;
    this.exact = true;
    for (let row = 0; row < rows; row++) this.texts.put(row, Number.isNaN(this.numbers[row]) ? null : String(this.numbers[row]));
  }
}

function constructorOf(type: ColumnType): TypedConstructor {
  if (type.kind === "float") return type.bits === 64 ? Float64Array : type.bits === 32 ? Float32Array : Uint16Array;
  const bits = type.kind === "int" ? type.bits : 32;
  const signed = type.kind === "int" && type.signed;
  return bits === 32 ? (signed ? Int32Array : Uint32Array) : bits === 16 ? (signed ? Int16Array : Uint16Array) : signed ? Int8Array : Uint8Array;
}

/** Elements [from, to) behind the offset; copied where they are not aligned. @throws RangeError when they are not all there */
function typed(data: ColumnData, type: TypedConstructor, from: number, to: number, perRow = 1): Typed {
  const width = type.BYTES_PER_ELEMENT;
  const [start, end] = [(data.offset * perRow + from) * width, (data.offset * perRow + to) * width];
  if (end > data.values.length) throw new RangeError(`values up to byte ${end} of ${data.values.length}`);
  const bytes = data.values.subarray(start, end);
  const aligned = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  return new type(aligned.buffer, aligned.byteOffset, to - from);
}
