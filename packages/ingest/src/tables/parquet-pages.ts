import zlib from "node:zlib";
import { guarded } from "./arrow-messages.js";
import type { ColumnChunk } from "./parquet-footer.js";
import type { SourceFile } from "./source-file.js";
import { damagedTable, tableLimit } from "./table-error.js";
import { numberIn, readThrift, structIn, type ThriftStruct } from "./thrift.js";

/** Bytes of a page at most, compressed and not; and of the pages of a row group that are read at once, compressed. */
const MAX_PAGE = 2 ** 28;
export const MAX_GROUP = 2 ** 29;
/** Numbers of PageType. */
export const KIND = { data: 0, index: 1, dictionary: 2, data2: 3 } as const;
const FIRST_LOOK = 512;
const MAX_HEADER = 2 ** 24;

/** A page of a column chunk, as its header says. */
export interface Page {
  /** See {@link KIND}. */
  readonly kind: number;
  /** Offset in the file of what stands behind the header. */
  readonly at: number;
  /** Bytes in the file, and decompressed. */
  readonly size: number;
  readonly unpacked: number;
  /** Values, nulls too. */
  readonly values: number;
  /** The struct of its kind. */
  readonly header: ThriftStruct;
}

/**
 * Walks over the pages of a column chunk before anything of it is decoded: sizes, counts of values and, where a page has one, its CRC.
 * @throws E_CORRUPT, E_TABLE_LIMIT, E_IO
 */
export function checkPages(file: SourceFile, chunk: ColumnChunk): Page[] {
  const pages: Page[] = [];
  const end = chunk.start + chunk.length;
  const where = `column ${JSON.stringify(chunk.path)}`;
  let values = 0;
  for (let at = chunk.start; at < end && values < chunk.values; ) {
    const { header, length } = readHeader(file, at, end, where);
    const size = numberIn(header, 3) ?? -1;
    const decompressed = numberIn(header, 2) ?? -1;
    if (size < 0 || decompressed < 0 || at + length + size > end)
      throw damagedTable(file.path, `${where}: the page at byte ${at} is said to have ${size} bytes, ${decompressed} once decompressed`);
    if (decompressed > MAX_PAGE)
      throw tableLimit(file.path, `${where}: a page of ${decompressed} bytes at byte ${at}; at most ${MAX_PAGE} are read: write smaller pages`);
    const crc = numberIn(header, 4);
    if (crc !== undefined && crc32(file.read(at + length, size)) !== (crc | 0))
      throw damagedTable(file.path, `${where}: the page at byte ${at} does not have its CRC`);
    const kind = numberIn(header, 1);
    const own = structIn(header, kind === KIND.data2 ? 8 : kind === KIND.dictionary ? 7 : 5) ?? new Map();
    const n = numberIn(own, 1) ?? -1;
    pages.push({ kind: kind ?? -1, at: at + length, size, unpacked: decompressed, values: n, header: own });
    if (kind === KIND.data || kind === KIND.data2) {
      if (n < 0) throw damagedTable(file.path, `${where}: the page at byte ${at} has ${n} values`);
      values += n;
    }
    at += length + size;
  }
  if (values !== chunk.values) throw damagedTable(file.path, `${where}: its pages hold ${values} values, the footer says ${chunk.values}`);
  return pages;
}

function readHeader(file: SourceFile, at: number, end: number, where: string): { header: ThriftStruct; length: number } {
  for (let look = FIRST_LOOK; ; look *= 8) {
    const bytes = file.read(at, Math.min(look, end - at));
    try {
      const { value, end: length } = readThrift(bytes);
      return { header: value, length };
    } catch (thrown) {
      if (bytes.length < end - at && look < MAX_HEADER) continue;
      return guarded(file, `${where}: the page header at byte ${at}`, () => {
        throw thrown;
      });
    }
  }
}

function crc32(bytes: Uint8Array): number {
  return zlib.crc32(bytes) | 0;
}
