import test from "ava";
import fc from "fast-check";
import { type FlatField, type FlatFields, flatBytes } from "../dist/arrow/flat-builder.js";
import { FlatTable } from "../dist/tables/flatbuffer.js";

const scalar: fc.Arbitrary<FlatField> = fc.oneof(
  fc.constant(null),
  fc.integer({ min: 0, max: 255 }).map((u8) => ({ u8 })),
  fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }).map((i16) => ({ i16 })),
  fc.integer().map((i32) => ({ i32 })),
  fc.maxSafeInteger().map((i64) => ({ i64 })),
  fc.string({ unit: "grapheme" }).map((text) => ({ text })),
  fc.uint8Array({ maxLength: 5 }).map((bytes) => ({ structs: new Uint8Array(bytes.length * 16).fill(7), width: 16 })),
);
const { table } = fc.letrec<{ table: FlatFields }>((tie) => ({
  table: fc.array(
    fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      scalar,
      tie("table").map((one) => ({ table: one })),
      fc.array(tie("table"), { maxLength: 3 }).map((tables) => ({ tables })),
    ),
    { maxLength: 6 },
  ),
}));

/** The table as a reader that trusts nothing finds it. */
function read(from: FlatTable, fields: FlatFields): FlatFields {
  return fields.map((field, slot): FlatField => {
    if (field === null) return from.text(slot) === null && from.u8(slot, 99) === 99 ? null : { u8: -1 };
    if ("u8" in field) return { u8: from.u8(slot, 99) };
    if ("i16" in field) return { i16: from.i16(slot, 99) };
    if ("i32" in field) return { i32: from.i32(slot, 99) };
    if ("i64" in field) return { i64: from.i64(slot) };
    if ("text" in field) return { text: from.text(slot) ?? "none" };
    if ("table" in field) return { table: read(from.table(slot)!, field.table) };
    if ("tables" in field) return { tables: from.tables(slot).map((one, i) => read(one, field.tables[i]!)) };
    const { bytes, count } = from.structs(slot, field.width);
    const found = new Uint8Array(bytes.buffer, bytes.byteOffset, count * field.width);
    return { structs: new Uint8Array(found), width: found.byteOffset % 8 === 0 ? field.width : -1 };
  });
}

test("what is written as a FlatBuffer is read as it was, structs at multiples of 8, and equal tables are equal bytes", (t) => {
  fc.assert(
    fc.property(table, (fields) => {
      const bytes = flatBytes(fields);
      t.is(bytes.length % 8, 0);
      t.deepEqual(read(FlatTable.root(bytes), fields), fields);
      t.deepEqual(flatBytes(structuredClone(fields)), bytes);
    }),
  );
});
