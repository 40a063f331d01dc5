import { type FlatField, type FlatFields, flatBytes } from "./flat-builder.js";

/** The types that packs use. A dictionary has int32 codes and texts. */
export type ArrowType = "float64" | "uint32" | "text" | { readonly dictionary: number } | { readonly list: ArrowField };

export interface ArrowField {
  readonly name: string;
  readonly type: ArrowType;
  readonly nullable: boolean;
}

export interface ArrowSchema {
  readonly fields: readonly ArrowField[];
  readonly metadata: readonly (readonly [key: string, value: string])[];
}

/** Values of one field: of a column its rows, of a list's child all elements. */
export interface ArrowColumn {
  readonly length: number;
  readonly nulls: number;
  /** Bit of row i: bit i % 8 of byte floor(i / 8), 1 where there is a value; null: where there are no nulls. */
  readonly validity: Uint8Array | null;
  /** What the type has behind the validity: values; offsets i32[length + 1]; or offsets and the texts' bytes. */
  readonly buffers: readonly ArrayBufferView[];
  /** Of a list. */
  readonly child?: ArrowColumn;
}

/** Where a message lies in a file: bytes of its head (prefix and padding too) and of its body. */
export interface ArrowBlock {
  readonly at: number;
  readonly head: number;
  readonly body: number;
}

/** Metadata version V5. */
const VERSION = { i16: 4 };
const HEADERS = { schema: 1, dictionary: 2, batch: 3 } as const;

/** Flatbuffers of Message.fbs, Schema.fbs and File.fbs: https://github.com/apache/arrow/tree/main/format */
export function schemaMessage(schema: ArrowSchema): Uint8Array {
  return message("schema", schemaTable(schema), 0);
}

/** @param buffers [offset, length] in the body, of all columns in depth-first order; as do the nodes [length, nulls] */
export function batchMessage(rows: number, nodes: readonly Pair[], buffers: readonly Pair[], body: number): Uint8Array {
  return message("batch", batchTable(rows, nodes, buffers), body);
}

export function dictionaryMessage(id: number, rows: number, nodes: readonly Pair[], buffers: readonly Pair[], body: number): Uint8Array {
  return message("dictionary", [{ i64: id }, { table: batchTable(rows, nodes, buffers) }], body);
}

export function footerBytes(schema: ArrowSchema, dictionaries: readonly ArrowBlock[], batches: readonly ArrowBlock[]): Uint8Array {
  return flatBytes([VERSION, { table: schemaTable(schema) }, blocks(dictionaries), blocks(batches)]);
}

type Pair = readonly [number, number];

function message(kind: keyof typeof HEADERS, header: FlatFields, body: number): Uint8Array {
  return flatBytes([VERSION, { u8: HEADERS[kind] }, { table: header }, { i64: body }]);
}

function batchTable(rows: number, nodes: readonly Pair[], buffers: readonly Pair[]): FlatFields {
  return [{ i64: rows }, pairs(nodes), pairs(buffers)];
}

function pairs(of: readonly Pair[]): FlatField {
  return { structs: new Uint8Array(BigInt64Array.from(of.flat(), BigInt).buffer), width: 16 };
}

function blocks(of: readonly ArrowBlock[]): FlatField {
  return { structs: new Uint8Array(BigInt64Array.from(of.flatMap(({ at, head, body }) => [at, head, body]).map(BigInt)).buffer), width: 24 };
}

/** Little-endian is the default. */
function schemaTable({ fields, metadata }: ArrowSchema): FlatFields {
  return [null, { tables: fields.map(fieldTable) }, { tables: metadata.map(([key, value]) => [{ text: key }, { text: value }]) }];
}

function fieldTable({ name, type, nullable }: ArrowField): FlatFields {
  const children = typeof type === "object" && "list" in type ? [type.list] : [];
  const dictionary: FlatField = typeof type === "object" && "dictionary" in type ? { table: [{ i64: type.dictionary }, { table: integer(true) }] } : null;
  const [kind, table] = typeTable(type);
  return [{ text: name }, { u8: nullable ? 1 : 0 }, { u8: kind }, { table }, dictionary, { tables: children.map(fieldTable) }];
}

/** Of a dictionary, the type of its values. */
function typeTable(type: ArrowType): [number, FlatFields] {
  if (type === "uint32") return [2, integer(false)];
  if (type === "float64") return [3, [{ i16: 2 }]];
  if (type === "text" || "dictionary" in type) return [5, []];
  return [12, []];
}

function integer(signed: boolean): FlatFields {
  return [{ i32: 32 }, { u8: signed ? 1 : 0 }];
}
