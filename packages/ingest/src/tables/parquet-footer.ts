import { guarded } from "./arrow-messages.js";
import { type FlatField, flatFields } from "./parquet-flat.js";
import type { SourceFile } from "./source-file.js";
import { damagedTable, unsupportedTable } from "./table-error.js";
import { numberIn, readThrift, structIn, structsIn, type ThriftStruct, textIn } from "./thrift.js";

/** Pages of one leaf column in one row group. */
export interface ColumnChunk {
  /** Name of the top-level field it belongs to. */
  readonly field: string;
  /** The leaf, for people: `items.list.element`. */
  readonly path: string;
  /** Bytes [start, start + length) of the file. */
  readonly start: number;
  readonly length: number;
  /** Values, nulls too; of a field without lists as many as rows. */
  readonly values: number;
  /** Number of CompressionCodec. */
  readonly codec: number;
}

export interface RowGroup {
  readonly rows: number;
  /** As the file says: of all pages, decompressed. */
  readonly bytes: number;
  readonly chunks: readonly ColumnChunk[];
}

export interface ParquetLayout {
  readonly fields: readonly string[];
  readonly groups: readonly RowGroup[];
  /** Fields whose pages can be read without the general decoder, by name. */
  readonly flat: ReadonlyMap<string, FlatField>;
}

const MAX_DEPTH = 32;

/**
 * Reads a Parquet file's footer and checks it against the file and itself.
 * Format: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 * @throws E_CORRUPT; E_TABLE_TYPE for encrypted files and for columns in other files
 */
export function readParquetLayout(file: SourceFile): ParquetLayout {
  const magic = (at: number): string => Buffer.from(file.read(at, 4)).toString("latin1");
  if (file.size < 12) throw damagedTable(file.path, `${file.size} bytes are no Parquet file`);
  if (magic(0) === "PARE" || magic(file.size - 4) === "PARE") throw unsupportedTable(file.path, "it is encrypted; decrypt it first");
  if (magic(0) !== "PAR1") throw damagedTable(file.path, 'it does not begin with "PAR1"; is it a Parquet file?');
  if (magic(file.size - 4) !== "PAR1") throw damagedTable(file.path, 'it does not end with "PAR1": it is cut short');
  const length = new DataView(file.read(file.size - 8, 4).buffer).getUint32(0, true);
  const start = file.size - 8 - length;
  if (start < 4) throw damagedTable(file.path, `its footer is said to have ${length} bytes`);
  return guarded(file, "its footer", () => layoutOf(file, readThrift(file.read(start, length)).value, start));
}

function layoutOf(file: SourceFile, footer: ThriftStruct, end: number): ParquetLayout {
  if (footer.has(8)) throw unsupportedTable(file.path, "it is encrypted; decrypt it first");
  const elements = structsIn(footer, 2);
  const { fields, leaves } = readSchema(elements);
  const groups = structsIn(footer, 4).map((group, i): RowGroup => {
    const rows = count(numberIn(group, 3), `rows of row group ${i}`);
    const columns = structsIn(group, 1);
    if (columns.length !== leaves.length) throw new RangeError(`row group ${i} has ${columns.length} columns, the schema ${leaves.length}`);
    const chunks = columns.map((column, c) => readChunk(file, column, leaves[c]!, rows, end));
    return { rows, bytes: count(numberIn(group, 2), `bytes of row group ${i}`), chunks };
  });
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  if (rows !== numberIn(footer, 3)) throw new RangeError(`it says ${numberIn(footer, 3)} rows, its row groups have ${rows}`);
  return { fields, groups, flat: flatFields(elements, structsIn(footer, 5)) };
}

function readChunk(file: SourceFile, column: ThriftStruct, leaf: Leaf, rows: number, end: number): ColumnChunk {
  const meta = structIn(column, 3);
  if (column.has(8)) throw unsupportedTable(file.path, `column ${JSON.stringify(leaf.path)} is encrypted; decrypt it first`);
  if (column.has(1)) throw unsupportedTable(file.path, `column ${JSON.stringify(leaf.path)} lies in another file, ${JSON.stringify(textIn(column, 1))}`);
  if (meta === undefined) throw new RangeError(`column ${JSON.stringify(leaf.path)} has no metadata`);
  const values = count(numberIn(meta, 5), `values of column ${JSON.stringify(leaf.path)}`);
  if (!leaf.repeated && values !== rows) throw new RangeError(`column ${JSON.stringify(leaf.path)} has ${values} values in ${rows} rows`);
  const length = count(numberIn(meta, 7), `bytes of column ${JSON.stringify(leaf.path)}`);
  const data = count(numberIn(meta, 9), "the offset of a column");
  const dictionary = numberIn(meta, 11) ?? 0;
  const start = dictionary > 0 && dictionary < data ? dictionary : data;
  if (values > 0 && (start < 4 || start + length > end))
    throw new RangeError(`column ${JSON.stringify(leaf.path)} lies at bytes [${start}, ${start + length}) of a file of ${file.size}`);
  return { field: leaf.field, path: leaf.path, start, length, values, codec: numberIn(meta, 4) ?? -1 };
}

function count(n: number | undefined, what: string): number {
  if (n === undefined || !(n >= 0 && n <= Number.MAX_SAFE_INTEGER)) throw new RangeError(`${what}: ${n}`);
  return n;
}

interface Leaf {
  readonly field: string;
  readonly path: string;
  readonly repeated: boolean;
}

/** Top-level fields and leaves of the schema, which is a tree in depth-first order. */
function readSchema(elements: readonly ThriftStruct[]): { fields: string[]; leaves: Leaf[] } {
  const leaves: Leaf[] = [];
  const fields: string[] = [];
  let next = 1;
  const walk = (field: string | null, path: string, repeated: boolean, depth: number): void => {
    const element = elements[next++];
    if (element === undefined) throw new RangeError("its schema ends in the middle");
    if (depth > MAX_DEPTH) throw new RangeError(`its fields are nested more than ${MAX_DEPTH} deep`);
    const name = textIn(element, 4);
    const children = numberIn(element, 5) ?? 0;
    const top = field ?? name;
    if (field === null) fields.push(name);
    const here = { field: top, path: path === "" ? name : `${path}.${name}`, repeated: repeated || numberIn(element, 3) === 2 };
    if (element.has(1)) leaves.push(here);
    else for (let i = 0; i < children; i++) walk(top, here.path, here.repeated, depth + 1);
  };
  const root = elements[0];
  if (root === undefined) throw new RangeError("it has no schema");
  for (let i = numberIn(root, 5) ?? 0; i > 0; i--) walk(null, "", false, 0);
  if (next !== elements.length) throw new RangeError(`its schema has ${elements.length} elements, ${next} of them in the tree`);
  return { fields, leaves };
}
