import { type ArrowBlock, type ArrowColumn, type ArrowSchema, batchMessage, dictionaryMessage, footerBytes, schemaMessage } from "./arrow-metadata.js";

/** The magic, filled up to 8 bytes. */
const MAGIC = Buffer.from("ARROW1\0\0", "latin1");
const CONTINUES = 0xffffffff;

/** Buffers of files that are done, for the next ones of this thread: making them anew for each file costs as much as filling them. */
const spare: Uint8Array[] = [];
/** Buffers that are kept, and their bytes at most. */
const SPARE = 8;
const SPARE_BYTES = 2 ** 22;

/**
 * The bytes of an Arrow IPC file, piece by piece: `begin`, a `batch` for some rows after the other, dictionaries, `end`. What is written is not kept, so that memory is
 * that of two batches. Dictionaries may come behind the batches with their codes: of a file, the footer says where they are. A piece is valid until the next but one is made: it can be written while the next one is.
 * Bodies are little-endian and uncompressed, buffers begin at multiples of 8 of the file. Equal columns give equal bytes.
 * Format: https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format
 */
export class ArrowFile {
  readonly #schema: ArrowSchema;
  readonly #batches: ArrowBlock[] = [];
  readonly #dictionaries: ArrowBlock[] = [];
  #at = 0;
  /** By turns. */
  #out = spare.pop() ?? new Uint8Array(0);
  #other = spare.pop() ?? new Uint8Array(0);

  constructor(schema: ArrowSchema) {
    this.#schema = schema;
  }

  begin(): Uint8Array {
    const head = schemaMessage(this.#schema);
    const out = this.#room(MAGIC.length + 8 + head.length);
    out.set(MAGIC);
    place(out, MAGIC.length, head);
    return out;
  }

  /** Columns are of the schema's fields, in their order. */
  batch(rows: number, columns: readonly ArrowColumn[]): Uint8Array {
    const { nodes, buffers, spans, bytes } = layOut(columns);
    return this.#message(this.#batches, batchMessage(rows, nodes, spans, bytes), buffers, spans, bytes);
  }

  /** The texts of a dictionary, by code; once for each. */
  dictionary(id: number, texts: ArrowColumn): Uint8Array {
    const { nodes, buffers, spans, bytes } = layOut([texts]);
    return this.#message(this.#dictionaries, dictionaryMessage(id, texts.length, nodes, spans, bytes), buffers, spans, bytes);
  }

  /** The stream's end mark and the footer. */
  end(): Uint8Array {
    const footer = footerBytes(this.#schema, this.#dictionaries, this.#batches);
    const out = this.#room(8 + footer.length + 10);
    const view = new DataView(out.buffer);
    view.setUint32(0, CONTINUES, true);
    view.setUint32(4, 0, true);
    out.set(footer, 8);
    view.setInt32(8 + footer.length, footer.length, true);
    out.set(MAGIC.subarray(0, 6), 12 + footer.length);
    return out;
  }

  /** Gives the buffers back, once no piece is being written any more. */
  release(): void {
    for (const buffer of [this.#out, this.#other]) if (buffer.length > 0 && buffer.length <= SPARE_BYTES && spare.length < SPARE) spare.push(buffer);
    this.#out = new Uint8Array(0);
    this.#other = new Uint8Array(0);
  }

  #message(list: ArrowBlock[], head: Uint8Array, buffers: readonly Uint8Array[], spans: readonly Span[], bytes: number): Uint8Array {
    list.push({ at: this.#at, head: 8 + head.length, body: bytes });
    const out = this.#room(8 + head.length + bytes);
    place(out, 0, head);
    const body = out.subarray(8 + head.length);
    for (const [i, buffer] of buffers.entries()) {
      const [at, length] = spans[i]!;
      body.set(buffer, at);
      body.fill(0, at + length, padded(at + length));
    }
    return out;
  }

  /** The next bytes of the file. */
  #room(bytes: number): Uint8Array {
    this.#at += bytes;
    [this.#out, this.#other] = [this.#other, this.#out];
    // With room to spare: batches are of about the same size, and one a little larger than all before would need new bytes each time.
    if (this.#out.length < bytes) this.#out = new Uint8Array(Math.ceil(bytes * 1.25));
    return this.#out.subarray(0, bytes);
  }
}

/** Offset and bytes of a buffer in the body. */
type Span = readonly [number, number];

function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

function place(out: Uint8Array, at: number, head: Uint8Array): void {
  const view = new DataView(out.buffer, at);
  view.setUint32(0, CONTINUES, true);
  view.setInt32(4, head.length, true);
  out.set(head, at + 8);
}

/** Nodes [length, nulls] and buffers of columns, depth-first, and where in the body of so many bytes the buffers go. */
function layOut(columns: readonly ArrowColumn[]): { nodes: [number, number][]; buffers: Uint8Array[]; spans: Span[]; bytes: number } {
  const nodes: [number, number][] = [];
  const buffers: Uint8Array[] = [];
  const visit = ({ length, nulls, validity, buffers: own, child }: ArrowColumn): void => {
    nodes.push([length, nulls]);
    for (const view of [validity ?? new Uint8Array(0), ...own]) buffers.push(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
    if (child !== undefined) visit(child);
  };
  for (const column of columns) visit(column);
  const spans: Span[] = [];
  let bytes = 0;
  for (const { length } of buffers) {
    spans.push([bytes, length]);
    bytes += padded(length);
  }
  return { nodes, buffers, spans, bytes };
}
