import { CrossbillError } from "@crossbill/messages";
import { readWhole, sha256Hex } from "@crossbill/storage";
import type { Data, RecordBatch, Schema } from "apache-arrow";
import { PACK_FORMAT, type PackLayout } from "./pack-format.js";

/** Rows of a pack. Arrays have `rows` elements and may be views of the file's bytes: do not write into them. */
export interface PackRows {
  readonly rows: number;
  readonly label: Float64Array;
  readonly weight: Float64Array;
  /** By categorical column. */
  readonly ids: Map<string, Uint32Array>;
  /** By numeric column; NaN: missing. */
  readonly numbers: Map<string, Float64Array>;
  /** By column of several values. */
  readonly pairs: Map<string, PackPairs>;
  /** By slice field; empty when not wanted. null: missing. */
  readonly slices: Map<string, (string | null)[]>;
  /** null when not wanted or not kept. */
  readonly keys: (string | null)[] | null;
}

/** Pairs of rows: of row r ids and values [offsets[r] - offsets[0], offsets[r + 1] - offsets[0]), ids ascending, each once. */
export interface PackPairs {
  /** rows + 1 of them. */
  readonly offsets: Int32Array;
  readonly ids: Uint32Array;
  /** null: every value is 1. */
  readonly values: Float64Array | null;
}

/** What to read besides ids and numbers; default: nothing. */
export interface PackWant {
  readonly slices?: boolean;
  readonly keys?: boolean;
}

/**
 * Reads a pack into memory. With `expected` (a Ref) its length and SHA-256 are verified before anything is parsed.
 * @throws E_NOT_FOUND, E_IO; E_CORRUPT when length or hash differ; E_PACK when it is no pack this version can read.
 */
export async function openPack(path: string, expected?: { readonly length: number; readonly sha256: string }): Promise<PackReader> {
  const bytes = await readWhole(path);
  if (expected !== undefined && (bytes.length !== expected.length || sha256Hex(bytes) !== expected.sha256)) {
    throw new CrossbillError(
      "E_CORRUPT",
      `${path}: ${bytes.length} bytes that are not the pack of ${expected.length} bytes with SHA-256 ${expected.sha256}; ingest again with --fresh`,
      { details: { path } },
    );
  }
  return readPack(path, bytes);
}

/** A pack whose bytes are in memory, and stay there. `path` is for errors. @throws E_PACK */
export async function readPack(path: string, bytes: Uint8Array): Promise<PackReader> {
  // Loaded where packs are read: whoever only writes them does without.
  const { RecordBatchReader } = await import("apache-arrow");
  try {
    const reader = RecordBatchReader.from(bytes).open();
    const schema = reader.schema;
    return new PackReader(path, schema, [...reader]);
  } catch (cause) {
    if (cause instanceof CrossbillError) throw cause;
    throw new CrossbillError("E_PACK", `${path}: not a readable Arrow IPC file (${cause instanceof Error ? cause.message : String(cause)})`, {
      cause,
      details: { path },
    });
  }
}

/** Arrow's number of the type. */
const LIST = 12;

/** Rows [from, to) of one record batch. */
interface Part {
  readonly batch: RecordBatch;
  readonly from: number;
  readonly to: number;
}

/** A pack in memory. */
export class PackReader {
  readonly path: string;
  readonly rows: number;
  /** Record batches. */
  readonly batches: number;
  readonly layout: PackLayout;
  readonly #batches: readonly RecordBatch[];
  readonly #starts: number[] = [];
  readonly #names: readonly string[];

  /** @throws E_PACK */
  constructor(path: string, schema: Schema, batches: readonly RecordBatch[]) {
    this.path = path;
    const version = schema.metadata.get("crossbill.pack");
    if (version !== String(PACK_FORMAT))
      throw new CrossbillError("E_PACK", `${path}: pack format ${version ?? "unknown"}, this version reads ${PACK_FORMAT}`, { details: { path } });
    this.#batches = batches;
    this.batches = batches.length;
    let rows = 0;
    for (const batch of batches) {
      this.#starts.push(rows);
      rows += batch.numRows;
    }
    this.rows = rows;
    this.#names = schema.fields.map((field) => field.name);
    const named = (prefix: string): string[] => this.#names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
    const lists = new Set(schema.fields.filter((field) => field.type.typeId === LIST).map((field) => field.name));
    this.layout = {
      ids: named("c:").filter((name) => !lists.has(`c:${name}`)),
      numbers: named("n:"),
      pairs: named("c:")
        .filter((name) => lists.has(`c:${name}`))
        .map((name) => ({ name, valued: lists.has(`v:${name}`) })),
      slices: named("s:"),
      key: this.#names.includes("key"),
    };
  }

  /** Rows [from, to), 0 <= from <= to <= rows. Within one record batch nothing is copied. @throws RangeError */
  read(from: number, to: number, want: PackWant = {}): PackRows {
    if (!(from >= 0 && from <= to && to <= this.rows)) throw new RangeError(`rows [${from}, ${to}) of a pack of ${this.rows} rows`);
    const parts = this.#parts(from, to);
    const numbers = <T extends Float64Array | Uint32Array>(name: string, make: (n: number) => T): T => {
      if (parts.length === 1) return this.#column(parts[0]!.batch, name).values.subarray(parts[0]!.from, parts[0]!.to) as T;
      const out = make(to - from);
      let at = 0;
      for (const part of parts) {
        out.set((this.#column(part.batch, name).values as T).subarray(part.from, part.to), at);
        at += part.to - part.from;
      }
      return out;
    };
    const f64 = (name: string): Float64Array => numbers(name, (n) => new Float64Array(n));
    const texts = (name: string): (string | null)[] => parts.flatMap((part) => readTexts(this.#column(part.batch, name), part.from, part.to));
    return {
      rows: to - from,
      label: f64("label"),
      weight: f64("weight"),
      ids: new Map(this.layout.ids.map((name) => [name, numbers(`c:${name}`, (n) => new Uint32Array(n))])),
      numbers: new Map(this.layout.numbers.map((name) => [name, f64(`n:${name}`)])),
      pairs: new Map(this.layout.pairs.map(({ name, valued }) => [name, this.#pairs(parts, name, valued)])),
      slices: new Map(want.slices === true ? this.layout.slices.map((field) => [field, texts(`s:${field}`)]) : []),
      keys: want.keys === true && this.layout.key ? texts("key") : null,
    };
  }

  /** Offsets are made to begin at 0 only where rows of several record batches are joined. */
  #pairs(parts: readonly Part[], name: string, valued: boolean): PackPairs {
    const pieces = parts.map(({ batch, from, to }) => {
      const ids = this.#column(batch, `c:${name}`);
      const offsets = (ids.valueOffsets as Int32Array).subarray(from, to + 1);
      const items = (data: Data): ArrayLike<number> => (data.children[0] as Data).values.subarray(offsets[0], offsets.at(-1)) as ArrayLike<number>;
      return { offsets, ids: items(ids) as Uint32Array, values: valued ? (items(this.#column(batch, `v:${name}`)) as Float64Array) : null };
    });
    if (pieces.length === 1) return pieces[0]!;
    const rows = pieces.reduce((sum, piece) => sum + piece.offsets.length - 1, 0);
    const count = pieces.reduce((sum, piece) => sum + piece.ids.length, 0);
    const joined = { offsets: new Int32Array(rows + 1), ids: new Uint32Array(count), values: valued ? new Float64Array(count) : null };
    let row = 0;
    let at = 0;
    for (const { offsets, ids, values } of pieces) {
      for (let i = 1; i < offsets.length; i++) joined.offsets[++row] = at + offsets[i]! - offsets[0]!;
      joined.ids.set(ids, at);
      if (values !== null) joined.values!.set(values, at);
      at += ids.length;
    }
    return joined;
  }

  #parts(from: number, to: number): Part[] {
    const parts = [];
    for (const [i, batch] of this.#batches.entries()) {
      const start = this.#starts[i]!;
      const [low, high] = [Math.max(from, start), Math.min(to, start + batch.numRows)];
      if (low < high) parts.push({ batch, from: low - start, to: high - start });
    }
    return parts;
  }

  #column(batch: RecordBatch, name: string): Data {
    return batch.data.children[this.#names.indexOf(name)] as Data;
  }
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Texts of a Utf8 or Dictionary<Utf8> column, rows [from, to). */
function readTexts(data: Data, from: number, to: number): (string | null)[] {
  const bitmap = data.nullCount > 0 ? data.nullBitmap : undefined;
  const valid = (i: number): boolean => bitmap === undefined || (bitmap[i >> 3]! & (1 << (i & 7))) !== 0;
  const out: (string | null)[] = new Array(to - from);
  if (data.dictionary !== undefined) {
    const dictionary = data.dictionary.data.flatMap((part) => readTexts(part, 0, part.length));
    for (let i = from; i < to; i++) out[i - from] = valid(i) ? (dictionary[data.values[i]] as string) : null;
    return out;
  }
  for (let i = from; i < to; i++)
    out[i - from] = valid(i) ? decoder.decode((data.values as Uint8Array).subarray(data.valueOffsets[i], data.valueOffsets[i + 1])) : null;
  return out;
}
