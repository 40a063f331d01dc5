import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { CrossbillError, v1 } from "@crossbill/messages";
import test from "ava";
import { readTexts } from "../dist/index.js";

const csv = v1.CsvDialect.create({ delimiter: ",", header: true, quote: '"', missing: ["", "?"] });

function written(text: string): string {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-texts-")), "rows.csv");
  fs.writeFileSync(file, text);
  return file;
}

async function read(file: string, rangeBytes?: number): Promise<(string[] | string)[]> {
  const rows: (string[] | string)[] = [];
  await readTexts(
    file,
    { format: "csv", csv },
    {
      wanted: (fields) => fields.map((_, i) => i),
      take: (batch) => {
        for (let row = 0; row < batch.rows; row++) rows.push(batch.problem(row) ?? [batch.text(0, row)!, batch.text(1, row)!]);
      },
      ...(rangeBytes === undefined ? {} : { rangeBytes }),
    },
  );
  return rows;
}

test("all rows are read in order, however small the ranges are, quoted newlines and missing texts as they stand", async (t) => {
  const rows = Array.from({ length: 300 }, (_, i) => [String(i), i % 5 === 0 ? `two\nlines, "${i}"` : i % 7 === 0 ? "?" : ""]);
  const file = written(`id,text\n${rows.map(([id, text]) => `${id},"${text!.replaceAll('"', '""')}"\n`).join("")}`);
  for (const rangeBytes of [64, 1000, undefined]) t.deepEqual(await read(file, rangeBytes), rows);
});

test("rows that cannot be cut keep their place and say why", async (t) => {
  t.deepEqual(await read(written('id,text\n1,a\n2\n3,"b"c\n4,d\n')), [["1", "a"], "E_FIELD_COUNT", "E_QUOTE", ["4", "d"]]);
});

test("a header alone has no rows, an open quote is an error", async (t) => {
  t.deepEqual(await read(written("id,text\n")), []);
  t.is((await t.throwsAsync(read(written('id,text\n1,"a\n2,b\n')), { instanceOf: CrossbillError }))?.code, "E_QUOTE_OPEN");
});

test("of a format of one row a line the beginning can be read alone, in whole lines; other formats are read whole", async (t) => {
  const lines = Array.from({ length: 100 }, (_, i) => `{"id":"${i}"}\n`);
  const file = written(lines.join(""));
  const ids = async (beginning: number, format: "jsonl" | "csv" = "jsonl"): Promise<string[]> => {
    const found: string[] = [];
    await readTexts(
      file,
      { format, csv },
      {
        wanted: () => [0],
        beginning,
        take: (batch) => {
          for (let row = 0; row < batch.rows; row++) found.push(batch.problem(row) ?? batch.text(0, row)!);
        },
      },
    );
    return found;
  };
  const all = lines.map((_, i) => String(i));
  t.deepEqual(await ids(lines.slice(0, 7).join("").length), all.slice(0, 7));
  t.deepEqual(await ids(lines.slice(0, 7).join("").length + 5), all.slice(0, 7));
  t.deepEqual(await ids(lines.slice(0, 8).join("").length - 1), all.slice(0, 7));
  t.deepEqual(await ids(3), all, "no line ends there");
  t.deepEqual(await ids(1e6), all);
  t.is((await ids(40, "csv")).length, 99);
});
