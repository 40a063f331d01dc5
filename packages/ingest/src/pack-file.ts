import fs from "node:fs";
import { CrossbillError } from "@crossbill/messages";
import { ioError, readRangeSync } from "@crossbill/storage";
import { FlatTable } from "./tables/flatbuffer.js";

/** Bytes that are read of a file's end at once; nearly all footers are shorter. */
const TAIL = 2 ** 16;
const MAGIC = "ARROW1";
/** The magic, a footer's length and the magic once more. */
const LEAST = 8 + 4 + MAGIC.length;
/** Numbers of Schema.fbs. */
const LIST = 12;
const TEXT = 5;

/** A column of a pack as its schema has it. */
export interface PackField {
  readonly name: string;
  /** Arrow's number of the type; of a dictionary of its values. */
  readonly type: number;
  /** Number of its dictionary; null: it has none. */
  readonly dictionary: number | null;
  /** Of a list. */
  readonly child: PackField | null;
}

/** Rows of a column, as views of the file's bytes. */
export interface StoredColumn {
  readonly length: number;
  /** Bit of row i: bit i % 8 of byte floor(i / 8); null: nothing is missing. */
  readonly validity: Uint8Array | null;
  /** Values; offsets; or offsets and the texts' bytes. */
  readonly buffers: readonly Uint8Array[];
  /** Of a list. */
  readonly child: StoredColumn | null;
}

export interface StoredBatch {
  readonly rows: number;
  readonly columns: readonly StoredColumn[];
}

interface Block {
  readonly at: number;
  readonly head: number;
  readonly body: number;
}

/**
 * An Arrow IPC file of the kinds that `ArrowFile` writes, one record batch in memory at a time. The file is opened for every read, so there is nothing to close; the thread
 * waits for what it reads.
 * Whatever the bytes are, nothing outside of them is read.
 */
export class PackFile {
  readonly path: string;
  readonly fields: readonly PackField[];
  readonly metadata: ReadonlyMap<string, string>;
  readonly batches: number;
  readonly #size: number;
  readonly #batches: readonly Block[];
  readonly #dictionaries: readonly Block[];
  #room: Uint8Array;

  private constructor(path: string, size: number, footer: FlatTable, room: Uint8Array) {
    const schema = footer.table(1);
    if (schema === null) throw new RangeError("its footer has no schema");
    this.path = path;
    this.fields = schema.tables(1).map(fieldOf);
    this.metadata = new Map(schema.tables(2).map((pair) => [pair.text(0) ?? "", pair.text(1) ?? ""]));
    this.#size = size;
    this.#dictionaries = blocksOf(footer, 2);
    this.#batches = blocksOf(footer, 3);
    this.batches = this.#batches.length;
    this.#room = room;
  }

  /** @param room is used while it suffices. @throws E_PACK, E_NOT_FOUND, E_IO */
  static async open(path: string, room: Uint8Array = new Uint8Array(0)): Promise<PackFile> {
    return readable(path, () => {
      const size = sizeOf(path);
      if (size < LEAST) throw new RangeError(`it has ${size} bytes`);
      let tail = readRangeSync(path, Math.max(0, size - TAIL), Math.min(size, TAIL));
      if (Buffer.from(tail.subarray(-MAGIC.length)).toString("latin1") !== MAGIC) throw new RangeError(`it does not end with ${MAGIC}`);
      const length = new DataView(tail.buffer, tail.byteOffset).getInt32(tail.length - MAGIC.length - 4, true);
      const from = size - MAGIC.length - 4 - length;
      if (length <= 0 || from < 8) throw new RangeError(`its footer is said to have ${length} bytes`);
      if (length > tail.length - MAGIC.length - 4) tail = readRangeSync(path, from, size - from);
      const end = tail.length - MAGIC.length - 4;
      return new PackFile(path, size, FlatTable.root(tail.subarray(end - length, end)), room);
    });
  }

  /** Rows of batch i, by its head alone. @throws E_PACK, E_CORRUPT, E_IO */
  async rowsOf(i: number): Promise<number> {
    return readable(this.path, () => {
      const { at, head } = this.#inside(this.#batches[i]!);
      return tableOf(readRangeSync(this.path, at, head), head).i64(0);
    });
  }

  /** Batch i; valid until the next read. @throws E_PACK, E_CORRUPT, E_IO */
  async batch(i: number): Promise<StoredBatch> {
    return readable(this.path, () => {
      const { bytes, head } = this.#read(this.#batches[i]!);
      return columnsOf(tableOf(bytes, head), bytes.subarray(head), this.fields);
    });
  }

  /** The texts of dictionary `id`; valid until the next read. @throws E_PACK, E_CORRUPT, E_IO */
  async dictionary(id: number): Promise<StoredColumn> {
    return readable(this.path, () => {
      for (const block of this.#dictionaries) {
        const { bytes, head } = this.#read(block);
        const table = tableOf(bytes, head);
        const data = table.table(1);
        if (table.i64(0) !== id || data === null) continue;
        return columnsOf(data, bytes.subarray(head), [{ name: "", type: TEXT, dictionary: null, child: null }]).columns[0]!;
      }
      throw new RangeError(`it has no dictionary ${id}`);
    });
  }

  #read(block: Block): { bytes: Uint8Array; head: number } {
    const { at, head, body } = this.#inside(block);
    if (this.#room.length < head + body) this.#room = new Uint8Array(head + body);
    return { bytes: readRangeSync(this.path, at, head + body, this.#room), head };
  }

  #inside(block: Block): Block {
    const { at, head, body } = block;
    if (!(at >= 8 && head >= 12 && body >= 0 && at + head + body <= this.#size)) throw new RangeError(`a block of ${head} + ${body} bytes at byte ${at}`);
    return block;
  }
}

function sizeOf(path: string): number {
  try {
    return fs.statSync(path).size;
  } catch (thrown) {
    throw ioError(thrown, "read", path);
  }
}

/** What `read` gives; offsets that lead nowhere are E_PACK. */
async function readable<T>(path: string, read: () => T): Promise<T> {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof CrossbillError) throw cause;
    throw new CrossbillError("E_PACK", `${path}: not a readable pack (${cause instanceof Error ? cause.message : String(cause)})`, {
      cause,
      details: { path },
    });
  }
}

function fieldOf(table: FlatTable): PackField {
  const children = table.u8(2) === LIST ? table.tables(5) : [];
  return {
    name: table.text(0) ?? "",
    type: table.u8(2),
    dictionary: table.table(4)?.i64(0) ?? null,
    child: children.length === 1 ? fieldOf(children[0]!) : null,
  };
}

function blocksOf(footer: FlatTable, slot: number): Block[] {
  const { bytes, count } = footer.structs(slot, 24);
  const number = (i: number, at: number): number => Number(bytes.getBigInt64(24 * i + at, true));
  return Array.from({ length: count }, (_, i) => ({ at: number(i, 0), head: bytes.getInt32(24 * i + 8, true), body: number(i, 16) }));
}

/** The header (of a record batch or dictionary) in a message whose head, prefix and all, has `head` bytes. */
function tableOf(bytes: Uint8Array, head: number): FlatTable {
  const header = FlatTable.root(bytes.subarray(8, head)).table(2);
  if (header === null) throw new RangeError("a message without header");
  return header;
}

/** Columns of a record batch over its body. */
function columnsOf(batch: FlatTable, body: Uint8Array, fields: readonly PackField[]): StoredBatch {
  const nodes = batch.structs(1, 16);
  const spans = batch.structs(2, 16);
  let [node, span] = [0, 0];
  const buffer = (): Uint8Array => {
    const [at, length] = [Number(spans.bytes.getBigInt64(16 * span, true)), Number(spans.bytes.getBigInt64(16 * span + 8, true))];
    span++;
    if (!(at >= 0 && length >= 0 && at + length <= body.length)) throw new RangeError(`a buffer of ${length} bytes at ${at} of ${body.length}`);
    return body.subarray(at, at + length);
  };
  const visit = ({ type, dictionary, child }: PackField): StoredColumn => {
    const [length, nulls] = [Number(nodes.bytes.getBigInt64(16 * node, true)), Number(nodes.bytes.getBigInt64(16 * node + 8, true))];
    node++;
    const validity = buffer();
    const buffers = type === TEXT && dictionary === null ? [buffer(), buffer()] : [buffer()];
    return { length, validity: nulls > 0 ? validity : null, buffers, child: child === null ? null : visit(child) };
  };
  return { rows: batch.i64(0), columns: fields.map(visit) };
}
