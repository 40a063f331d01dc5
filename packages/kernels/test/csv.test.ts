import test from "ava";
import fc from "fast-check";
import { Arena } from "../dist/arena.js";
import { CSV_FLAGS, CSV_STATES, type CsvBytes, csvDialectBlock } from "../dist/exports-csv.js";
import { createKernelMemory, instantiateKernels } from "../dist/module.js";
import { csvRowsTwin, csvScanTwin, csvUniformTwin } from "../dist/twins/csv.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const memory = createKernelMemory(1 << 20, 1 << 26);
const kernels = instantiateKernels(memory);

const dialects: Record<string, CsvBytes> = {
  plain: { delimiter: bytes(","), quote: null, escape: null, comment: bytes("#"), trim: false },
  quoted: { delimiter: bytes(","), quote: 34, escape: null, comment: bytes(""), trim: false },
  commented: { delimiter: bytes(","), quote: 34, escape: null, comment: bytes("##"), trim: false },
  trimmed: { delimiter: bytes("\t"), quote: 34, escape: null, comment: bytes("#"), trim: true },
  escaped: { delimiter: bytes(","), quote: 39, escape: 92, comment: bytes(""), trim: true },
  long: { delimiter: bytes(", "), quote: 34, escape: null, comment: bytes("|"), trim: true },
  longer: { delimiter: bytes(",,;"), quote: 34, escape: 92, comment: bytes(""), trim: false },
  wide: { delimiter: bytes(",,"), quote: null, escape: null, comment: bytes(""), trim: true },
};
const odd = fc
  .array(
    fc.constantFrom(
      "a",
      "bc",
      "x".repeat(17),
      "é",
      " ",
      "\t",
      ",",
      ", ",
      ",,",
      ",,;",
      ";",
      '"',
      '""',
      "'",
      "\\",
      "\n",
      "\r",
      "\r\n",
      "#",
      "##",
      "|",
      '","',
      "\0",
    ),
    { maxLength: 60 },
  )
  .map((parts) => bytes(parts.join("")));

function place(text: Uint8Array, dialect: CsvBytes): { arena: Arena; at: number; block: number; out: number } {
  const arena = new Arena(memory);
  const out = arena.take(16);
  const block = arena.take(96);
  arena.u8(block, 96).set(csvDialectBlock(dialect));
  const at = arena.take(text.length + 128) + 64;
  arena.u8(at - 64, text.length + 128).fill(44);
  arena.u8(at, text.length).set(text);
  return { arena, at, block, out };
}

function cut(text: Uint8Array, dialect: CsvBytes, fields: number, maxRows: number) {
  const { arena, at, block, out } = place(text, dialect);
  const stride = maxRows + 3;
  const slots = arena.take(4 * fields);
  arena.u32(slots, fields).set(Array.from({ length: fields }, (_, i) => i));
  const starts = arena.take(4 * stride * fields);
  const lengths = arena.take(4 * stride * fields);
  const rowStarts = arena.take(4 * maxRows);
  const rowLengths = arena.take(4 * maxRows);
  const flags = arena.take(maxRows);
  const counts = arena.take(4 * maxRows);
  const rows = [];
  for (let p = at; p < at + text.length; p = arena.u32(out, 1)[0]!) {
    const n = kernels.csv_rows(out, p, at + text.length, block, slots, fields, starts, lengths, stride, rowStarts, rowLengths, flags, counts, maxRows);
    for (let r = 0; r < n; r++) {
      const cells = [];
      for (let f = 0; f < fields; f++)
        cells.push(
          Buffer.from(arena.u8(arena.u32(starts, stride * fields)[f * stride + r]!, arena.u32(lengths, stride * fields)[f * stride + r]!)).toString("latin1"),
        );
      rows.push({
        start: arena.u32(rowStarts, n)[r]! - at,
        length: arena.u32(rowLengths, n)[r]!,
        flags: arena.u8(flags, n)[r]!,
        count: arena.u32(counts, n)[r]!,
        cells,
      });
    }
  }
  return rows;
}

for (const [name, dialect] of Object.entries(dialects)) {
  test(`csv_rows cuts what its slow twin cuts (${name})`, (t) => {
    fc.assert(
      fc.property(odd, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }), (text, fields, maxRows) => {
        const wanted = csvRowsTwin(text, dialect, fields).map(({ start, length, flags, fields: cells }) => ({
          start,
          length,
          flags,
          count: cells.length,
          cells: Array.from({ length: fields }, (_, f) => Buffer.from(cells[f] ?? []).toString("latin1")),
        }));
        t.deepEqual(cut(text, dialect, fields, maxRows), wanted);
      }),
      { numRuns: 400 },
    );
  });

  test(`csv_scan ends where its slow twin ends, from every state and over every cut (${name})`, (t) => {
    fc.assert(
      fc.property(odd, fc.nat(40), fc.nat(60), (text, from, size) => {
        const { ROW, UNQUOTED, FIELD, QUOTED, ESCAPED, COMMENT, DELIMITER } = CSV_STATES;
        const states =
          dialect.quote === null ? [ROW, UNQUOTED] : [ROW, UNQUOTED, FIELD, QUOTED, ESCAPED, COMMENT, ...(dialect.delimiter.length > 1 ? [DELIMITER] : [])];
        const pos = Math.min(from, text.length);
        const end = Math.min(pos + size, text.length);
        const { arena, at, block, out } = place(text, dialect);
        for (const state of states) {
          kernels.csv_scan(out, at + pos, at + end, at + text.length, block, state, 0);
          const [position, reached, rows, first] = arena.u32(out, 4);
          t.deepEqual(
            { position: position! - at, state: reached, rows, first: first === 0xffffffff ? null : first! - at },
            csvScanTwin(text, pos, end, dialect, state),
          );
        }
      }),
      { numRuns: 400 },
    );
  });

  test(`csv_scan counts the rows that csv_rows cuts (${name})`, (t) => {
    fc.assert(
      fc.property(odd, (text) => {
        t.is(csvScanTwin(text, 0, text.length, dialect, CSV_STATES.ROW).rows, csvRowsTwin(text, dialect, 1).length);
      }),
      { numRuns: 400 },
    );
  });
}

test("csv_scan with stop halts at the first place where a row may begin", (t) => {
  const text = bytes('a,"x\ny"\n\nb\n');
  const { arena, at, block, out } = place(text, dialects.quoted!);
  const stops = [];
  for (let p = at, state: number = CSV_STATES.ROW; p < at + text.length; ) {
    kernels.csv_scan(out, p, at + text.length, at + text.length, block, state, 1);
    [p, state] = [arena.u32(out, 2)[0]!, arena.u32(out, 2)[1]!];
    stops.push(p - at);
  }
  t.deepEqual(stops, [8, 9, 11]);
});

test("csv_lines counts LF, CR LF and lone CR once each", (t) => {
  fc.assert(
    fc.property(odd, (text) => {
      const { at } = place(text, dialects.plain!);
      t.is(
        kernels.csv_lines(at, at + text.length, at + text.length),
        Buffer.from(text)
          .toString("latin1")
          .match(/\r\n|\n|\r/g)?.length ?? 0,
      );
    }),
  );
});

test("csv_check_utf8 agrees with TextDecoder, csv_uniform with its slow twin, csv_match and csv_mark_missing with equality", (t) => {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const valid = (b: Uint8Array): boolean => {
    try {
      decoder.decode(b);
      return true;
    } catch (cause) {
      t.true(cause instanceof TypeError);
      return false;
    }
  };
  const sharp = fc.array(fc.constantFrom(0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          sharp,
          fc.string({ unit: "binary" }).map((s) => [...bytes(s)]),
        ),
        { minLength: 1, maxLength: 8 },
      ),
      (texts) => {
        const arena = new Arena(memory);
        const n = texts.length;
        const [starts, lengths, flags, out, real, keys, keyLengths] = [0, 0, 0, 0, 0, 0, 0].map(() => arena.take(8 * n + 64)) as [
          number,
          number,
          number,
          number,
          number,
          number,
          number,
        ];
        texts.forEach((text, i) => {
          const at = arena.take(text.length + 32);
          arena.u8(at, text.length).set(text);
          arena.u32(starts, n)[i] = at;
          arena.u32(lengths, n)[i] = text.length;
        });
        arena.u8(flags, n).fill(0);
        t.is(kernels.csv_check_utf8(flags, starts, lengths, n, CSV_FLAGS.UTF8), texts.filter((x) => !valid(Uint8Array.from(x))).length);
        t.deepEqual(
          [...arena.u8(flags, n)],
          texts.map((x) => (valid(Uint8Array.from(x)) ? 0 : CSV_FLAGS.UTF8)),
        );
        kernels.csv_uniform(real, starts, lengths, n);
        t.deepEqual(
          [...arena.f64(real, n)],
          texts.map((x) => csvUniformTwin(Uint8Array.from(x))),
        );
        const [first, last] = [texts[0]!, texts[n - 1]!];
        arena.u8(keys, first.length + last.length).set([...first, ...last]);
        arena.u32(keyLengths, 2).set([first.length, last.length]);
        kernels.csv_match(out, starts, lengths, n, keys, keyLengths, 2);
        const same = (a: number[], b: number[]): boolean => Buffer.from(a).equals(Buffer.from(b));
        t.deepEqual(
          [...arena.i32(out, n)],
          texts.map((x) => (same(x, first) ? 0 : same(x, last) ? 1 : -1)),
        );
        kernels.csv_mark_missing(starts, lengths, n, keys, keyLengths, 1);
        t.deepEqual(
          [...arena.u32(lengths, n)],
          texts.map((x) => (same(x, first) ? 0xffffffff : x.length)),
        );
      },
    ),
  );
});
