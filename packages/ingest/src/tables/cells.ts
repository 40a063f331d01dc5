import { type ColumnData, type ColumnType, isValid, storedType } from "./column-data.js";

/** One value at a time, for the types that have no way of their own to be read many at a time. Throws RangeError where a value points out of its buffers. */

/** Thrown for bytes that are no UTF-8: of the row, not of the file. */
export class NotUtf8 extends Error {}

const DAY = 86_400_000;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Index into the dictionary of row i, which has a value. */
export function dictionaryIndex(data: ColumnData, i: number): number {
  const at = Number(integerAt(data, storedType(data.field), i));
  if (!(at >= 0 && at < data.dictionary!.length)) throw new RangeError(`an index ${at} into a dictionary of ${data.dictionary!.length}`);
  return at;
}

/** Bytes of a text or binary value of row i, which has one. */
export function bytesOf(data: ColumnData, i: number): Uint8Array {
  const { type } = data.field;
  const row = data.offset + i;
  if (type.kind === "fixed-bytes") return data.values.subarray(row * type.width, (row + 1) * type.width);
  if (type.kind === "text-view" || type.kind === "bytes-view") {
    const view = new DataView(data.values.buffer, data.values.byteOffset + 16 * row, 16);
    const length = view.getInt32(0, true);
    if (length >= 0 && length <= 12) return data.values.subarray(16 * row + 4, 16 * row + 4 + length);
    return inside(data.variadic[view.getInt32(8, true)], view.getInt32(12, true), view.getInt32(12, true) + length);
  }
  return inside(data.values, Number(data.offsets![row]!), Number(data.offsets![row + 1]!));
}

function inside(bytes: Uint8Array | undefined, from: number, to: number): Uint8Array {
  if (bytes === undefined || !(from >= 0 && to >= from && to <= bytes.length))
    throw new RangeError(`a value at bytes [${from}, ${to}) of ${bytes?.length ?? "no"} bytes`);
  return bytes.subarray(from, to);
}

/** A whole number; the raw one of dates, times, timestamps, durations and decimals. */
export function integerAt(data: ColumnData, type: ColumnType, i: number): number | bigint {
  const { values, offset } = data;
  const row = offset + i;
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  switch (type.kind) {
    case "int": {
      if (type.bits === 64) return type.signed ? view.getBigInt64(8 * row, true) : view.getBigUint64(8 * row, true);
      if (type.bits === 32) return type.signed ? view.getInt32(4 * row, true) : view.getUint32(4 * row, true);
      if (type.bits === 16) return type.signed ? view.getInt16(2 * row, true) : view.getUint16(2 * row, true);
      return type.signed ? view.getInt8(row) : view.getUint8(row);
    }
    case "date-day":
      return view.getInt32(4 * row, true);
    case "time":
      return type.bits === 32 ? view.getInt32(4 * row, true) : view.getBigInt64(8 * row, true);
    case "decimal": {
      const words = type.bits / 32;
      let value = BigInt(view.getInt32((row * words + words - 1) * 4, true));
      for (let w = words - 2; w >= 0; w--) value = (value << 32n) | BigInt(view.getUint32((row * words + w) * 4, true));
      return value;
    }
    default:
      return view.getBigInt64(8 * row, true);
  }
}

function floatAt(data: ColumnData, bits: 16 | 32 | 64, i: number): number {
  const view = new DataView(data.values.buffer, data.values.byteOffset, data.values.byteLength);
  const row = data.offset + i;
  return bits === 64 ? view.getFloat64(8 * row, true) : bits === 32 ? view.getFloat32(4 * row, true) : half(view.getUint16(2 * row, true));
}

/** IEEE 754 binary16. */
export function half(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction === 0
          ? Number.POSITIVE_INFINITY
          : Number.NaN
        : (1024 + fraction) * 2 ** (exponent - 25);
  return bits >> 15 === 1 ? -size : size;
}

/** The shortest text that reads back as the same 32-bit number. */
export function float32Text(x: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const near = Number(x.toPrecision(digits));
    if (Math.fround(near) === x) return String(near);
  }
  return String(Number(x.toPrecision(9)));
}

function tenTo(exponent: number): bigint {
  return BigInt(`1${"0".repeat(exponent)}`);
}

/** unscaled * 10^-scale, with all of its digits. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale <= 0) return String(unscaled * tenTo(-scale));
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** ISO 8601, as far as years have four digits; then with a sign, as ECMAScript has it. @throws RangeError beyond 271821 B.C. and A.D. 275760 */
function dayText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, -14);
}

/** `2026-03-01T12:34:56.5Z`: of a fraction only the digits up to the last that is not 0, so that units do not matter. */
function timestampText(value: bigint, exponent: number): string {
  const unit = tenTo(exponent);
  const fraction = ((value % unit) + unit) % unit;
  const seconds = (value - fraction) / unit;
  if (seconds > 8_640_000_000_000n || seconds < -8_640_000_000_000n) throw new RangeError(`a time of ${value} / ${unit} seconds from 1970 on`);
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, -5)}${fractionText(fraction, exponent)}Z`;
}

function timeText(value: bigint, exponent: number): string {
  const unit = tenTo(exponent);
  const seconds = value / unit;
  if (value < 0n || seconds > 86_400n) throw new RangeError(`a time of day of ${value} / ${unit} seconds`);
  const two = (n: bigint): string => String(n).padStart(2, "0");
  return `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}${fractionText(value % unit, exponent)}`;
}

function fractionText(fraction: bigint, exponent: number): string {
  return fraction === 0n ? "" : `.${String(fraction).padStart(exponent, "0").replace(/0+$/, "")}`;
}

/** Text of row i; null: missing. Of lists, structs and maps JSON. @throws NotUtf8 */
export function textOf(data: ColumnData, i: number): string | null {
  if (!isValid(data, i)) return null;
  if (data.dictionary !== null) return textOf(data.dictionary, dictionaryIndex(data, i));
  const { type } = data.field;
  switch (type.kind) {
    case "bool":
      return ((data.values[(data.offset + i) >> 3]! >> ((data.offset + i) & 7)) & 1) === 1 ? "true" : "false";
    case "int":
    case "duration":
      return String(integerAt(data, type, i));
    case "float":
      return type.bits === 64 ? String(floatAt(data, 64, i)) : float32Text(floatAt(data, type.bits, i));
    case "decimal":
      return decimalText(BigInt(integerAt(data, type, i)), type.scale);
    case "date-day":
      return dayText(Number(integerAt(data, type, i)) * DAY);
    case "date-millisecond":
      return dayText(Number(integerAt(data, type, i)));
    case "time":
      return timeText(BigInt(integerAt(data, type, i)), type.exponent);
    case "timestamp":
      return timestampText(BigInt(integerAt(data, type, i)), type.exponent);
    case "list":
    case "fixed-list":
    case "struct":
    case "map":
      return jsonOf(data, i);
    default:
      try {
        return decoder.decode(bytesOf(data, i));
      } catch (thrown) {
        if (thrown instanceof RangeError) throw thrown;
        throw new NotUtf8();
      }
  }
}

/** JSON of row i; exact integers, decimals as texts, what is not finite as a text. */
function jsonOf(data: ColumnData, i: number): string {
  if (!isValid(data, i)) return "null";
  if (data.dictionary !== null) return jsonOf(data.dictionary, dictionaryIndex(data, i));
  const { type } = data.field;
  const row = data.offset + i;
  switch (type.kind) {
    case "list": {
      const items = data.children[0]!;
      return `[${range(data, row, items.length, (k) => jsonOf(items, k)).join(",")}]`;
    }
    case "fixed-list": {
      const items = data.children[0]!;
      if ((row + 1) * type.width > items.length) throw new RangeError("a list of fixed length that is not all there");
      return `[${Array.from({ length: type.width }, (_, k) => jsonOf(items, row * type.width + k)).join(",")}]`;
    }
    case "struct":
      return `{${data.children.map((child) => `${JSON.stringify(child.field.name)}:${jsonOf(child, row)}`).join(",")}}`;
    case "map": {
      const entries = data.children[0]!;
      const [keys, values] = entries.children as [ColumnData, ColumnData];
      return `{${range(data, row, entries.length, (k) => `${JSON.stringify(textOf(keys, entries.offset + k) ?? "null")}:${jsonOf(values, entries.offset + k)}`).join(",")}}`;
    }
    case "bool":
      return textOf(data, i)!;
    case "int":
    case "duration":
      return textOf(data, i)!;
    case "float": {
      const text = textOf(data, i)!;
      return Number.isFinite(Number(text)) ? text : JSON.stringify(text);
    }
    default:
      return JSON.stringify(textOf(data, i));
  }
}

function range(data: ColumnData, row: number, length: number, item: (k: number) => string): string[] {
  const from = Number(data.offsets![row]!);
  const to = Number(data.offsets![row + 1]!);
  if (!(from >= 0 && to >= from && to <= length)) throw new RangeError(`a list of the elements [${from}, ${to}) of ${length}`);
  const out: string[] = [];
  for (let k = from; k < to; k++) out.push(item(k));
  return out;
}
