import fs from "node:fs";
import { ingestHandlers } from "@crossbill/ingest";
import { CrossbillError, type ErrorCode, type v1 } from "@crossbill/messages";
import { inlineExecutor } from "@crossbill/tasks";
import test, { type ExecutionContext } from "ava";
import { COLUMNS, columnSpecs, csvOf, dataSpec, folder, type Given, HEADER, rowsOf, run, write } from "./support.js";

async function refused(t: ExecutionContext, code: ErrorCode, message: RegExp, root: string, given: Given): Promise<CrossbillError> {
  const error = (await t.throwsAsync(run(root, given), { instanceOf: CrossbillError })) as CrossbillError;
  t.is(error.code, code);
  t.regex(error.message, message);
  t.false(fs.existsSync(`${root}/ingest/manifest.pb`));
  return error;
}

const good = csvOf(rowsOf(100));
const cases: [string, ErrorCode, RegExp, string | Uint8Array | null, Partial<Given>?][] = [
  ["a missing file", "E_FILE_MISSING", /a\.csv: there is no such file/, null],
  ["an empty file", "E_EMPTY_FILE", /a\.csv: the file is empty/, ""],
  ["a file of blank lines", "E_EMPTY_FILE", /a\.csv/, "\n\n"],
  ["a header without rows", "E_NO_ROWS", /a\.csv: no rows behind the header/, `${HEADER}\n`],
  ["a header without rows or line end", "E_NO_ROWS", /no rows/, HEADER],
  ["a column name that is there twice", "E_DUPLICATE_COLUMN", /fields 2, 4 are all named "price"/, good.replace("user", "price")],
  ["UTF-16 with a mark", "E_ENCODING", /UTF-16/, Buffer.from(`\ufeff${good}`, "utf16le")],
  ["UTF-16 without a mark", "E_ENCODING", /UTF-16/, Buffer.from(good, "utf16le").swap16()],
  ["a quoted name that is not closed", "E_HEADER", /not closed/, 'y,"price,site\n1,2,3\n'],
  [
    "a label the file lacks",
    "E_COLUMN_MISSING",
    /no field "nope", which data.label names; there are "y", "price", "site", "user"/,
    good,
    { data: dataSpec({ label: { field: "nope", positive: ["1"] } }) },
  ],
  [
    "a delimiter that is not the file's",
    "E_COLUMN_MISSING",
    /no field "y".*; its rows look delimited by ";" \(4 fields\), data\.csv\.delimiter is ","/s,
    good.replaceAll(",", ";"),
    { data: dataSpec({ label: { field: "y", positive: ["1"] } }) },
  ],
  ["a header that is none", "E_COLUMN_MISSING", /first row looks like data: with data\.csv\.header false/, good.slice(good.indexOf("\n") + 1), {}],
  ["a weight the file lacks", "E_COLUMN_MISSING", /data\.weight/, good, { data: dataSpec({ weight: "nope" }) }],
  ["a split field the file lacks", "E_COLUMN_MISSING", /data\.split/, good, { data: dataSpec({ split: { hash: { field: "nope", test: 0.1 } } }) }],
  ["a slice the file lacks", "E_COLUMN_MISSING", /slices/, good, { data: dataSpec({ slices: ["nope"] }) }],
  ["a column's field the file lacks", "E_COLUMN_MISSING", /column "x"/, good, { columns: columnSpecs({ name: "x", hashed: { field: "nope", buckets: 5 } }) }],
  ["labels of one class only", "E_ONE_CLASS", /all 50 training rows .* negative/, csvOf(rowsOf(50).map((line) => `0${line.slice(1)}`))],
  ["all rows bad", "E_TOO_MANY_REJECTS", /100 of 100 rows .*E_FIELD_COUNT 100/, csvOf(rowsOf(100).map((line) => `${line},x`))],
  ["no training rows", "E_NO_ROWS", /no training rows/, good, { data: dataSpec({ split: { index: { every: 1, test: [0] } } }) }],
  [
    "weights that are all zero",
    "E_WEIGHT",
    /all 100 training rows are 0/,
    good.replace(HEADER, `${HEADER},w`).replaceAll(/(u\d+)$/gm, "$1,0"),
    { data: dataSpec({ weight: "w" }) },
  ],
  [
    "a quoted field that swallows the rest of the file",
    "E_QUOTE_OPEN",
    /line 101.*swallows 3 lines/,
    `${good}`.replace(/\n([^\n]*)\n$/, '\n1,1,"$1\n1,1,a,b\n1,1,a,b'),
  ],
  ["quotes in the dialect that are no byte", "E_CSV_DIALECT", /csv\.quote/, good, { data: dataSpec({ csv: { quote: "''" } }) }],
  ["no names where there is no header", "E_CSV_DIALECT", /csv\.names/, good, { data: dataSpec({ csv: { header: false } }) }],
];
for (const [what, code, message, content, more] of cases) {
  test(`${what} is one clear error: ${code}`, async (t) => {
    const dir = folder(t);
    if (content !== null) write(dir, "a.csv", content);
    await refused(t, code, message, `${dir}/work`, { train: [`${dir}/a.csv`], ...more });
  });
}

test("files with other headers are named", async (t) => {
  const dir = folder(t);
  const files = [write(dir, "a.csv", good), write(dir, "b.csv", good.replace("price,site", "site,price"))];
  await refused(t, "E_HEADER_MISMATCH", /b\.csv: its fields are not those of .*a\.csv: field 2 is "site", there it is "price"/, `${dir}/work`, {
    train: files,
  });
});

test("bad rows are counted, kept and explained", async (t) => {
  const dir = folder(t);
  const lines = rowsOf(1000);
  lines[2] = '1,"1\n2",a,u'; // two lines: what follows stands one line lower
  lines[10] += ",extra";
  lines[20] = lines[20]!.split(",").slice(1).join(",");
  lines[30] = `7${lines[30]!.slice(1)}`;
  lines[40] = lines[40]!.slice(1);
  lines[50] = `1,12..5,${"z".repeat(300)},u`;
  lines[60] = '1,2,"a"b,c';
  const text = Buffer.from(csvOf(lines));
  const marker = Buffer.from("\xff\xfe", "latin1");
  const at = text.indexOf(lines[70]!) + 2;
  const file = write(dir, "a.csv", Buffer.concat([text.subarray(0, at), marker, text.subarray(at)]));
  for (const rangeBytes of [1 << 20, 100]) {
    const { read, rejected, rejects, rejectsFile } = await run(`${dir}/work-${rangeBytes}`, {
      train: [file],
      rangeBytes,
      data: dataSpec({ maxRejected: 0.05 }),
    });
    t.deepEqual([read, rejected], [1000, 8]);
    t.deepEqual(rejects, { E_FIELD_COUNT: 2, E_LABEL_EMPTY: 1, E_LABEL_VALUE: 1, E_NUMBER: 2, E_QUOTE: 1, E_UTF8: 1 });
    const kept = fs
      .readFileSync(rejectsFile!, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    t.deepEqual(
      kept.map(({ line, row, code }) => [line, row, code]),
      [
        [4, 2, "E_NUMBER"],
        [13, 10, "E_FIELD_COUNT"],
        [23, 20, "E_FIELD_COUNT"],
        [33, 30, "E_LABEL_VALUE"],
        [43, 40, "E_LABEL_EMPTY"],
        [53, 50, "E_NUMBER"],
        [63, 60, "E_QUOTE"],
        [73, 70, "E_UTF8"],
      ],
    );
    t.true(kept.every(({ file: name }) => name === file));
    t.is(kept[0]!["text"], lines[2]);
    t.is(kept[1]!["reason"], "5 fields, 4 expected");
    t.is(kept[3]!["reason"], 'not an allowed label: "7"');
    t.is(kept[5]!["field"], "price");
    t.is((kept[5]!["text"] as string).length, 201);
    t.is(
      text
        .subarray(kept[6]!["offset"] as number)
        .subarray(0, 10)
        .toString().length,
      10,
    );
  }
});

test("too many bad rows stop before the manifest, and the rejected rows stay to be looked at", async (t) => {
  const dir = folder(t);
  const file = write(dir, "a.csv", csvOf(rowsOf(200).map((line, i) => (i % 50 === 0 ? `${line},extra` : line))));
  const error = await refused(t, "E_TOO_MANY_REJECTS", /4 of 200 rows .*E_FIELD_COUNT 4[\s\S]*a\.csv:2: 5 fields, 4 expected/, `${dir}/work`, {
    train: [file],
  });
  t.is(fs.readFileSync(String(error.details["rejectsFile"]), "utf8").trim().split("\n").length, 4);
});

test("a file that changes while it is read is refused", async (t) => {
  const dir = folder(t);
  const file = write(dir, "a.csv", good);
  const root = `${dir}/work`;
  const inner = inlineExecutor({ handlers: [ingestHandlers], root });
  const touching = (when: string, change: () => void) => ({
    ...inner,
    workers: 1,
    run: (tasks: readonly v1.Task[], signal?: AbortSignal) => {
      if (tasks[0]?.step === when) change();
      return inner.run(tasks, signal);
    },
  });
  await refused(t, "E_INPUT_CHANGED", /a\.csv: changed while it was read/, root, {
    train: [file],
    executor: touching("ingest.fit", () => fs.writeFileSync(file, good.replace("s1-0", "t1-0"))),
  });
  fs.writeFileSync(file, good);
  await refused(t, "E_INPUT_CHANGED", /size or time/, root, { train: [file], executor: touching("ingest.encode", () => fs.appendFileSync(file, "1,1,a,b\n")) });
});

test("an interrupted ingestion ends with E_ABORTED", async (t) => {
  const dir = folder(t);
  await refused(t, "E_ABORTED", /stopped/, `${dir}/work`, { train: [write(dir, "a.csv", good)], columns: COLUMNS, signal: AbortSignal.abort() });
});
