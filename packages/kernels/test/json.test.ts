import test from "ava";
import fc from "fast-check";
import { Arena } from "../dist/arena.js";
import { JSON_ERROR_TEXTS, JSON_ERRORS, JSON_FLAGS, JSON_NAMES } from "../dist/exports-json.js";
import { createKernelMemory, instantiateKernels } from "../dist/module.js";
import { jsonRowsTwin } from "../dist/twins/json.js";

const memory = createKernelMemory(1 << 20, 1 << 26);
const kernels = instantiateKernels(memory);
const NONE = 0xffffffff;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const latin1 = (text: Uint8Array): string => Buffer.from(text).toString("latin1");

interface Read {
  start: number;
  length: number;
  flags: number;
  error: number;
  errorAt: number;
  /** By field; null: missing. */
  texts: (string | null)[];
}

/** All rows, read `maxRows` at a time; the text lies between bytes that would go on with a row. */
function read(text: Uint8Array, fields: readonly string[], maxRows = 7, unused: readonly string[] = []): Read[] {
  const arena = new Arena(memory);
  const names = fields.map(bytes);
  const slots = 2 ** (32 - Math.clz32(2 * fields.length + 1));
  const [table, starts, lengths, seen] = [slots, fields.length, fields.length, fields.length].map((n) => arena.take(4 * n)) as [number, number, number, number];
  for (const [i, name] of names.entries()) {
    const at = arena.take(name.length);
    arena.u8(at, name.length).set(name);
    arena.u32(starts, fields.length)[i] = at;
    arena.u32(lengths, fields.length)[i] = name.length;
  }
  const block = arena.take(JSON_NAMES.blockBytes);
  arena.u32(block, 6).set([fields.length, slots - 1, table, starts, lengths, seen]);
  kernels.json_names(block);
  let columns = 0;
  const slotOf = fields.map((field) => (unused.includes(field) ? NONE : columns++));
  const slotsAt = arena.take(4 * fields.length);
  arena.u32(slotsAt, fields.length).set(slotOf);
  const stride = maxRows + 2;
  const [out, textStarts, textLengths, rowStarts, rowLengths, flags, errors, errorAt] = [
    32,
    4 * stride * columns,
    4 * stride * columns,
    4 * maxRows,
    4 * maxRows,
    maxRows,
    maxRows,
    4 * maxRows,
  ].map((n) => arena.take(n)) as [number, number, number, number, number, number, number, number];
  const at = arena.take(text.length + 128) + 64;
  arena.u8(at - 64, text.length + 128).fill(49);
  arena.u8(at, text.length).set(text);
  const end = at + text.length;
  const rows: Read[] = [];
  for (let p = at; p < end; p = arena.u32(out, 1)[0]!) {
    const n = kernels.json_rows(out, p, end, block, slotsAt, columns, textStarts, textLengths, stride, rowStarts, rowLengths, flags, errors, errorAt, maxRows);
    for (let r = 0; r < n; r++)
      rows.push({
        start: arena.u32(rowStarts, n)[r]! - at,
        length: arena.u32(rowLengths, n)[r]!,
        flags: arena.u8(flags, n)[r]!,
        error: arena.u8(errors, n)[r]!,
        errorAt: arena.u32(errorAt, n)[r]!,
        texts: slotOf.map((slot) => {
          if (slot === NONE) return null;
          const length = arena.u32(textLengths, stride * columns)[slot * stride + r]!;
          return length === NONE ? null : latin1(arena.u8(arena.u32(textStarts, stride * columns)[slot * stride + r]!, length));
        }),
      });
  }
  t49(arena.u8(end, 1)[0]!);
  return rows;
}

function t49(byte: number): void {
  if (byte !== 49) throw new Error("the byte behind the text was not put back");
}

/** The same by the twin. */
function slow(text: Uint8Array, fields: readonly string[]): Omit<Read, "flags">[] {
  return jsonRowsTwin(text, fields).map(({ start, length, error, errorAt, entries }) => {
    const texts = new Map(entries.map((entry) => [latin1(entry.name), entry.text]));
    return {
      start,
      length,
      error,
      errorAt,
      texts: fields.map((field) => {
        const found = error === 0 ? texts.get(latin1(bytes(field))) : null;
        return found == null ? null : latin1(found);
      }),
    };
  });
}

const one = (text: string, field = "a"): string | null => {
  const [row, ...more] = read(bytes(text), [field]);
  if (row === undefined || more.length > 0) return `${more.length + 1} rows`;
  if (row.error !== 0) return `error ${JSON_ERROR_TEXTS[row.error]} at ${row.errorAt}`;
  const found = row.texts[0];
  return found == null ? null : Buffer.from(found, "latin1").toString("utf8");
};

const FIELDS = ["a", "b", "longer name of a field", "é", "__proto__", 'q"\\', ""];
const PIECES = [
  ['{"a":', '{"b" : ', '"a"', '"b"', '"', ":", ",", "{", "}", "[", "]", "1", "-0", "1.5e-3", "01", "-", ".5", "1e", "true", "fals", "null", "nul"],
  ["\\", "\\n", "\\u00e9", "\\u00E", "\\ud83d\\ude00", "\\ud800", "\\udc00", "\\x", "x".repeat(15), "é", "日本", " ", "\t", "\r", "\n", "\r\n", "\0"],
  ['"longer name of a field":"', '"\\u00e9":2', '"__proto__":[1,{"a":2}]', '"q\\"\\\\":"\\/"', '"":', '{"a":1}\n', '{"a":{"b":[]},"b":"\\t"}\n', "#"],
].flat();
const piece = fc.constantFrom(...PIECES);
const odd = fc.array(piece, { maxLength: 30 }).map((parts) => bytes(parts.join("")));

test("json_rows reads what its slow twin reads, errors and their places too", (t) => {
  fc.assert(
    fc.property(odd, fc.integer({ min: 1, max: 4 }), (text, maxRows) => {
      t.deepEqual(
        read(text, FIELDS, maxRows).map(({ start, length, error, errorAt, texts }) => ({ start, length, error, errorAt, texts })),
        slow(text, FIELDS),
      );
    }),
    { numRuns: 3000 },
  );
});

test("rows of any JSON values give the texts that JSON.parse gives", (t) => {
  const value = fc.jsonValue({ maxDepth: 4 });
  const space = fc.constantFrom("", " ", "\t ", "\r");
  const entries = fc.uniqueArray(fc.tuple(fc.oneof(fc.constantFrom(...FIELDS), fc.string({ unit: "grapheme" })), value), { selector: ([name]) => name });
  fc.assert(
    fc.property(fc.array(fc.tuple(entries, space, fc.boolean()), { maxLength: 6 }), (rows) => {
      const lines = rows.map(([row, blank, escaped]) => {
        const text = (what: unknown): string => {
          const plain = JSON.stringify(what);
          return escaped ? plain.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`) : plain;
        };
        return `${blank}{${blank}${row.map(([name, what]) => `${text(name)}${blank}:${blank}${text(what)}${blank}`).join(`,${blank}`)}}${blank}`;
      });
      const got = read(bytes(lines.join("\n")), FIELDS);
      t.is(got.length, rows.length);
      for (const [i, line] of lines.entries()) {
        const parsed = new Map(Object.entries(JSON.parse(line) as Record<string, unknown>));
        t.is(got[i]!.error, 0);
        for (const [f, field] of FIELDS.entries()) {
          const found = got[i]!.texts[f]!;
          const wanted = parsed.get(field);
          if (wanted === undefined || wanted === null) t.true(found === null);
          else if (typeof wanted === "string") t.is(Buffer.from(found!, "latin1").toString("utf8"), wanted);
          else t.deepEqual(JSON.parse(Buffer.from(found!, "latin1").toString("utf8")), wanted);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test("what JSON.parse takes and refuses as a value, json_rows takes and refuses", (t) => {
  const text = fc.array(piece, { maxLength: 8 }).map((parts) => parts.join("").replaceAll("\n", " "));
  let valid = 0;
  fc.assert(
    fc.property(fc.oneof(text, fc.json()), (value) => {
      const line = `{"a":${value}}`;
      let parsed = true;
      try {
        JSON.parse(line);
      } catch (thrown) {
        t.true(thrown instanceof SyntaxError);
        parsed = false;
      }
      const [row] = read(bytes(line), []);
      // JSON.parse takes halves of surrogate pairs.
      if (row!.error !== JSON_ERRORS.SURROGATE) t.is(row!.error === 0, parsed, line);
      valid += parsed ? 1 : 0;
    }),
    { numRuns: 3000 },
  );
  t.true(valid > 500);
});

test("numbers stay as they stand, null and absent fields are missing, arrays and objects are their text", (t) => {
  t.is(one('{"a":9007199254740993}'), "9007199254740993");
  t.is(one('{"a": -0.0 }'), "-0.0");
  t.is(one('{"a":1e400}'), "1e400");
  t.is(one('{"a":true}'), "true");
  t.is(one('{"a":null}'), null);
  t.is(one('{"b":1}'), null);
  t.is(one("{}"), null);
  t.is(one('{"a":[1, "x\\u0041", {"b": null}]}'), '[1, "x\\u0041", {"b": null}]');
  t.is(one('{"a":{"x" : 1}\t}\r\n'), '{"x" : 1}');
  t.is(one('{"a":""}'), "");
});

test("escapes are undone in place, in names too", (t) => {
  t.is(one('{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u65e5\\ud83d\\ude00\\u0000"}'), '"\\/\b\f\n\r\tAé日😀\0');
  t.is(one('{"\\u00e9":1}', "é"), "1");
  t.is(one('{"\\u005f_proto__":1}', "__proto__"), "1");
  t.is(read(bytes('{"a":"\\n"}'), ["a"])[0]!.flags, JSON_FLAGS.UNESCAPED);
  t.is(read(bytes('{"a":"\\n"}'), ["a"], 1, ["a"])[0]!.flags, 0);
});

test("a row that is none says why and where, and the next one is read", (t) => {
  const cases: [string, keyof typeof JSON_ERRORS, number][] = [
    ["[1]", "OBJECT", 0],
    ["1", "OBJECT", 0],
    ["{", "KEY", 1],
    ['{"a":1,}', "KEY", 7],
    ["{a:1}", "KEY", 1],
    ['{"a" 1}', "COLON", 5],
    ['{"a":}', "VALUE", 5],
    ['{"a":NaN}', "VALUE", 5],
    ['{"a":01}', "NUMBER", 5],
    ['{"a":1.}', "NUMBER", 5],
    ['{"a":+1}', "VALUE", 5],
    ['{"a":"x', "STRING_OPEN", 7],
    ['{"a":"x\r', "STRING_OPEN", 7],
    ['{"a":"x\ty"}', "CONTROL", 7],
    ['{"a":"\\x"}', "ESCAPE", 6],
    ['{"a":"\\u12g4"}', "ESCAPE", 6],
    ['{"a":"\\ud800"}', "SURROGATE", 6],
    ['{"b":["\\udc00"]}', "SURROGATE", 7],
    ['{"a":1 "b":2}', "SEPARATOR", 7],
    ['{"a":[1 2]}', "SEPARATOR", 8],
    ['{"a":1', "SEPARATOR", 6],
    ['{"a":1}}', "TRAILING", 7],
    ['{"a":1}{"a":2}', "TRAILING", 7],
    ['{"a":1,"b":2,"\\u0061":3}', "DUPLICATE", 13],
  ];
  for (const [text, kind, at] of cases) {
    const rows = read(bytes(`${text}\n{"a":"next"}`), ["a", "b"]);
    t.deepEqual(
      rows.map(({ error, errorAt, texts }) => [error, errorAt, texts[0]]),
      [
        [JSON_ERRORS[kind], at, null],
        [0, 0, "next"],
      ],
      text,
    );
  }
});

test("a hundred arrays and objects may lie in each other, more are refused, however many", (t) => {
  const nested = (depth: number): string => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
  t.is(one(nested(100)), nested(100).slice(5, -1));
  for (const depth of [101, 1000, 100_000]) t.is(read(bytes(nested(depth)), ["a"])[0]!.error, JSON_ERRORS.DEPTH);
  t.is(read(bytes('{"a":'.repeat(100_000)), ["a"])[0]!.error, JSON_ERRORS.DEPTH);
});

test("ten thousand fields are found, in whatever order a row has them", (t) => {
  const fields = Array.from({ length: 10_000 }, (_, i) => `f${i}`);
  const row = (order: readonly string[]): string => `{${order.map((field) => `"${field}":"${field}"`).join(",")}}`;
  const text = bytes([row(fields), row([...fields].reverse()), row(fields.filter((_, i) => i % 3 === 0))].join("\n"));
  const rows = read(text, fields);
  t.deepEqual(rows[0]!.texts, fields);
  t.deepEqual(rows[1]!.texts, fields);
  t.deepEqual(
    rows[2]!.texts,
    fields.map((field, i) => (i % 3 === 0 ? field : null)),
  );
});
