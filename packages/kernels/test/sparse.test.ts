import test from "ava";
import fc from "fast-check";
import { Arena } from "../dist/arena.js";
import { NO_COMMENT } from "../dist/exports-lines.js";
import { SPARSE_BATCH, SPARSE_ERROR_TEXTS, SPARSE_ERRORS, SPARSE_FLAGS } from "../dist/exports-sparse.js";
import { createKernelMemory, instantiateKernels } from "../dist/module.js";
import { libsvmRowTwin } from "../dist/twins/libsvm.js";
import { lineRowsTwin } from "../dist/twins/lines.js";
import { numberText, type SparseRow } from "../dist/twins/sparse.js";
import { vwRowTwin } from "../dist/twins/vw.js";

const memory = createKernelMemory(1 << 20, 1 << 26);
const kernels = instantiateKernels(memory);
const NONE = 0xffffffff;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const latin1 = (text: Uint8Array): string => Buffer.from(text).toString("latin1");

type Given = Parameters<typeof kernels.vw_rows>;
const FORMATS = {
  libsvm: { kernel: (...given: Given) => kernels.libsvm_rows(...given), twin: libsvmRowTwin, comment: 35, fields: 3 },
  vw: { kernel: (...given: Given) => kernels.vw_rows(...given), twin: vwRowTwin, comment: NO_COMMENT, fields: 4 },
};
type Format = keyof typeof FORMATS;

interface Read extends SparseRow {
  start: number;
  length: number;
  /** The kernel leaves it to the twin. */
  left: boolean;
}

/** All rows, `maxRows` at a time, with a heap of that many bytes that doubles where a row needs it. */
function read(format: Format, text: Uint8Array, maxRows = 5, heapBytes = 1 << 16, used = [0, 1, 2, 3], most = 1 << 20): Read[] {
  const { kernel, fields } = FORMATS[format];
  const arena = new Arena(memory);
  const stride = maxRows + 1;
  const size = 4 * stride * used.length;
  const [out, block, starts, lengths, rowStarts, rowLengths, flags, errors, errorAt] = [
    16,
    SPARSE_BATCH.blockBytes,
    size,
    size,
    4 * maxRows,
    4 * maxRows,
    maxRows,
    maxRows,
    4 * maxRows,
  ].map((n) => arena.take(n)) as [number, number, number, number, number, number, number, number, number];
  const at = arena.take(text.length + 128) + 64;
  arena.u8(at - 64, text.length + 128).fill(49);
  arena.u8(at, text.length).set(text);
  const slots = [0, 1, 2, 3].map((field) => (used.includes(field) ? used.indexOf(field) : NONE));
  const rows: Read[] = [];
  let bytesOfHeap = heapBytes;
  const guard = arena.take(0);
  for (let p = at; p < at + text.length; ) {
    arena.release(guard);
    const heap = arena.take(bytesOfHeap + 64);
    arena.u8(heap + bytesOfHeap, 64).fill(7);
    const numbers = [used.length, starts, lengths, stride, rowStarts, rowLengths, flags, errors, errorAt, heap, heap + bytesOfHeap];
    arena.u32(block, 11).set(numbers);
    arena.u32(block + 4 * SPARSE_BATCH.slots, 4).set(slots);
    const n = kernel(out, p, at + text.length, block, maxRows, bytesOfHeap >= most ? 1 : 0);
    if (arena.u8(heap + bytesOfHeap, 64).some((byte) => byte !== 7)) throw new Error("written past the heap's end");
    const reached = arena.u32(out, 1)[0]!;
    if (n === 0 && lineRowsTwin(text.slice(p - at), FORMATS[format].comment).length > 0) {
      if (bytesOfHeap >= most) throw new Error("the last row is not read");
      bytesOfHeap *= 2;
      continue;
    }
    p = reached;
    for (let r = 0; r < n; r++)
      rows.push({
        start: arena.u32(rowStarts, n)[r]! - at,
        length: arena.u32(rowLengths, n)[r]!,
        left: (arena.u8(flags, n)[r]! & SPARSE_FLAGS.LEFT) !== 0,
        error: arena.u8(errors, n)[r]!,
        errorAt: arena.u32(errorAt, n)[r]!,
        texts: slots.slice(0, fields).map((slot) => {
          if (slot === NONE) return null;
          const length = arena.u32(lengths, stride * used.length)[slot * stride + r]!;
          return length === NONE ? null : latin1(arena.u8(arena.u32(starts, stride * used.length)[slot * stride + r]!, length));
        }),
      });
  }
  if (arena.u8(at + text.length, 1)[0] !== 49) throw new Error("the byte behind the text was not put back");
  return rows;
}

function one(format: Format, line: string): (string | null)[] | string {
  const [row] = read(format, bytes(line));
  if (row === undefined) return "no row";
  const { error, errorAt, texts } = row.left ? FORMATS[format].twin(latin1(bytes(line.trim()))) : row;
  return error === 0 ? [...texts] : `${SPARSE_ERROR_TEXTS[error]} (${errorAt})`;
}

const PIECES: Record<Format, string[]> = {
  libsvm: [
    ["1", "-1", "+1", "0", "1.50", "1e0", "007", ".5", "5.", "-0", "+", "1,2", "nan", "qid:3", "qid:007", "qid:", "qid:x", "1:2", "2:-0.50", "03:1e-7"],
    ["10:.5", "4:", ":4", "a:1", "5:1e", "6:1:2", " ", "  ", "\t", "\r", "\n", "\r\n", "\n", "# note", "#", "x".repeat(17), "é", "9007199254740993:1"],
  ].flat(),
  vw: [
    ["1", "-1", "+1", "0.50", "1e0", "2.0", "x", "'tag", "'", "|", "|", "|ns", "|ns:2", "|ns:1", "|n:x", "|:2", "| ", "a", "b:2", "c:.5", "d:-0", "e:1e3"],
    ['"q\\', "é:1", "f:", ":1", "g:1:2", "h:nan", " ", " ", " ", "\t", "\r", "\n", "\r\n", "\n", "\0", "\x1f:1", "y".repeat(17), "\\:3", "#"],
  ].flat(),
};

for (const format of ["libsvm", "vw"] as const) {
  const { twin, comment } = FORMATS[format];
  test(`${format}_rows reads what its slow twin reads, but for rows that it leaves to it`, (t) => {
    const odd = fc
      .array(fc.tuple(fc.constantFrom(...PIECES[format]), fc.constantFrom("", " ", " ", " ")), { maxLength: 40 })
      .map((parts) => bytes(parts.flat().join("")));
    let [left, good] = [0, 0];
    fc.assert(
      fc.property(odd, fc.integer({ min: 1, max: 4 }), fc.constantFrom(1, 8, 100, 1 << 16), (text, maxRows, heap) => {
        const rows = read(format, text, maxRows, heap);
        t.deepEqual(
          rows.map(({ start, length }) => [start, length]),
          lineRowsTwin(text, comment).map(({ start, length }) => [start, length]),
        );
        for (const row of rows) {
          const wanted = twin(latin1(text.subarray(row.start, row.start + row.length)));
          left += row.left ? 1 : 0;
          good += !row.left && row.error === 0 ? 1 : 0;
          if (row.left) t.true(row.texts.every((found) => found === null) && row.error === 0);
          else t.deepEqual({ error: row.error, errorAt: row.errorAt, texts: row.texts }, wanted, latin1(text.subarray(row.start, row.start + row.length)));
        }
      }),
      { numRuns: 3000 },
    );
    t.true(left > 20 && good > 200, `${left} left, ${good} good`);
  });

  test(`${format}: fields that nobody asks for change nothing in the others`, (t) => {
    const text = bytes(format === "libsvm" ? "1 qid:2 3:4\nbad\n0 5:6" : "1 2 'x |n a:3\nbad\n0 | b");
    const all = read(format, text);
    for (let field = 0; field < FORMATS[format].fields; field++) {
      t.deepEqual(
        read(format, text, 5, 1 << 16, [field]).map(({ texts }) => texts[field]),
        all.map(({ texts }) => texts[field]),
      );
    }
  });

  test(`${format}: a row that no heap is large enough for is refused, the next one is read`, (t) => {
    const long = format === "libsvm" ? `1 ${Array.from({ length: 500 }, (_, i) => `${i}:1`).join(" ")}` : `1 |${"n".repeat(100)} ${"a ".repeat(50)}`;
    const short = format === "libsvm" ? "0 1:1" : "0 | a";
    const rows = read(format, bytes(`${short}\n${long}\n${short}`), 5, 64, [0, 1, 2, 3], 1024);
    t.deepEqual(
      rows.map(({ error }) => error),
      [0, SPARSE_ERRORS.ROOM, 0],
    );
    t.true(rows[1]!.texts.every((found) => found === null));
    t.deepEqual(rows[2]!.texts, rows[0]!.texts);
  });
}

test("libsvm: rows of labels, queries and weights come back as they were given", (t) => {
  const row = fc.record({
    label: fc.option(fc.constantFrom("1", "-1", "0", "3", "0.25")),
    qid: fc.option(fc.nat(99)),
    features: fc.array(fc.tuple(fc.nat(10 ** 6), fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e20, max: 1e20 }))),
    note: fc.constantFrom("", " # 1:x", "#"),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 20 }), (rows) => {
      const lines = rows.map(({ label, qid, features, note }) =>
        [...(label === null ? [] : [label]), ...(qid === null ? [] : [`qid:${qid}`]), ...features.map(([i, x]) => `${i}:${x}`), note].join(" "),
      );
      const kept = rows.filter(({ label, qid, features }) => label !== null || qid !== null || features.length > 0);
      const got = read("libsvm", bytes(lines.join("\n")));
      t.deepEqual(
        got.map(({ texts }) => texts.slice(0, 2)),
        kept.map(({ label, qid }) => [label, qid === null ? null : String(qid)]),
      );
      for (const [i, { features }] of kept.entries()) {
        const pairs = [...got[i]!.texts[2]!.matchAll(/"([0-9]+)":([^,}]+)/g)].map(([, index, value]) => [Number(index), Number(value) + 0]);
        t.deepEqual(
          pairs,
          features.map(([index, value]) => [index, value + 0]),
        );
        t.notThrows(() => JSON.parse(got[i]!.texts[2]!) as unknown);
      }
    }),
  );
});

test("libsvm: known rows", (t) => {
  t.deepEqual(one("libsvm", "+1 1:0.5 3:1\r\n"), ["1", null, '{"1":0.5,"3":1}']);
  t.deepEqual(one("libsvm", "-1 qid:03 1:.5 1:+2. # said twice"), ["-1", "3", '{"1":0.5,"1":2}']);
  t.deepEqual(one("libsvm", "1.000"), ["1", null, "{}"]);
  t.deepEqual(one("libsvm", "1.0e+00 1:1e-05"), ["1", null, '{"1":1e-05}']);
  t.deepEqual(one("libsvm", "3:4"), [null, null, '{"3":4}']);
  t.is(one("libsvm", "# 1 2:3"), "no row");
  t.is(one("libsvm", "1 2:nan"), "the value of a feature is no number (4)");
  t.is(one("libsvm", "1 2:0x10"), "the value of a feature is no number (4)");
  t.is(one("libsvm", "1 2.5:1"), "no feature: index:value, the index a whole number (2)");
  t.is(one("libsvm", "1,2 1:1"), "the label is no number (0)");
  t.is(one("libsvm", "1e999 1:1"), "the label is no number (0)");
});

test("Vowpal Wabbit: the examples of its manual", (t) => {
  t.deepEqual(one("vw", "1 1.0 |MetricFeatures:3.28 height:1.5 length:2.0 |Says black with white stripes |OtherFeatures NumberOfLegs:4.0 HasStripes"), [
    "1",
    "1",
    null,
    '{"MetricFeatures^height":4.92,"MetricFeatures^length":6.56,"Says^black":1,"Says^with":1,"Says^white":1,"Says^stripes":1,"OtherFeatures^NumberOfLegs":4,"OtherFeatures^HasStripes":1}',
  ]);
  t.deepEqual(one("vw", "1 1.0 zebra|MetricFeatures height:1.5"), ["1", "1", "zebra", '{"MetricFeatures^height":1.5}']);
  t.deepEqual(one("vw", "-1 2 'second_house | price:.18 sqft:0.15 age:0.35 1976"), [
    "-1",
    "2",
    "second_house",
    '{"price":0.18,"sqft":0.15,"age":0.35,"1976":1}',
  ]);
  t.deepEqual(one("vw", "| a"), [null, "1", null, '{"a":1}']);
  t.deepEqual(one("vw", "1|f a"), [null, "1", "1", '{"f^a":1}']);
  t.deepEqual(one("vw", '0 |n q"x:2 b\\ \x01'), ["0", "1", null, '{"n^q\\"x":2,"n^b\\\\":1,"n^\\u0001":1}']);
  t.is(one("vw", "1 1 0.5 |f a"), "a third number before the | (a base) has no meaning here (4)");
  t.is(one("vw", "1 a:2"), "no | in the row (0)");
  t.is(one("vw", "1 |f a:x"), "the value of a feature is no number (7)");
  t.is(one("vw", "1 |f:1e300 a:1e300"), "the scale and a value make no finite number (11)");
});

test("numbers lose nothing but zeros that mean nothing", (t) => {
  fc.assert(
    fc.property(fc.stringMatching(/^[-+]?[0-9]{0,5}(\.[0-9]{0,5})?([eE][-+]?[0-9]{1,2})?$/), (text) => {
      const number = numberText(text);
      if (number === null) t.notRegex(text, /^[-+]?(\d|\.\d)/);
      else {
        t.is(Number(number) + 0, Number(text) + 0);
        t.is((JSON.parse(number) as number) + 0, Number(text) + 0);
        t.is(numberText(number), number);
      }
    }),
    { numRuns: 1000 },
  );
});
