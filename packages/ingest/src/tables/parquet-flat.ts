import { readArrowSchema } from "./arrow-schema.js";
import type { ColumnField, ColumnType } from "./column-data.js";
import { FlatTable } from "./flatbuffer.js";
import { numberIn, structIn, type ThriftStruct, textIn } from "./thrift.js";

/** A field whose values are not nested, of a type that needs no conversion: numbers, or bytes that are taken for text. */
export interface FlatField {
  readonly field: ColumnField;
  /** There may be nulls. */
  readonly optional: boolean;
}

/** Numbers of Type, of ConvertedType, and of members of the union LogicalType. */
const PHYSICAL = { int32: 1, int64: 2, float: 4, double: 5, bytes: 6 } as const;
const CONVERTED = { utf8: 0, int32: 17, int64: 18 } as const;
const LOGICAL = { string: 1, integer: 10 } as const;
const REPEATED = 2;
/** Where a writer keeps the schema that it had, which says more than Parquet's. */
const ARROW_SCHEMA = "ARROW:schema";

/**
 * The top-level fields that are flat, by name: those of which the general decoder would give the same values, by Parquet's schema and by the Arrow schema that may be with it.
 * @param elements of Parquet's schema, the root first; a tree @param metadata of the file, keys and values
 * @throws RangeError, TypeError where it cannot be read
 */
export function flatFields(elements: readonly ThriftStruct[], metadata: readonly ThriftStruct[]): Map<string, FlatField> {
  const flat = new Map<string, FlatField>();
  const hints = hintsOf(metadata);
  // An Arrow schema that does not fit is the general decoder's to refuse.
  if (hints === null) return flat;
  let next = 1;
  for (let i = 0; i < (numberIn(elements[0]!, 5) ?? 0); i++) {
    const element = elements[next]!;
    next = behind(elements, next);
    const type = element.has(1) ? flatType(element) : null;
    const repetition = numberIn(element, 3);
    const name = textIn(element, 4);
    if (type === null || repetition === REPEATED || !fits(type, hints.get(name))) continue;
    flat.set(name, { field: { name, type, children: [], dictionary: null }, optional: repetition !== 0 });
  }
  return flat;
}

/** Index behind the element and all that is below it. */
function behind(elements: readonly ThriftStruct[], at: number): number {
  let next = at + 1;
  if (!elements[at]!.has(1)) for (let i = numberIn(elements[at]!, 5) ?? 0; i > 0; i--) next = behind(elements, next);
  return next;
}

/** null: not of a flat type. */
function flatType(element: ThriftStruct): ColumnType | null {
  const converted = numberIn(element, 6);
  const logical = structIn(element, 10);
  const plain = converted === undefined && logical === undefined;
  const integer = (bits: 32 | 64): ColumnType | null => {
    const own = logical === undefined ? null : structIn(logical, LOGICAL.integer);
    const signed = own === null || (own !== undefined && numberIn(own, 1) === bits && own.get(2) === true);
    const same = converted === undefined || converted === (bits === 32 ? CONVERTED.int32 : CONVERTED.int64);
    return signed && same ? { kind: "int", bits, signed: true } : null;
  };
  switch (numberIn(element, 1)) {
    case PHYSICAL.int32:
      return integer(32);
    case PHYSICAL.int64:
      return integer(64);
    case PHYSICAL.float:
      return plain ? { kind: "float", bits: 32 } : null;
    case PHYSICAL.double:
      return plain ? { kind: "float", bits: 64 } : null;
    case PHYSICAL.bytes: {
      const text = (logical === undefined || logical.has(LOGICAL.string)) && (converted === undefined || converted === CONVERTED.utf8);
      return text ? { kind: plain ? "bytes" : "text", large: false } : null;
    }
    default:
      return null;
  }
}

/** Types of the fields by the Arrow schema; empty: there is none; null: one that cannot be read. */
function hintsOf(metadata: readonly ThriftStruct[]): Map<string, ColumnField> | null {
  const entry = metadata.find((one) => textIn(one, 1) === ARROW_SCHEMA);
  if (entry === undefined) return new Map();
  try {
    // A message of an Arrow stream: a mark, its length, a flatbuffer.
    const schema = FlatTable.root(Uint8Array.from(Buffer.from(textIn(entry, 2), "base64").subarray(8))).table(2);
    return schema === null ? null : new Map(readArrowSchema(schema).map((field) => [field.name, field]));
  } catch (thrown) {
    if (thrown instanceof RangeError || thrown instanceof TypeError) return null;
    throw thrown;
  }
}

/** Whether values keep their meaning under the type that the writer had. */
function fits(type: ColumnType, hint: ColumnField | undefined): boolean {
  if (hint === undefined) return true;
  const own = hint.type;
  if (type.kind === "text" || type.kind === "bytes")
    return own.kind === "text" || own.kind === "bytes" || own.kind === "text-view" || own.kind === "bytes-view";
  if (hint.dictionary !== null) return false;
  if (type.kind === "int") return own.kind === "int" && own.bits === type.bits && own.signed;
  return type.kind === "float" && own.kind === "float" && own.bits === type.bits;
}
