import { type ArrowLayout, type ArrowMessage, guarded } from "./arrow-messages.js";
import { type ColumnData, type ColumnField, fixedBits, storedType } from "./column-data.js";
import { FlatTable } from "./flatbuffer.js";
import { decompressLz4Frame } from "./lz4-frame.js";
import type { SourceFile } from "./source-file.js";
import { tableLimit, unsupportedTable } from "./table-error.js";
import { decompressZstd } from "./zstd.js";

/** Bytes of a body, as they are in the file and decompressed. */
export const MAX_BODY = 2 ** 29;
const NO_BYTES = new Uint8Array(0);

/** Reads the batches of an Arrow file in their order, with the dictionaries that stand at each of them. */
export class ArrowBatches {
  readonly #file: SourceFile;
  readonly #layout: ArrowLayout;
  readonly #dictionaries = new Map<number, ColumnData[]>();
  readonly #fieldOf: ReadonlyMap<number, ColumnField>;

  constructor(file: SourceFile, layout: ArrowLayout) {
    this.#file = file;
    this.#layout = layout;
    const found = new Map<number, ColumnField>();
    const look = (field: ColumnField): void => {
      if (field.dictionary !== null) found.set(field.dictionary.id, field);
      field.children.forEach(look);
    };
    layout.fields.forEach(look);
    this.#fieldOf = found;
  }

  /** Columns named in `wanted` of record batches [from, to). @throws E_CORRUPT, E_TABLE_LIMIT, E_TABLE_TYPE, E_IO */
  *read(from: number, to: number, wanted: ReadonlySet<string>): Generator<{ readonly rows: number; readonly columns: ColumnData[] }> {
    let batch = 0;
    for (const message of this.#layout.messages) {
      if (message.kind === "dictionary") {
        this.#readDictionary(message);
        continue;
      }
      if (batch >= to) return;
      if (batch++ < from) continue;
      const where = `record batch ${batch - 1}`;
      const columns = guarded(this.#file, where, () => {
        const reader = this.#open(message, (table) => table);
        return this.#layout.fields.flatMap((field) => {
          if (!wanted.has(field.name)) {
            reader.skip(field);
            return [];
          }
          const column = reader.column(field, message.rows);
          if (column.length !== message.rows) throw new RangeError(`field ${JSON.stringify(field.name)} has ${column.length} rows of ${message.rows}`);
          return [column];
        });
      });
      yield { rows: message.rows, columns };
    }
  }

  #readDictionary(message: ArrowMessage): void {
    guarded(this.#file, `the dictionary at byte ${message.at}`, () => {
      let id = 0;
      let delta = false;
      const reader = this.#open(message, (table) => {
        id = table.i64(0);
        delta = table.bool(2);
        return table.table(1);
      });
      const field = this.#fieldOf.get(id);
      if (field === undefined) throw new RangeError(`no field has the dictionary ${id}`);
      const values = reader.column({ ...field, dictionary: null }, message.rows);
      const before = this.#dictionaries.get(id) ?? [];
      this.#dictionaries.set(id, delta ? [...before, values] : [values]);
    });
  }

  #open(message: ArrowMessage, batchOf: (header: FlatTable) => FlatTable | null): BodyReader {
    const header = FlatTable.root(this.#file.read(message.at, message.metadata)).table(2);
    const batch = header === null ? null : batchOf(header);
    if (batch === null) throw new RangeError("it holds no batch");
    if (message.body > MAX_BODY)
      throw tableLimit(this.#file.path, `a record batch of ${message.body} bytes; at most ${MAX_BODY} are read at once: write smaller record batches`);
    const body = this.#file.read(message.at + message.metadata, message.body);
    return new BodyReader(this.#file.path, batch, body, (id) => this.#dictionaries.get(id) ?? []);
  }
}

/** Takes nodes and buffers of one batch in the order of the fields. */
class BodyReader {
  readonly #path: string;
  readonly #body: Uint8Array<ArrayBuffer>;
  readonly #nodes: { readonly bytes: DataView; readonly count: number };
  readonly #buffers: { readonly bytes: DataView; readonly count: number };
  readonly #variadic: { readonly bytes: DataView; readonly count: number };
  /** 0: LZ4 frames, 1: zstd, null: none. */
  readonly #codec: number | null;
  readonly #dictionaryOf: (id: number) => readonly ColumnData[];
  #node = 0;
  #buffer = 0;
  #views = 0;
  #decompressed = 0;

  constructor(path: string, batch: FlatTable, body: Uint8Array<ArrayBuffer>, dictionaryOf: (id: number) => readonly ColumnData[]) {
    this.#path = path;
    this.#body = body;
    this.#nodes = batch.structs(1, 16);
    this.#buffers = batch.structs(2, 16);
    this.#variadic = batch.structs(4, 8);
    this.#codec = batch.table(3)?.u8(0) ?? null;
    if (this.#codec !== null && this.#codec > 1) throw unsupportedTable(path, `compression number ${this.#codec}; LZ4 and zstd are read`);
    this.#dictionaryOf = dictionaryOf;
  }

  /** Passes over the nodes and buffers of a field and of what is below it. */
  skip(field: ColumnField): void {
    this.#node++;
    this.#buffer += this.#bufferCount(field);
    if (field.dictionary === null) for (const child of field.children) this.skip(child);
  }

  #bufferCount(field: ColumnField): number {
    const type = storedType(field);
    switch (type.kind) {
      case "null":
        return 0;
      case "struct":
      case "fixed-list":
        return 1;
      case "text":
      case "bytes":
        return 3;
      case "text-view":
      case "bytes-view":
        return 2 + this.#nextVariadic();
      case "other":
        if (type.buffers !== null) return type.buffers;
        throw unsupportedTable(this.#path, `field ${JSON.stringify(field.name)} has the type ${type.name}, which is not read`);
      default:
        return 2;
    }
  }

  #nextVariadic(): number {
    if (this.#views >= this.#variadic.count) throw new RangeError("a view without its count of buffers");
    const count = Number(this.#variadic.bytes.getBigInt64(8 * this.#views++, true));
    if (!(count >= 0 && count <= this.#buffers.count)) throw new RangeError(`${count} buffers of a view`);
    return count;
  }

  /** @param rows that it must have at least; null: as many as its node says */
  column(field: ColumnField, rows: number): ColumnData {
    if (this.#node >= this.#nodes.count) throw new RangeError(`field ${JSON.stringify(field.name)} is not in it`);
    const at = 16 * this.#node++;
    const length = Number(this.#nodes.bytes.getBigInt64(at, true));
    const nulls = Number(this.#nodes.bytes.getBigInt64(at + 8, true));
    if (!(length >= rows && length <= 2 ** 31)) throw new RangeError(`field ${JSON.stringify(field.name)} has ${length} rows, ${rows} are needed`);
    const type = storedType(field);
    const buffers = Array.from({ length: this.#bufferCount(field) }, () => this.#take());
    const bitmap = type.kind === "null" ? NO_BYTES : buffers[0]!;
    const hasNulls = nulls !== 0 && type.kind !== "null" && bitmap.length > 0;
    if (nulls > 0 && !hasNulls && type.kind !== "null" && length > 0)
      throw new RangeError(`field ${JSON.stringify(field.name)} has nulls, but no bitmap of them`);
    if (hasNulls) need(bitmap, Math.ceil(length / 8), field);
    const offsets = "large" in type || type.kind === "map" ? offsetsOf(buffers[1]!, length, "large" in type && type.large, field) : null;
    let values: Uint8Array = NO_BYTES;
    const bits = fixedBits(type);
    if (bits > 0) {
      values = buffers[1]!;
      need(values, Math.ceil((length * bits) / 8), field);
    } else if (type.kind === "text" || type.kind === "bytes") values = buffers[2]!;
    const views = type.kind === "text-view" || type.kind === "bytes-view";
    const inner = type.kind === "fixed-list" ? length * type.width : type.kind === "struct" ? length : 0;
    return {
      field,
      length,
      offset: 0,
      valid: hasNulls ? bitmap : null,
      offsets,
      values,
      variadic: views ? buffers.slice(2) : [],
      children: field.dictionary === null ? field.children.map((child) => this.column(child, inner)) : [],
      dictionary: field.dictionary === null ? null : this.#dictionary(field.dictionary.id, field),
    };
  }

  #dictionary(id: number, field: ColumnField): ColumnData {
    const parts = this.#dictionaryOf(id);
    if (parts.length === 0) throw new RangeError(`the dictionary of field ${JSON.stringify(field.name)} is missing`);
    if (parts.length > 1)
      throw unsupportedTable(this.#path, `field ${JSON.stringify(field.name)} has a dictionary in several pieces (deltas), which is not read`);
    return parts[0]!;
  }

  #take(): Uint8Array {
    if (this.#buffer >= this.#buffers.count) throw new RangeError("it has too few buffers");
    const at = 16 * this.#buffer++;
    const offset = Number(this.#buffers.bytes.getBigInt64(at, true));
    const length = Number(this.#buffers.bytes.getBigInt64(at + 8, true));
    if (length === 0) return NO_BYTES;
    if (!(offset >= 0 && length >= 0 && offset + length <= this.#body.length))
      throw new RangeError(`a buffer [${offset}, ${offset + length}) in a body of ${this.#body.length} bytes`);
    const bytes = this.#body.subarray(offset, offset + length);
    if (this.#codec === null) return bytes;
    if (length < 8) throw new RangeError("a compressed buffer without its length");
    const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true));
    if (size === -1) return bytes.subarray(8);
    this.#decompressed += size;
    if (!(size >= 0)) throw new RangeError(`a buffer of ${size} bytes`);
    if (this.#decompressed > MAX_BODY)
      throw tableLimit(this.#path, `a record batch of more than ${MAX_BODY} bytes once decompressed; that is the limit: write smaller record batches`);
    return this.#codec === 0 ? decompressLz4Frame(bytes.subarray(8), size) : decompressZstd(bytes.subarray(8), size);
  }
}

function need(bytes: Uint8Array, length: number, field: ColumnField): void {
  if (bytes.length < length) throw new RangeError(`a buffer of field ${JSON.stringify(field.name)} has ${bytes.length} bytes, ${length} are needed`);
}

/** length + 1 offsets; a column without rows may have none. */
function offsetsOf(bytes: Uint8Array, length: number, large: boolean, field: ColumnField): Int32Array | BigInt64Array {
  if (length === 0 && bytes.length === 0) return new Int32Array(1);
  need(bytes, (length + 1) * (large ? 8 : 4), field);
  // Views need their alignment, which a foreign file may not have.
  const from = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  return large ? new BigInt64Array(from.buffer, from.byteOffset, length + 1) : new Int32Array(from.buffer, from.byteOffset, length + 1);
}
