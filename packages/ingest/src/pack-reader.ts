import { CrossbillError } from "@crossbill/messages";
import { sha256FileSync } from "@crossbill/storage";
import { PackFile, type StoredBatch, type StoredColumn } from "./pack-file.js";
import { PACK_BATCH_ROWS, PACK_FORMAT, type PackLayout } from "./pack-format.js";

/** Rows of a pack. Arrays have `rows` elements and may be views of the file's bytes, until the next read: do not write into them. */
export interface PackRows {
  readonly rows: number;
  readonly label: Float64Array;
  /** f64[rows][K]; null: labels are numbers. */
  readonly labels: Float64Array | null;
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

/** What a pack's file must be. */
export interface PackIdentity {
  readonly length: number;
  readonly sha256: string;
}

/**
 * Opens a pack; its rows are read from the file when they are asked for. With `expected` (a Ref) its length and SHA-256 are verified before anything is parsed.
 * @param room holds the record batch that is read, while it suffices; it may be shared memory, and several packs' where each is told to forget its batch
 * @throws E_NOT_FOUND, E_IO; E_CORRUPT when length or hash differ from what is expected; E_PACK when it is no pack this version can read.
 */
export async function openPack(path: string, expected?: PackIdentity, room?: Uint8Array): Promise<PackReader> {
  if (expected !== undefined) await verifyPack(path, expected);
  const file = await PackFile.open(path, room);
  const version = file.metadata.get("crossbill.pack");
  if (version !== String(PACK_FORMAT))
    throw new CrossbillError("E_PACK", `${path}: pack format ${version ?? "unknown"}, this version reads ${PACK_FORMAT}`, { details: { path } });
  const last = file.batches - 1;
  const rest = last < 0 ? 0 : await file.rowsOf(last);
  if (!(rest >= 0 && rest <= PACK_BATCH_ROWS)) throw damaged(path, `record batch ${last} is said to have ${rest} rows`);
  return new PackReader(file, Math.max(0, last) * PACK_BATCH_ROWS + rest);
}

/** Reads a pack to its end, a piece at a time, and compares it with what it must be. @throws E_CORRUPT, E_NOT_FOUND, E_IO */
export async function verifyPack(path: string, expected: PackIdentity): Promise<void> {
  if (sha256FileSync(path) === expected.sha256) return;
  throw new CrossbillError("E_CORRUPT", `${path}: not the pack of ${expected.length} bytes with SHA-256 ${expected.sha256}; ingest again with --fresh`, {
    details: { path },
  });
}

/** Arrow's number of the type. */
const LIST = 12;

/** Rows [from, to) of record batch `index`. */
interface Part {
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

/** A pack of which one record batch is in memory. */
export class PackReader {
  readonly path: string;
  readonly rows: number;
  /** Record batches. */
  readonly batches: number;
  readonly layout: PackLayout;
  readonly #file: PackFile;
  readonly #names: ReadonlyMap<string, number>;
  /** The batch that was read last, and its index. */
  #batch: StoredBatch | null = null;
  #index = -1;
  /** Texts of slices, by field, once they were asked for. */
  readonly #texts = new Map<string, readonly string[]>();

  /** For openPack. */
  constructor(file: PackFile, rows: number) {
    this.path = file.path;
    this.#file = file;
    this.rows = rows;
    this.batches = file.batches;
    const { fields } = file;
    this.#names = new Map(fields.map(({ name }, i) => [name, i]));
    const named = (prefix: string): string[] => fields.flatMap(({ name }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
    const lists = new Set(fields.filter(({ type }) => type === LIST).map(({ name }) => name));
    this.layout = {
      ids: named("c:").filter((name) => !lists.has(`c:${name}`)),
      numbers: named("n:"),
      pairs: named("c:")
        .filter((name) => lists.has(`c:${name}`))
        .map((name) => ({ name, valued: lists.has(`v:${name}`) })),
      slices: named("s:"),
      key: this.#names.has("key"),
      ...(lists.has("labels") ? { labels: 1 } : {}),
    };
  }

  /** Rows [from, to), 0 <= from <= to <= rows. Of one record batch nothing is copied: valid until the next read. @throws RangeError; E_PACK, E_CORRUPT, E_IO */
  async read(from: number, to: number, want: PackWant = {}): Promise<PackRows> {
    if (!(from >= 0 && from <= to && to <= this.rows)) throw new RangeError(`rows [${from}, ${to}) of a pack of ${this.rows} rows`);
    const slices = want.slices === true ? this.layout.slices : [];
    for (const field of slices) await this.#loadTexts(field);
    const parts = partsOf(from, to);
    if (parts.length === 1) return this.#rowsOf(parts[0]!, await this.#load(parts[0]!.index), slices, want);
    const pieces: PackRows[] = [];
    for (const part of parts) pieces.push(copyOf(this.#rowsOf(part, await this.#load(part.index), slices, want)));
    return joined(pieces, this.layout, slices, want);
  }

  /** Lets go of the record batch that was read last, as its place is used for something else. */
  forget(): void {
    this.#batch = null;
  }

  async #load(index: number): Promise<StoredBatch> {
    if (this.#batch !== null && this.#index === index) return this.#batch;
    this.#batch = null;
    const batch = await this.#file.batch(index);
    const rows = index < this.batches - 1 ? PACK_BATCH_ROWS : this.rows - PACK_BATCH_ROWS * index;
    if (batch.rows !== rows || batch.columns.some(({ length }) => length !== rows)) throw damaged(this.path, `record batch ${index} has not ${rows} rows`);
    this.#index = index;
    this.#batch = batch;
    return batch;
  }

  async #loadTexts(field: string): Promise<void> {
    if (this.#texts.has(field)) return;
    const { dictionary } = this.#file.fields[this.#at(`s:${field}`)]!;
    if (dictionary === null) throw damaged(this.path, `its column s:${field} has no dictionary`);
    this.#batch = null; // its place is taken
    const texts = await this.#file.dictionary(dictionary);
    this.#texts.set(field, this.#guarded(() => readTexts(texts, 0, texts.length)) as string[]);
  }

  #rowsOf({ from, to }: Part, batch: StoredBatch, slices: readonly string[], want: PackWant): PackRows {
    const column = (name: string): StoredColumn => batch.columns[this.#at(name)]!;
    return this.#guarded(() => ({
      rows: to - from,
      label: f64(column("label"), from, to),
      labels: this.layout.labels !== undefined ? vectorsOf(column("labels"), from, to) : null,
      weight: f64(column("weight"), from, to),
      ids: new Map(this.layout.ids.map((name) => [name, u32(column(`c:${name}`), from, to)])),
      numbers: new Map(this.layout.numbers.map((name) => [name, f64(column(`n:${name}`), from, to)])),
      pairs: new Map(this.layout.pairs.map(({ name, valued }) => [name, pairsOf(column(`c:${name}`), valued ? column(`v:${name}`) : null, from, to)])),
      slices: new Map(slices.map((field) => [field, readCodes(column(`s:${field}`), this.#texts.get(field)!, from, to)])),
      keys: want.keys === true && this.layout.key ? readTexts(column("key"), from, to) : null,
    }));
  }

  #at(name: string): number {
    const at = this.#names.get(name);
    if (at === undefined) throw damaged(this.path, `there is no column ${name}`);
    return at;
  }

  #guarded<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      if (cause instanceof RangeError) throw damaged(this.path, cause.message);
      throw cause;
    }
  }
}

function damaged(path: string, what: string): CrossbillError {
  return new CrossbillError("E_PACK", `${path}: not a readable pack (${what})`, { details: { path } });
}

/** Rows [from, to) by record batches. */
function partsOf(from: number, to: number): Part[] {
  const parts: Part[] = [];
  for (let at = from; at < to; ) {
    const index = Math.floor(at / PACK_BATCH_ROWS);
    const start = index * PACK_BATCH_ROWS;
    const end = Math.min(to, start + PACK_BATCH_ROWS);
    parts.push({ index, from: at - start, to: end - start });
    at = end;
  }
  return parts;
}

function f64(column: StoredColumn, from: number, to: number): Float64Array {
  const values = bufferOf(column, 0);
  inside(values, 8 * to);
  return new Float64Array(values.buffer, values.byteOffset + 8 * from, to - from);
}

function u32(column: StoredColumn, from: number, to: number): Uint32Array {
  const values = bufferOf(column, 0);
  inside(values, 4 * to);
  return new Uint32Array(values.buffer, values.byteOffset + 4 * from, to - from);
}

function i32(column: StoredColumn, from: number, to: number): Int32Array {
  const values = bufferOf(column, 0);
  inside(values, 4 * to);
  return new Int32Array(values.buffer, values.byteOffset + 4 * from, to - from);
}

/** Of a damaged schema a column may have another type than it is read as. */
function bufferOf({ buffers }: StoredColumn, index: number): Uint8Array {
  const buffer = buffers[index];
  if (buffer === undefined) throw new RangeError("a column of another type");
  return buffer;
}

function inside(values: Uint8Array, bytes: number): void {
  if (bytes > values.length) throw new RangeError(`${values.length} bytes where ${bytes} are wanted`);
}

function pairsOf(ids: StoredColumn, values: StoredColumn | null, from: number, to: number): PackPairs {
  const offsets = i32(ids, from, to + 1);
  const [first, end] = [offsets[0]!, offsets[to - from]!];
  if (!(first >= 0 && first <= end)) throw new RangeError(`pairs [${first}, ${end})`);
  return { offsets, ids: u32(childOf(ids), first, end), values: values === null ? null : f64(childOf(values), first, end) };
}

/** Lists of the same length, one behind the other. */
function vectorsOf(column: StoredColumn, from: number, to: number): Float64Array {
  const offsets = i32(column, from, to + 1);
  const [first, end] = [offsets[0]!, offsets[to - from]!];
  const width = to > from ? (end - first) / (to - from) : 0;
  if (!(first >= 0 && Number.isInteger(width)) || offsets.some((at, r) => at !== first + r * width)) throw new RangeError("label vectors of different lengths");
  return f64(childOf(column), first, end);
}

function childOf({ child }: StoredColumn): StoredColumn {
  if (child === null) throw new RangeError("a list without elements");
  return child;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Texts, rows [from, to). */
function readTexts(column: StoredColumn, from: number, to: number): (string | null)[] {
  const valid = validity(column);
  const bytes = bufferOf(column, 1);
  const offsets = i32(column, from, to + 1);
  return Array.from({ length: to - from }, (_, i) => (valid(from + i) ? decoder.decode(bytes.subarray(offsets[i]!, offsets[i + 1]!)) : null));
}

/** Codes of a dictionary, rows [from, to). */
function readCodes(column: StoredColumn, texts: readonly string[], from: number, to: number): (string | null)[] {
  const valid = validity(column);
  return Array.from(i32(column, from, to), (code, i) => {
    if (!valid(from + i)) return null;
    if (!(code in texts)) throw new RangeError(`code ${code} of ${texts.length} texts`);
    return texts[code]!;
  });
}

function validity({ validity: bits, length }: StoredColumn): (row: number) => boolean {
  if (bits === null) return () => true;
  inside(bits, Math.ceil(length / 8));
  return (row) => (bits[row >> 3]! & (1 << (row & 7))) !== 0;
}

/** The rows in arrays of their own. */
function copyOf({ rows, label, labels, weight, ids, numbers, pairs, slices, keys }: PackRows): PackRows {
  const each = <T, U>(map: Map<string, T>, copy: (of: T) => U): Map<string, U> => new Map([...map].map(([name, of]) => [name, copy(of)]));
  return {
    rows,
    label: label.slice(),
    labels: labels?.slice() ?? null,
    weight: weight.slice(),
    ids: each(ids, (of) => of.slice()),
    numbers: each(numbers, (of) => of.slice()),
    pairs: each(pairs, (of) => ({ offsets: of.offsets.slice(), ids: of.ids.slice(), values: of.values?.slice() ?? null })),
    slices,
    keys,
  };
}

/** Rows one after another. */
function joined(pieces: readonly PackRows[], layout: PackLayout, slices: readonly string[], want: PackWant): PackRows {
  const f64s = (of: (piece: PackRows) => Float64Array): Float64Array => put(pieces.map(of), (n) => new Float64Array(n));
  const u32s = (of: (piece: PackRows) => Uint32Array): Uint32Array => put(pieces.map(of), (n) => new Uint32Array(n));
  return {
    rows: pieces.reduce((sum, { rows }) => sum + rows, 0),
    label: f64s(({ label }) => label),
    labels: layout.labels !== undefined ? f64s(({ labels }) => labels!) : null,
    weight: f64s(({ weight }) => weight),
    ids: new Map(layout.ids.map((name) => [name, u32s(({ ids }) => ids.get(name)!)])),
    numbers: new Map(layout.numbers.map((name) => [name, f64s(({ numbers }) => numbers.get(name)!)])),
    pairs: new Map(
      layout.pairs.map(({ name, valued }) => [
        name,
        joinedPairs(
          pieces.map(({ pairs }) => pairs.get(name)!),
          valued,
        ),
      ]),
    ),
    slices: new Map(slices.map((field) => [field, pieces.flatMap((piece) => piece.slices.get(field)!)])),
    keys: want.keys === true && layout.key ? pieces.flatMap(({ keys }) => keys!) : null,
  };
}

/** Offsets begin at 0. */
function joinedPairs(pieces: readonly PackPairs[], valued: boolean): PackPairs {
  const offsets = new Int32Array(pieces.reduce((sum, piece) => sum + piece.offsets.length - 1, 1));
  let [row, at] = [0, 0];
  for (const { offsets: own, ids } of pieces) {
    for (let i = 1; i < own.length; i++) offsets[++row] = at + own[i]! - own[0]!;
    at += ids.length;
  }
  const ids = put(
    pieces.map((piece) => piece.ids),
    (n) => new Uint32Array(n),
  );
  return {
    offsets,
    ids,
    values: valued
      ? put(
          pieces.map(({ values }) => values!),
          (n) => new Float64Array(n),
        )
      : null,
  };
}

function put<T extends Float64Array | Uint32Array>(pieces: readonly T[], make: (n: number) => T): T {
  const out = make(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
