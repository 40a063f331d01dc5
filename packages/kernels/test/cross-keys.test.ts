import test from "ava";
import fc from "fast-check";
import { Arena, type CrossPart, createKernelMemory, crossKey, crossKeyParts, instantiateKernels, MISSING_TEXT } from "../dist/index.js";

const memory = createKernelMemory(2 ** 20);
const arena = new Arena(memory);
const kernels = instantiateKernels(memory);

const text = fc.oneof(
  fc.constantFrom("", "-", "1:", "0:", "3;", ";", "é", "a-", "-a"),
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.constant("x".repeat(1200)),
);
const id = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2 ** 32 - 1 }));
const textColumn = (rows: number): fc.Arbitrary<CrossPart[]> => fc.array(fc.option(text, { freq: 4 }), { minLength: rows, maxLength: rows });
const idColumn = (rows: number): fc.Arbitrary<CrossPart[]> => fc.array(fc.option(id, { freq: 4 }), { minLength: rows, maxLength: rows });

/** Columns of parts, each of texts or of ids. */
const table = fc.nat(9).chain((rows) =>
  fc.array(
    fc.oneof(
      textColumn(rows).map((parts) => ({ texts: true, parts })),
      idColumn(rows).map((parts) => ({ texts: false, parts })),
    ),
    { minLength: 1, maxLength: 4 },
  ),
);

function place({ texts, parts }: { texts: boolean; parts: readonly CrossPart[] }): { starts: number; lengths: number; ids: number } {
  const [starts, lengths, ids] = [arena.take(4 * parts.length), arena.take(4 * parts.length), arena.take(4 * parts.length)];
  parts.forEach((part, i) => {
    if (!texts) {
      arena.u32(ids, parts.length)[i] = (part as number | null) ?? 0;
      return;
    }
    const bytes = Buffer.from((part as string | null) ?? "");
    const at = arena.take(bytes.length + 1) + 1;
    arena.u8(at, bytes.length).set(bytes);
    arena.u32(starts, parts.length)[i] = at;
    arena.u32(lengths, parts.length)[i] = part === null ? MISSING_TEXT : bytes.length;
  });
  return { starts, lengths, ids };
}

test("keys of combinations are those of the twin, written into exactly the bytes that were measured", (t) => {
  fc.assert(
    fc.property(table, (columns) => {
      const mark = arena.mark();
      const rows = columns[0]!.parts.length;
      const placed = columns.map(place);
      const [sizes, ends, present] = [arena.take(4 * rows), arena.take(4 * rows), arena.take(rows)];
      arena.u32(sizes, rows).fill(0);
      arena.u8(present, rows).fill(0);
      columns.forEach(({ texts }, i) => {
        if (texts) kernels.keys_measure_texts(sizes, placed[i]!.lengths, rows);
        else kernels.keys_measure_ids(sizes, placed[i]!.ids, rows);
      });
      const measured = [...arena.u32(sizes, rows)];
      const total = measured.reduce((a, b) => a + b, 0);
      const bytes = arena.take(total + 1);
      let at = bytes;
      const starts = measured.map((size) => {
        at += size;
        return at - size;
      });
      arena.u32(ends, rows).set(starts);
      arena.u8(bytes, total + 1).fill(0xaa);
      columns.forEach(({ texts }, i) => {
        if (texts) kernels.keys_write_texts(ends, present, placed[i]!.starts, placed[i]!.lengths, rows);
        else kernels.keys_write_ids(ends, present, placed[i]!.ids, rows);
      });
      t.is(arena.u8(bytes, total + 1)[total], 0xaa);
      for (let row = 0; row < rows; row++) {
        const parts = columns.map((column) => column.parts[row]!);
        t.is(arena.u32(ends, rows)[row], starts[row]! + measured[row]!);
        const own = arena.u8(starts[row]!, measured[row]!);
        const key = crossKey(parts);
        t.is(arena.u8(present, rows)[row], key === null ? 0 : 1);
        if (key !== null) t.is(Buffer.from(own).toString("utf8"), key);
        t.deepEqual(crossKeyParts(own), parts);
      }
      arena.release(mark);
    }),
  );
});

test("bytes that are no key are known as such", (t) => {
  for (const wrong of ["a", "5", "5:abc", ":", ";", "1;x", "--3"]) t.is(crossKeyParts(Buffer.from(wrong)), null);
});
