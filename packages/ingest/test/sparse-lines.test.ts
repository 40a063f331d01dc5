import fs from "node:fs";
import { readTexts } from "@crossbill/ingest";
import { v1 } from "@crossbill/messages";
import test from "ava";
import { columnSpecs, dataSpec, folder, packRows, run, write } from "./support.js";

const csv = dataSpec().csv;
const COLUMNS = columnSpecs({ name: "features", vocabulary: { field: "features", minCount: 1, outOfVocabulary: 1 } });

async function texts(path: string, format: "libsvm" | "vw", rangeBytes?: number): Promise<(string | (string | null)[])[]> {
  const rows: (string | (string | null)[])[] = [];
  let count = 0;
  await readTexts(
    path,
    { format, csv },
    {
      wanted: (all) => {
        count = all.length;
        return all.map((_, i) => i);
      },
      take: (batch) => {
        for (let row = 0; row < batch.rows; row++) rows.push(batch.problem(row) ?? Array.from({ length: count }, (_, field) => batch.text(field, row)));
      },
      ...(rangeBytes === undefined ? {} : { rangeBytes }),
    },
  );
  return rows;
}

test("libsvm: labels, queries and features are fields, comments and blank lines are no rows, in every range", async (t) => {
  const dir = folder(t);
  const path = write(dir, "a.svm", "\ufeff# a note\r\n+1 qid:3 1:0.5 10:2 # said\r\n\r\n-1 2:1\n  # another\n1e0\n0 qid:4\n3:4\n");
  const rows = [
    ["1", "3", '{"1":0.5,"10":2}'],
    ["-1", null, '{"2":1}'],
    ["1", null, "{}"],
    ["0", "4", "{}"],
    [null, null, '{"3":4}'],
  ];
  for (const rangeBytes of [1, 7, 30, undefined]) t.deepEqual(await texts(path, "libsvm", rangeBytes), rows);
});

test("Vowpal Wabbit: labels, weights, tags and features are fields, scales count, in every range", async (t) => {
  const dir = folder(t);
  const path = write(dir, "a.vw", "1 |a x:2 y\r\n-1 2.50 'tag |a:0.5 x:3 |b z\n\n1.0 1 tag| q\n1e0 3 'l |a x\n| u\n");
  const rows = [
    ["1", "1", null, '{"a^x":2,"a^y":1}'],
    ["-1", "2.5", "tag", '{"a^x":1.5,"b^z":1}'],
    ["1", "1", "tag", '{"q":1}'],
    ["1", "3", "l", '{"a^x":1}'],
    [null, "1", null, '{"u":1}'],
  ];
  for (const rangeBytes of [1, 7, 30, undefined]) t.deepEqual(await texts(path, "vw", rangeBytes), rows);
});

for (const [format, good, bad] of [
  [
    "libsvm",
    (i: number) => `${i % 2 === 0 ? "+1" : "-1"} 1:${i}`,
    [
      ["1 2:x", "E_LIBSVM", "not libsvm: the value of a feature is no number, 4 bytes into the row"],
      ["yes 1:1", "E_LIBSVM", "not libsvm: the label is no number, 0 bytes into the row"],
      ["1e999 1:1", "E_LIBSVM", "not libsvm: the label is no number, 0 bytes into the row"],
      ["5:1", "E_LABEL_EMPTY", "no label"],
    ],
  ],
  [
    "vw",
    (i: number) => `${i % 2 === 0 ? "1" : "-1"} |a b:${i}`,
    [
      ["1 |a b:x", "E_VW", "not Vowpal Wabbit's text: the value of a feature is no number, 7 bytes into the row"],
      ["1 1 1 |a b", "E_VW", "not Vowpal Wabbit's text: a third number before the | (a base) has no meaning here, 4 bytes into the row"],
      ["1 |a:2 :1", "E_VW", "not Vowpal Wabbit's text: a feature without a name, 7 bytes into the row"],
      ["1 -1 |a b", "E_WEIGHT", 'not a finite number of at least 0: "-1"'],
      ["|a b", "E_LABEL_EMPTY", "no label"],
    ],
  ],
] as const) {
  test(`${format}: rows that are none are kept with reason, line and offset; the others are packed`, async (t) => {
    const dir = folder(t);
    const lines = [...Array.from({ length: 50 }, (_, i) => good(i)), ...bad.map(([line]) => line), "", ...Array.from({ length: 50 }, (_, i) => good(i + 50))];
    const text = `${lines.join("\n")}\n`;
    const data = dataSpec({
      format,
      label: { field: "label", positive: ["1"], negative: ["-1"] },
      weight: format === "vw" ? "weight" : "",
      key: "features",
      maxRejected: 0.5,
    });
    for (const rangeBytes of [100, 1 << 20]) {
      const root = `${dir}/w${rangeBytes}`;
      const outcome = await run(root, { train: [write(dir, "a", text)], data, columns: COLUMNS, rangeBytes });
      t.deepEqual([outcome.read, outcome.rejected], [100 + bad.length, bad.length]);
      const rejects = fs
        .readFileSync(outcome.rejectsFile!, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { line: number; offset: number; code: string; reason: string; text: string });
      t.deepEqual(
        rejects.map(({ line, offset, code, reason, text: row }) => [line, offset, code, reason, row]),
        bad.map(([row, code, reason], i) => [51 + i, text.indexOf(`\n${row}\n`) + 1, code, reason, row]),
      );
      const packs = await packRows(root, outcome.manifest, v1.Part.TRAIN);
      const keys = packs.flatMap((pack) => pack.keys);
      t.deepEqual(
        keys,
        Array.from({ length: 100 }, (_, i) => (format === "vw" ? `{"a^b":${i}}` : `{"1":${i}}`)),
      );
      t.deepEqual(
        packs.flatMap((pack) => [...pack.label]),
        Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 1 : 0)),
      );
    }
  });
}

test("features that are longer as text than the room of a batch make shorter batches, and one row may be longer than it", async (t) => {
  const dir = folder(t);
  const name = "n".repeat(5000);
  const row = (features: number): string => `1 |${name} ${Array.from({ length: features }, (_, i) => `f${i}`).join(" ")}`;
  const rows = [...Array.from({ length: 30 }, () => row(100)), row(3000), row(2), row(2).replace(`|${name}`, `|${name}:2`)];
  const got = await texts(write(dir, "a.vw", rows.join("\n")), "vw");
  t.is(got.length, rows.length);
  const counts = got.map((one) => Object.keys(JSON.parse(one[3]!) as object).length);
  t.deepEqual(counts, [...Array.from({ length: 30 }, () => 100), 3000, 2, 2]);
  t.deepEqual(JSON.parse(got.at(-1)![3]!), { [`${name}^f0`]: 2, [`${name}^f1`]: 2 });
});

test("an empty file, and one in UTF-16, are one clear error", async (t) => {
  const dir = folder(t);
  for (const format of ["libsvm", "vw"] as const) {
    const data = dataSpec({ format, label: { field: "label", positive: ["1"] } });
    const given = { data, columns: COLUMNS };
    await t.throwsAsync(run(`${dir}/w`, { train: [write(dir, "e", "")], ...given }), { code: "E_EMPTY_FILE" });
    await t.throwsAsync(run(`${dir}/w`, { train: [write(dir, "n", "\n \n")], ...given }), { code: "E_NO_ROWS" });
    await t.throwsAsync(run(`${dir}/w`, { train: [write(dir, "u", Buffer.from("1 1:1\n0 1:2\n", "utf16le"))], ...given }), { code: "E_ENCODING" });
  }
});
