import { readArrowSchema } from "./arrow-schema.js";
import type { ColumnField } from "./column-data.js";
import { FlatTable } from "./flatbuffer.js";
import type { SourceFile } from "./source-file.js";
import { damagedTable, unsupportedTable } from "./table-error.js";

/** Bytes of a message's metadata at most. */
const MAX_METADATA = 2 ** 26;
/** Offset of the first message of a file. */
const FIRST = 8;
const CONTINUES = 0xffffffff;
const KINDS: ReadonlyMap<number, "schema" | "dictionary" | "batch"> = new Map([
  [1, "schema"],
  [2, "dictionary"],
  [3, "batch"],
]);

/** A dictionary or record batch in the file. */
export interface ArrowMessage {
  readonly kind: "dictionary" | "batch";
  /** Offset and bytes of its flatbuffer. */
  readonly at: number;
  readonly metadata: number;
  /** Bytes of its body, which follows. */
  readonly body: number;
  /** Rows (of a dictionary: values). */
  readonly rows: number;
}

export interface ArrowLayout {
  readonly fields: readonly ColumnField[];
  /** In the order in which they are to be read. */
  readonly messages: readonly ArrowMessage[];
}

/**
 * What an Arrow file or stream is made of: only the headers of its messages are read. A stream is walked from its beginning to its end mark; of a file the footer says
 * where everything is, dictionaries before or behind what uses them.
 * Format: https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
 * @throws E_CORRUPT for anything that does not fit, also a stream without its end mark or with bytes behind it; E_TABLE_TYPE for tensors
 */
export function readArrowLayout(file: SourceFile, stream: boolean): ArrowLayout {
  return stream ? readStream(file) : readFooter(file);
}

function readFooter(file: SourceFile): ArrowLayout {
  const magic = (at: number): boolean => Buffer.from(file.read(at, 6)).toString("latin1") === "ARROW1";
  if (file.size < 20 || !magic(0))
    throw damagedTable(file.path, 'it does not begin with "ARROW1"; is it an Arrow file? For a stream set data.format to "arrow-stream"');
  if (!magic(file.size - 6)) throw damagedTable(file.path, 'it does not end with "ARROW1": it is cut short');
  const length = new DataView(file.read(file.size - 10, 4).buffer).getInt32(0, true);
  const end = file.size - 10 - length;
  if (length <= 0 || end < FIRST || length > MAX_METADATA) throw damagedTable(file.path, `its footer is said to have ${length} bytes`);
  const { fields, blocks } = guarded(file, "its footer", () => {
    const footer = FlatTable.root(file.read(end, length));
    const schema = footer.table(1);
    if (schema === null) throw new RangeError("it has no schema");
    return { fields: readArrowSchema(schema), blocks: [...blocksOf(footer, 2, "dictionary"), ...blocksOf(footer, 3, "batch")] };
  });
  let at = FIRST;
  for (const block of [...blocks].sort((a, b) => a.at - b.at)) {
    if (block.at < at) throw damagedTable(file.path, `its footer speaks of blocks that overlap at byte ${block.at}`);
    checkGap(file, at, block.at);
    at = block.at + block.length;
  }
  if (at > end) throw damagedTable(file.path, `its footer speaks of bytes up to ${at}, there are ${end}`);
  checkGap(file, at, end);
  const messages = blocks.map((block): ArrowMessage => {
    const message = readMessage(file, block.at, end);
    if (message.kind !== block.kind) throw damagedTable(file.path, `at byte ${block.at} the footer speaks of a ${block.kind}, there is a ${message.kind}`);
    if (message.end - block.at > block.length)
      throw damagedTable(file.path, `at byte ${block.at}: a message of ${message.end - block.at} bytes, the footer says ${block.length}`);
    return { kind: block.kind, at: message.at, metadata: message.metadata, body: message.body, rows: message.rows };
  });
  return { fields, messages };
}

/** Between blocks may stand a schema, an end mark and zeros: a batch that the footer does not list would be lost silently. */
function checkGap(file: SourceFile, from: number, to: number): void {
  for (let at = from; at < to; ) {
    const bytes = file.read(at, Math.min(8, to - at));
    if (bytes.every((byte) => byte === 0)) {
      at += bytes.length;
      continue;
    }
    const message = readMessage(file, at, to);
    if (message.kind !== "schema" && message.kind !== "end") throw damagedTable(file.path, `at byte ${at} is a ${message.kind} that its footer does not list`);
    at = message.end;
  }
}

function* blocksOf(footer: FlatTable, slot: number, kind: ArrowMessage["kind"]): Generator<{ kind: ArrowMessage["kind"]; at: number; length: number }> {
  const { bytes, count } = footer.structs(slot, 24);
  for (let i = 0; i < count; i++) {
    const at = Number(bytes.getBigInt64(24 * i, true));
    const length = bytes.getInt32(24 * i + 8, true) + Number(bytes.getBigInt64(24 * i + 16, true));
    if (!(at >= FIRST && length > 0)) throw new RangeError(`a block of ${length} bytes at byte ${at}`);
    yield { kind, at, length };
  }
}

function readStream(file: SourceFile): ArrowLayout {
  let fields: readonly ColumnField[] | null = null;
  const messages: ArrowMessage[] = [];
  for (let at = 0; ; ) {
    const message = readMessage(file, at, file.size);
    at = message.end;
    if (message.kind === "end") {
      if (fields === null) throw damagedTable(file.path, "it has no schema");
      if (at !== file.size) throw damagedTable(file.path, `${file.size - at} bytes follow the end of the stream`);
      return { fields, messages };
    }
    if (message.kind === "schema") {
      if (fields !== null) throw damagedTable(file.path, `at byte ${message.at}: a second schema`);
      fields = message.fields;
    } else {
      if (fields === null) throw damagedTable(file.path, `at byte ${message.at}: a batch before the schema`);
      messages.push({ kind: message.kind, at: message.at, metadata: message.metadata, body: message.body, rows: message.rows });
    }
  }
}

interface Message {
  readonly kind: "schema" | "dictionary" | "batch" | "end";
  readonly fields: readonly ColumnField[] | null;
  readonly at: number;
  readonly metadata: number;
  readonly body: number;
  readonly rows: number;
  /** Offset behind it. */
  readonly end: number;
}

/** The message at byte `from`; everything of it lies before `to`. */
function readMessage(file: SourceFile, from: number, to: number): Message {
  const { start: at, length: metadata } = readPrefix(file, from, to);
  if (metadata === 0) return { kind: "end", fields: null, at, metadata, body: 0, rows: 0, end: at };
  if (metadata > MAX_METADATA || at + metadata > to) throw damagedTable(file.path, `at byte ${from}: a message's metadata are said to have ${metadata} bytes`);
  const { kind, fields, body, rows } = guarded(file, `the message at byte ${from}`, () => {
    const table = FlatTable.root(file.read(at, metadata));
    const header = table.table(2);
    if (header === null) throw new RangeError("it has no header");
    const kind = KINDS.get(table.u8(1));
    if (kind === undefined) throw unsupportedTable(file.path, `at byte ${from} is a message of kind ${table.u8(1)} (a tensor?); only tables are read`);
    const batch = kind === "dictionary" ? header.table(1) : header;
    return { kind, fields: kind === "schema" ? readArrowSchema(header) : null, body: table.i64(3), rows: kind === "schema" ? 0 : (batch?.i64(0) ?? 0) };
  });
  const end = at + metadata + body;
  if (!(body >= 0 && end <= to)) throw damagedTable(file.path, `at byte ${from}: a body of ${body} bytes does not fit the file of ${file.size}`);
  if (!(rows >= 0)) throw damagedTable(file.path, `at byte ${from}: ${rows} rows`);
  return { kind, fields, at, metadata, body, rows, end };
}

/** Where metadata begin, and their bytes; 0: the end mark. */
function readPrefix(file: SourceFile, at: number, to: number): { start: number; length: number } {
  if (at + 4 > to) throw damagedTable(file.path, "it ends without the mark of its end: it is cut short");
  const first = new DataView(file.read(at, 4).buffer).getUint32(0, true);
  if (first !== CONTINUES) return { start: at + 4, length: first };
  if (at + 8 > to) throw damagedTable(file.path, "it ends without the mark of its end: it is cut short");
  return { start: at + 8, length: new DataView(file.read(at + 4, 4).buffer).getUint32(0, true) };
}

/** Errors of reading foreign metadata, with the file's name. */
export function guarded<T>(file: { readonly path: string }, what: string, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof RangeError || thrown instanceof TypeError) throw damagedTable(file.path, `${what} cannot be read: ${thrown.message}`);
    throw thrown;
  }
}
