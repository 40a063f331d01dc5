import { decimal, MAX_DEPTH, time, width } from "./arrow-schema.js";
import { type ColumnData, type ColumnField, type ColumnType, fixedBits, storedType } from "./column-data.js";

const NO_BYTES = new Uint8Array(0);
const EXPONENT: ReadonlyMap<string, number> = new Map([
  ["s", 0],
  ["m", 3],
  ["u", 6],
  ["n", 9],
]);

/**
 * The columns of a record batch that lies in a WebAssembly memory as Arrow's C data interface (with 32-bit pointers): views, nothing is copied.
 * Format: https://arrow.apache.org/docs/format/CDataInterface.html
 * @param schema @param array addresses of the structs ArrowSchema and ArrowArray of a struct array
 * @throws RangeError for what cannot be
 */
export function readFfiBatch(memory: WebAssembly.Memory, schema: number, array: number): { readonly rows: number; readonly columns: ColumnData[] } {
  const ffi = new Ffi(memory.buffer);
  const { length, children } = ffi.array(array);
  const fields = ffi.schema(schema).children;
  if (fields.length !== children.length) throw new RangeError(`${children.length} columns of ${fields.length} fields`);
  return { rows: length, columns: children.map((child, i) => ffi.column(ffi.field(fields[i]!, 0), child)) };
}

class Ffi {
  readonly #buffer: ArrayBuffer;
  readonly #view: DataView;
  #ids = 0;

  constructor(buffer: ArrayBuffer) {
    this.#buffer = buffer;
    this.#view = new DataView(buffer);
  }

  schema(at: number): { format: string; name: string; children: number[]; dictionary: number } {
    const pointer = (slot: number): number => this.#view.getUint32(at + slot, true);
    // format, name, metadata: pointers; padding; flags, n_children: i64; children, dictionary: pointers
    return {
      format: this.#text(pointer(0)),
      name: this.#text(pointer(4)),
      children: this.#pointers(pointer(32), this.#i64(at + 24)),
      dictionary: pointer(36),
    };
  }

  array(at: number): { length: number; nulls: number; offset: number; buffers: number[]; children: number[]; dictionary: number } {
    const pointer = (slot: number): number => this.#view.getUint32(at + slot, true);
    return {
      length: this.#i64(at),
      nulls: this.#i64(at + 8),
      offset: this.#i64(at + 16),
      buffers: this.#pointers(pointer(40), this.#i64(at + 24)),
      children: this.#pointers(pointer(44), this.#i64(at + 32)),
      dictionary: pointer(48),
    };
  }

  field(at: number, depth: number): ColumnField {
    if (depth >= MAX_DEPTH) throw new RangeError(`its types are nested more than ${MAX_DEPTH} deep`);
    const { format, name, children, dictionary } = this.schema(at);
    if (dictionary !== 0) return { ...this.field(dictionary, depth + 1), name, dictionary: { id: this.#ids++, index: typeOf(format) } };
    return { name, type: typeOf(format), children: children.map((child) => this.field(child, depth + 1)), dictionary: null };
  }

  column(field: ColumnField, at: number): ColumnData {
    const { length, nulls, offset, buffers, children, dictionary } = this.array(at);
    const type = storedType(field);
    const rows = length + offset;
    const large = "large" in type && type.large;
    const offsets = "large" in type || type.kind === "map" ? this.#offsets(buffers[1]!, rows, large) : null;
    const bits = fixedBits(type);
    let values: Uint8Array = NO_BYTES;
    if (bits > 0) values = this.#bytes(buffers[1]!, Math.ceil((rows * bits) / 8));
    else if (type.kind === "text" || type.kind === "bytes") values = this.#bytes(buffers[2]!, Number(offsets![rows]!));
    const views = type.kind === "text-view" || type.kind === "bytes-view";
    return {
      field,
      length,
      offset,
      valid: nulls !== 0 && type.kind !== "null" && buffers[0] !== undefined && buffers[0] !== 0 ? this.#bytes(buffers[0], Math.ceil(rows / 8)) : null,
      offsets,
      values,
      variadic: views ? this.#variadic(buffers) : [],
      children: field.dictionary === null ? children.map((child, i) => this.column(field.children[i]!, child)) : [],
      dictionary: field.dictionary === null ? null : this.column({ ...field, dictionary: null }, dictionary),
    };
  }

  /** The last buffer holds the lengths of those between. */
  #variadic(buffers: readonly number[]): Uint8Array[] {
    const lengths = buffers.at(-1)!;
    return buffers.slice(2, -1).map((buffer, i) => this.#bytes(buffer, this.#i64(lengths + 8 * i)));
  }

  #offsets(at: number, rows: number, large: boolean): Int32Array | BigInt64Array {
    if (at === 0) return new Int32Array(rows + 1);
    return large ? new BigInt64Array(this.#buffer, at, rows + 1) : new Int32Array(this.#buffer, at, rows + 1);
  }

  #bytes(at: number, length: number): Uint8Array {
    return length === 0 ? NO_BYTES : new Uint8Array(this.#buffer, at, length);
  }

  #i64(at: number): number {
    return Number(this.#view.getBigInt64(at, true));
  }

  #pointers(at: number, count: number): number[] {
    return Array.from(new Uint32Array(this.#buffer, at, count));
  }

  #text(at: number): string {
    const bytes = new Uint8Array(this.#buffer, at);
    return Buffer.from(this.#buffer, at, bytes.indexOf(0)).toString("utf8");
  }
}

/** By a format string of the C data interface. */
function typeOf(format: string): ColumnType {
  const [head, rest] = [format[0]!, format.slice(1)];
  const simple = SIMPLE.get(format);
  if (simple !== undefined) return simple;
  if (head === "w") return { kind: "fixed-bytes", width: width(Number(rest.slice(1))) };
  if (head === "d") {
    const [, scale, bits] = rest.slice(1).split(",").map(Number);
    return decimal(bits ?? 128, scale!);
  }
  if (format.startsWith("+w:")) return { kind: "fixed-list", width: width(Number(format.slice(3))) };
  const exponent = EXPONENT.get(format[2] ?? "");
  if (format.startsWith("ts") && exponent !== undefined) return { kind: "timestamp", exponent };
  if (format.startsWith("tt") && exponent !== undefined) return time(exponent < 6 ? 32 : 64, exponent);
  if (format.startsWith("tD") && exponent !== undefined) return { kind: "duration", exponent };
  return { kind: "other", name: format.startsWith("ti") ? "interval" : format.startsWith("+u") ? "union" : `type ${format}`, buffers: null };
}

const SIMPLE: ReadonlyMap<string, ColumnType> = new Map<string, ColumnType>([
  ["n", { kind: "null" }],
  ["b", { kind: "bool" }],
  ["c", { kind: "int", bits: 8, signed: true }],
  ["C", { kind: "int", bits: 8, signed: false }],
  ["s", { kind: "int", bits: 16, signed: true }],
  ["S", { kind: "int", bits: 16, signed: false }],
  ["i", { kind: "int", bits: 32, signed: true }],
  ["I", { kind: "int", bits: 32, signed: false }],
  ["l", { kind: "int", bits: 64, signed: true }],
  ["L", { kind: "int", bits: 64, signed: false }],
  ["e", { kind: "float", bits: 16 }],
  ["f", { kind: "float", bits: 32 }],
  ["g", { kind: "float", bits: 64 }],
  ["z", { kind: "bytes", large: false }],
  ["Z", { kind: "bytes", large: true }],
  ["u", { kind: "text", large: false }],
  ["U", { kind: "text", large: true }],
  ["vz", { kind: "bytes-view" }],
  ["vu", { kind: "text-view" }],
  ["tdD", { kind: "date-day" }],
  ["tdm", { kind: "date-millisecond" }],
  ["+l", { kind: "list", large: false }],
  ["+L", { kind: "list", large: true }],
  ["+s", { kind: "struct" }],
  ["+m", { kind: "map" }],
]);
