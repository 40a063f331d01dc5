import fs from "node:fs";
import { CrossbillError, v1 } from "@crossbill/messages";
import test from "ava";
import { columnSpecs, csvOf, dataSpec, folder, inOwnMemory, packRows, rowsOf, run, write } from "./support.js";

const LINES = rowsOf(60);
const FIELDS = columnSpecs({ name: "site", vocabulary: { field: "site", minCount: 1, outOfVocabulary: 1 } });

const written = (ends: (i: number) => string): string => ["y,price,site,user", ...LINES].map((line, i) => line + ends(i)).join("");
const good = { read: 60, rejected: 0 };
const odds: [string, string | Buffer, { read: number; rejected: number; rejects?: Record<string, number> }][] = [
  ["LF", written(() => "\n"), good],
  ["CR LF", written(() => "\r\n"), good],
  ["CR", written(() => "\r"), good],
  ["LF, CR LF and CR in one file", written((i) => ["\n", "\r\n", "\r"][i % 3]!), good],
  ["a byte order mark", `\ufeff${written(() => "\n")}`, good],
  ["no last line end", written(() => "\n").trimEnd(), good],
  ["a lone CR at the end", `${written(() => "\n").trimEnd()}\r`, good],
  ["blank lines everywhere", `\n\r\n${written((i) => ["\n\n", "\r\n\r\n\r\n", "\r\r"][i % 3]!)}\n\n`, good],
  ["a NUL in a field", csvOf(LINES.map((line, i) => (i === 7 ? `${line}\0` : line))), good],
  ["a NUL in a number", csvOf(LINES.map((line, i) => (i === 7 ? `1,\0${i},a,b` : line))), { read: 60, rejected: 1, rejects: { E_NUMBER: 1 } }],
  ["a line of NULs", csvOf(LINES.map((line, i) => (i === 7 ? "\0\0\0\0" : line))), { read: 60, rejected: 1, rejects: { E_FIELD_COUNT: 1 } }],
  ["NULs behind the last row", `${csvOf(LINES)}${"\0".repeat(300)}`, { read: 61, rejected: 1, rejects: { E_FIELD_COUNT: 1 } }],
  ["a byte that is no UTF-8", Buffer.from(csvOf(LINES).replace("s3-0", "s\xff"), "latin1"), { read: 60, rejected: 1, rejects: { E_UTF8: 1 } }],
  ["an overlong NUL", Buffer.from(csvOf(LINES).replace("s3-0", "\xc0\x80"), "latin1"), { read: 60, rejected: 1, rejects: { E_UTF8: 1 } }],
  ["a surrogate in UTF-8", Buffer.from(csvOf(LINES).replace("s3-0", "\xed\xa0\x80"), "latin1"), { read: 60, rejected: 1, rejects: { E_UTF8: 1 } }],
  [
    "a character cut by the end of the file",
    Buffer.concat([Buffer.from(csvOf(LINES).trimEnd()), Buffer.from([0xe6, 0x97])]),
    { read: 60, rejected: 1, rejects: { E_UTF8: 1 } },
  ],
  ["quoted line ends of all kinds", csvOf(LINES.map((line, i) => line.replace(/,(u\d+)$/, `,"$1${["\n", "\r\n", "\r", '""\n\n""'][i % 4]}"`))), good],
];
for (const [what, content, expected] of odds) {
  test(`${what}: every row is read or rejected, whatever the ranges`, async (t) => {
    const dir = folder(t);
    const file = write(dir, "a.csv", content);
    const keys = new Set<string>();
    for (const rangeBytes of [2 ** 20, 211]) {
      const { read, rejected, rejects, manifest } = await run(`${dir}/work-${rangeBytes}`, {
        train: [file],
        rangeBytes,
        data: dataSpec({ maxRejected: 0.1, key: "user" }),
        columns: columnSpecs({ name: "price", numeric: { field: "price" } }, ...FIELDS),
      });
      t.like({ read, rejected, rejects }, { rejects: {}, ...expected });
      const rows = await packRows(`${dir}/work-${rangeBytes}`, manifest, v1.Part.TRAIN);
      t.is(rows.reduce((sum, pack) => sum + pack.rows, 0) + rejected, read);
      keys.add(JSON.stringify(rows.flatMap((pack) => pack.keys)));
    }
    t.is(keys.size, 1);
  });
}

test("UTF-16 and UTF-32 in either order, marked or not, are one clear error in every format", async (t) => {
  const dir = folder(t);
  const texts: Record<string, string> = {
    csv: csvOf(LINES),
    jsonl: '{"y":1,"site":"a"}\n{"y":0,"site":"b"}\n',
    svm: "1 1:2 2:3\n0 4:1\n",
    vw: "1 |a b c\n-1 |a d\n",
  };
  for (const [format, text] of Object.entries(texts)) {
    for (const mark of ["", "\ufeff"]) {
      const little = Buffer.from(mark + text, "utf16le");
      const wide = Buffer.concat([...(mark + text)].map((c) => Buffer.from(Uint32Array.of(c.codePointAt(0)!).buffer)));
      const files: [string, Buffer][] = [
        ["LE", little],
        ["BE", Buffer.from(little).swap16()],
        ["32 LE", wide],
        ["32 BE", Buffer.from(wide).swap32()],
      ];
      for (const [order, bytes] of files) {
        const file = write(dir, `a.${format}`, bytes);
        const data = dataSpec({
          format: format === "svm" ? "libsvm" : format,
          label: { field: format === "svm" || format === "vw" ? "label" : "y", positive: ["1"] },
        });
        const error = await t.throwsAsync(run(`${dir}/work`, { train: [file], data, columns: [] }), { instanceOf: CrossbillError }, `${format} ${order}`);
        t.is((error as CrossbillError).code, "E_ENCODING", `${format} ${order} ${mark === "" ? "without" : "with"} mark: ${error?.message}`);
      }
    }
  }
});

test("a field of a million characters is a value, a word, a key and a slice like any other", async (t) => {
  const dir = folder(t);
  const long = "é".repeat(500_000);
  const file = write(dir, "a.csv", csvOf(LINES.map((line, i) => (i % 20 === 7 ? line.replace(/s\d-0,.*/, `${long},${long}`) : line))));
  const { read, rejected, manifest } = await run(`${dir}/work`, {
    train: [file],
    data: dataSpec({ key: "user", slices: ["site"], split: { index: { every: 2, test: [0] } } }),
    columns: columnSpecs(
      { name: "site", vocabulary: { field: "site", minCount: 1, outOfVocabulary: 1 } },
      { name: "words", vocabulary: { field: "user", minCount: 1, outOfVocabulary: 1, items: { kind: v1.ItemsSpec.Kind.WORDS, least: 1, most: 2 } } },
      { name: "user", hashed: { field: "user", buckets: 100 } },
    ),
  });
  t.deepEqual([read, rejected], [60, 0]);
  const [pack] = await packRows(`${dir}/work`, manifest, v1.Part.TRAIN);
  t.is(pack!.keys!.filter((key) => key === long).length, 3);
  t.deepEqual(
    ["site", "words"].map((name) => Buffer.from(manifest.state!.states.find((one) => one.name === name)!.vocabulary!.values!.bytes).includes(long)),
    [true, true],
  );
});

test("one line longer than many ranges, and a quoted field of half a file, stay one row", async (t) => {
  const dir = folder(t);
  const long = "x".repeat(3 * 2 ** 20);
  const file = write(dir, "a.csv", csvOf(LINES.map((line, i) => (i === 9 ? `1,2,s,"${long}\n${long}"` : line))));
  const { read, rejected } = await run(`${dir}/work`, { train: [file], rangeBytes: 2 ** 20 });
  t.deepEqual([read, rejected], [60, 0]);
});

test("a line of hundreds of megabytes is one clear error that says where, in bounded memory", async (t) => {
  const dir = folder(t);
  const starts: [string, string, string, RegExp][] = [
    ["csv", `y,price,site,user\n1,2,a,b\n0,3,a,`, "E_ROW_TOO_LONG", /bytes 18 to 16777216 \(line 2 or later\) reaches up to byte 209715200/],
    ["csv", `y,price,site,user\n1,2,a,b\n0,3,"a,`, "E_QUOTE_OPEN", /line 2 or later\) has a quoted field that is never closed/],
    ["jsonl", `{"y":1,"price":1,"site":"a","user":"b"}\n{"y":0,"user":"`, "E_ROW_TOO_LONG", /bytes 0 to 16777216/],
    ["vw", `1 |a b\n0 |a `, "E_ROW_TOO_LONG", /bytes 0 to 16777216/],
  ];
  for (const [i, [format, start, code, message]] of starts.entries()) {
    const file = write(dir, `${i}.${format}`, start);
    // The rest is a hole: zeros that take no room on the disk.
    fs.truncateSync(file, 200 * 2 ** 20);
    const data = { format, label: { field: format === "vw" ? "label" : "y", positive: ["1"], negative: ["0"] } };
    const found = await inOwnMemory({ kind: "ingest", file, root: `${dir}/w`, data, columns: format !== "vw" });
    t.is(found.code, code);
    t.regex(found.message, message);
    t.true(found.peak < 2 ** 28, `${format}: ${found.peak} bytes`);
  }
});

test("a hundred thousand columns are fields like few", async (t) => {
  const dir = folder(t);
  const names = Array.from({ length: 100_000 }, (_, i) => (i === 0 ? "y" : `f${i}`));
  const rows = Array.from({ length: 6 }, (_, r) => names.map((_, i) => (i === 0 ? r % 2 : (i * r) % 7)));
  const csv = write(dir, "a.csv", `${[names, ...rows].map((cells) => cells.join(",")).join("\n")}\n`);
  const jsonl = write(dir, "a.jsonl", rows.map((cells) => `${JSON.stringify(Object.fromEntries(cells.map((cell, i) => [names[i]!, cell])))}\n`).join(""));
  const packs = [];
  for (const [file, format] of [
    [csv, "csv"],
    [jsonl, "jsonl"],
  ] as const) {
    const { read, rejected, manifest } = await run(`${dir}/${format}`, {
      train: [file],
      data: dataSpec({ format }),
      columns: columnSpecs({ name: "first", numeric: { field: "f1" } }, { name: "last", numeric: { field: "f99999" } }),
    });
    t.deepEqual([read, rejected], [6, 0]);
    packs.push(await packRows(`${dir}/${format}`, manifest, v1.Part.TRAIN));
  }
  t.deepEqual(
    [...packs[0]![0]!.numbers.get("last")!],
    rows.map((cells) => cells.at(-1)!),
  );
  t.deepEqual(packs[1]![0]!.numbers, packs[0]![0]!.numbers);
  const twice = write(dir, "b.csv", `${[...names, "f77"].join(",")}\n`);
  const error = await t.throwsAsync(run(`${dir}/twice`, { train: [twice] }), { instanceOf: CrossbillError });
  t.is((error as CrossbillError).code, "E_DUPLICATE_COLUMN");
});
