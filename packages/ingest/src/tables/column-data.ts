/** Types of values as Arrow names them, without what does not matter here (nullability, precision, metadata). */
export type ColumnType =
  | { readonly kind: "null" | "bool" | "date-day" | "date-millisecond" | "struct" | "map" }
  | { readonly kind: "int"; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly kind: "float"; readonly bits: 16 | 32 | 64 }
  /** `large`: offsets of 64 bits. */
  | { readonly kind: "text" | "bytes" | "list"; readonly large: boolean }
  | { readonly kind: "text-view" | "bytes-view" }
  | { readonly kind: "fixed-bytes" | "fixed-list"; readonly width: number }
  | { readonly kind: "decimal"; readonly bits: 32 | 64 | 128 | 256; readonly scale: number }
  /** `exponent`: of ten, of the unit in a second: 0, 3, 6, 9. */
  | { readonly kind: "time"; readonly bits: 32 | 64; readonly exponent: number }
  | { readonly kind: "timestamp" | "duration"; readonly exponent: number }
  /** A type that is not read; `name` is for people. `buffers`: how many it has in a record batch, to be skipped; null: not known. */
  | { readonly kind: "other"; readonly name: string; readonly buffers: number | null };

/** A field of a table, and what lies below it. */
export interface ColumnField {
  readonly name: string;
  readonly type: ColumnType;
  readonly children: readonly ColumnField[];
  /** Values are indices (of this type) into the dictionary of this id, whose values have `type`. */
  readonly dictionary: { readonly id: number; readonly index: ColumnType } | null;
}

/** Values of one column in one batch: views of buffers that somebody else owns, each checked to be long enough for its rows. */
export interface ColumnData {
  readonly field: ColumnField;
  /** N, rows. */
  readonly length: number;
  /** Of the first row in every buffer but the children of lists. */
  readonly offset: number;
  /** Bitmap, lowest bit first; a set bit: there is a value. null: all are there. What lies under a missing value is garbage. */
  readonly valid: Uint8Array | null;
  /** Of texts, bytes, lists and maps: offset + N + 1 of them. */
  readonly offsets: Int32Array | BigInt64Array | null;
  /** Fixed width: offset + N values as bytes; texts and bytes: what the offsets point into; views: 16 bytes a row. */
  readonly values: Uint8Array;
  /** Of views: what the long ones point into. */
  readonly variadic: readonly Uint8Array[];
  readonly children: readonly ColumnData[];
  /** Values of a dictionary-encoded column; then `values` are the indices. */
  readonly dictionary: ColumnData | null;
}

/** The type of what `values` of a column holds. */
export function storedType({ type, dictionary }: ColumnField): ColumnType {
  return dictionary === null ? type : dictionary.index;
}

/** Bits that `values` takes a row; 0 where it is not of fixed width. */
export function fixedBits(type: ColumnType): number {
  switch (type.kind) {
    case "bool":
      return 1;
    case "int":
    case "float":
    case "decimal":
    case "time":
      return type.bits;
    case "date-day":
      return 32;
    case "date-millisecond":
    case "timestamp":
    case "duration":
      return 64;
    case "fixed-bytes":
      return 8 * type.width;
    case "text-view":
    case "bytes-view":
      return 128;
    default:
      return 0;
  }
}

/** Whether row i (from the offset) has a value. */
export function isValid({ valid, offset, field }: ColumnData, i: number): boolean {
  if (field.type.kind === "null") return false;
  return valid === null || ((valid[(offset + i) >> 3]! >> ((offset + i) & 7)) & 1) === 1;
}

/** A type for people: `int64`, `list<utf8>`, `dictionary<utf8>`. */
export function typeName({ type, children, dictionary }: ColumnField): string {
  const inner = children.map((child) => typeName(child)).join(", ");
  const name = nameOf(type, inner);
  return dictionary === null ? name : `dictionary<${name}>`;
}

function nameOf(type: ColumnType, inner: string): string {
  switch (type.kind) {
    case "int":
      return `${type.signed ? "" : "u"}int${type.bits}`;
    case "float":
      return `float${type.bits}`;
    case "text":
    case "text-view":
      return "utf8";
    case "bytes":
    case "bytes-view":
      return "binary";
    case "fixed-bytes":
      return `binary(${type.width})`;
    case "decimal":
      return `decimal${type.bits}(scale ${type.scale})`;
    case "date-day":
    case "date-millisecond":
      return "date";
    case "list":
    case "fixed-list":
    case "struct":
    case "map":
      return `${type.kind === "fixed-list" ? "list" : type.kind}<${inner}>`;
    case "other":
      return type.name;
    default:
      return type.kind;
  }
}
