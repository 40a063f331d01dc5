import type { ColumnField, ColumnType } from "./column-data.js";
import type { FlatTable } from "./flatbuffer.js";

/** Nesting of types that is followed. */
export const MAX_DEPTH = 32;
/** Types that are not read, by number: name, and buffers of a column. */
const OTHERS: ReadonlyMap<number, readonly [string, number | null]> = new Map([
  [11, ["interval", 2]],
  [14, ["union", null]],
  [22, ["run-end encoded", 0]],
  [25, ["list view", 3]],
  [26, ["large list view", 3]],
]);
const EXPONENTS = [0, 3, 6, 9];

/** The fields of a flatbuffer Schema (Schema.fbs of Arrow's specification). @throws RangeError for one that cannot be */
export function readArrowSchema(schema: FlatTable): ColumnField[] {
  if (schema.i16(0) !== 0) throw new RangeError("its numbers are big-endian, which is not read");
  return schema.tables(1).map((field) => readField(field, 0));
}

function readField(field: FlatTable, depth: number): ColumnField {
  if (depth >= MAX_DEPTH) throw new RangeError(`its types are nested more than ${MAX_DEPTH} deep`);
  const encoding = field.table(4);
  const children = field.tables(5).map((child) => readField(child, depth + 1));
  const type = readType(field.u8(2), field.table(3));
  const need = type.kind === "list" || type.kind === "fixed-list" || type.kind === "map" ? 1 : type.kind === "struct" || type.kind === "other" ? null : 0;
  if (need !== null && children.length !== need)
    throw new RangeError(`field ${JSON.stringify(field.text(0))} has ${children.length} children, ${need} expected`);
  if (type.kind === "map" && children[0]!.children.length !== 2) throw new RangeError("a map's entries are not of a key and a value");
  return {
    name: field.text(0) ?? "",
    type,
    children,
    dictionary: encoding === null ? null : { id: encoding.i64(0), index: encoding.table(1) === null ? int(32, true) : intOf(encoding.table(1)!) },
  };
}

function int(bits: number, signed: boolean): ColumnType {
  if (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64) throw new RangeError(`integers of ${bits} bits`);
  return { kind: "int", bits, signed };
}

function intOf(type: FlatTable): ColumnType {
  return int(type.i32(0), type.bool(1));
}

/** By the number of the union Type. */
function readType(kind: number, type: FlatTable | null): ColumnType {
  if (kind === 0 || type === null) throw new RangeError("a field has no type");
  const exponent = (slot: number, otherwise: number): number => at(EXPONENTS, type.i16(slot, otherwise), "a unit of time");
  switch (kind) {
    case 1:
      return { kind: "null" };
    case 2:
      return intOf(type);
    case 3:
      return { kind: "float", bits: at([16, 32, 64] as const, type.i16(0), "a precision") };
    case 4:
    case 19:
      return { kind: "bytes", large: kind === 19 };
    case 5:
    case 20:
      return { kind: "text", large: kind === 20 };
    case 6:
      return { kind: "bool" };
    case 7:
      return decimal(type.i32(2, 128), type.i32(1));
    case 8:
      return { kind: type.i16(0, 1) === 0 ? "date-day" : "date-millisecond" };
    case 9:
      return time(type.i32(1, 32), exponent(0, 1));
    case 10:
      return { kind: "timestamp", exponent: exponent(0, 0) };
    case 12:
    case 21:
      return { kind: "list", large: kind === 21 };
    case 13:
      return { kind: "struct" };
    case 15:
      return { kind: "fixed-bytes", width: width(type.i32(0)) };
    case 16:
      return { kind: "fixed-list", width: width(type.i32(0)) };
    case 17:
      return { kind: "map" };
    case 18:
      return { kind: "duration", exponent: exponent(0, 1) };
    case 23:
      return { kind: "bytes-view" };
    case 24:
      return { kind: "text-view" };
    default:
      return other(kind);
  }
}

function other(kind: number): ColumnType {
  const [name, buffers] = OTHERS.get(kind) ?? [`type ${kind}`, null];
  return { kind: "other", name, buffers };
}

export function decimal(bits: number, scale: number): ColumnType {
  if (bits !== 32 && bits !== 64 && bits !== 128 && bits !== 256) throw new RangeError(`decimals of ${bits} bits`);
  if (!(Math.abs(scale) <= 1000)) throw new RangeError(`decimals of scale ${scale}`);
  return { kind: "decimal", bits, scale };
}

export function time(bits: number, exponent: number): ColumnType {
  if (bits !== 32 && bits !== 64) throw new RangeError(`times of ${bits} bits`);
  return { kind: "time", bits, exponent };
}

export function width(n: number): number {
  if (!(n >= 0 && n <= 2 ** 24)) throw new RangeError(`values of width ${n}`);
  return n;
}

function at<T>(list: readonly T[], i: number, what: string): T {
  const found = list[i];
  if (found === undefined) throw new RangeError(`${what} that is number ${i}`);
  return found;
}
