import fs from "node:fs";
import { ingestHandlers, readTexts } from "@crossbill/ingest";
import { v1 } from "@crossbill/messages";
import { threadsExecutor } from "@crossbill/tasks";
import test from "ava";
import fc from "fast-check";
import { formatOf } from "../dist/formats.js";
import { joinOpenHeads } from "../dist/open-fields.js";
import type { Head } from "../dist/read-head.js";
import { withRuntime } from "../dist/runtime.js";
import { columnSpecs, csvOf, dataSpec, folder, hashes, packRows, rowsOf, run, write } from "./support.js";

const JSONL = dataSpec({ format: "jsonl" });
const csv = JSONL.csv;

/** The rows of {@link csvOf} as JSON lines, numbers as numbers. */
function jsonOf(lines: readonly string[], space = ""): string {
  return lines
    .map((line) => {
      const [y, price, site, user] = line.split(",");
      return `{${space}"y":${space}${y},${space}"price":${price},"site":${JSON.stringify(site)},"user"${space}:"\\u0075${user!.slice(1)}"${space}}\n`;
    })
    .join("");
}

async function fieldsOf(paths: readonly string[], named: readonly string[] = []): Promise<string[][]> {
  const heads = await withRuntime(async (runtime) => {
    const all: Head[] = [];
    for (const path of paths) all.push(await formatOf("jsonl").readHead(path, { format: "jsonl", csv }, runtime));
    return all;
  });
  return joinOpenHeads(heads, named).map(({ fields }) => [...fields]);
}

async function texts(path: string, fields: readonly string[], rangeBytes?: number): Promise<(string | (string | null)[])[]> {
  const rows: (string | (string | null)[])[] = [];
  await readTexts(
    path,
    { format: "jsonl", csv },
    {
      wanted: (all) => fields.map((field) => all.indexOf(field)),
      named: fields,
      take: (batch) => {
        const at = batch.rows === 0 ? [] : fields.map((_, i) => i);
        for (let row = 0; row < batch.rows; row++) rows.push(batch.problem(row) ?? at.map((i) => batch.text(i, row)));
      },
      ...(rangeBytes === undefined ? {} : { rangeBytes }),
    },
  );
  return rows;
}

test("the same rows as CSV and as JSON lines make the same packs, whatever the spaces, line ends and ranges", async (t) => {
  const dir = folder(t);
  const lines = rowsOf(400);
  const split: v1.DataSpec.$Properties = { split: { hash: { field: "user", validation: 0.2, test: 0.2 } }, slices: ["site", "user"], key: "user" };
  const wanted = await run(`${dir}/csv`, { train: [write(dir, "a.csv", csvOf(lines))], data: dataSpec(split) });
  const forms = { plain: jsonOf(lines), crlf: jsonOf(lines, " ").replaceAll("\n", "\r\n"), bom: `\ufeff\n \t\r\n${jsonOf(lines).trimEnd()}` };
  for (const [name, text] of Object.entries(forms)) {
    const file = write(dir, `${name}.jsonl`, text);
    const got = await run(`${dir}/${name}`, { train: [file], data: dataSpec({ ...split, format: "jsonl" }) });
    t.deepEqual(hashes(got).slice(1), hashes(wanted).slice(1), name);
    t.deepEqual([got.read, got.rejected], [400, 0]);
    const cut = await run(`${dir}/${name}-cut`, { train: [file], data: dataSpec({ ...split, format: "jsonl" }), rangeBytes: 777 });
    t.deepEqual(cut.manifest.state, wanted.manifest.state);
    for (const part of [v1.Part.TRAIN, v1.Part.TEST]) {
      const rows = async (root: string, manifest: v1.IngestManifest) => {
        const packs = await packRows(root, manifest, part);
        return packs.flatMap((pack) => pack.keys?.map((key, i) => [key, pack.label[i], pack.ids.get("site")![i], pack.numbers.get("price")![i]]));
      };
      t.deepEqual(await rows(`${dir}/${name}-cut`, cut.manifest), await rows(`${dir}/csv`, wanted.manifest));
    }
  }
});

test("packs and manifest of JSON lines have the same bytes inline and on two threads", async (t) => {
  const dir = folder(t);
  const given = { train: [write(dir, "a.jsonl", jsonOf(rowsOf(500)))], data: JSONL, rangeBytes: 3000 };
  const inline = await run(`${dir}/inline`, given);
  const executor = threadsExecutor({ handlers: [ingestHandlers], root: `${dir}/threads`, workers: 2 });
  try {
    t.deepEqual(hashes(await run(`${dir}/threads`, { ...given, executor })), hashes(inline));
  } finally {
    await executor.close();
  }
});

test("texts of any values are those of JSON.parse, in every range", async (t) => {
  const dir = folder(t);
  const value = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("", "\n", "\u2028", '"', "\\", "\0"), fc.integer(), fc.boolean(), fc.constant(null));
  const row = fc.record({ a: value, é: value, __proto__: fc.array(value, { maxLength: 3 }), constructor: value }, { requiredKeys: [] });
  let n = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), fc.constantFrom(3, 20, 1 << 20), async (rows, rangeBytes) => {
      const path = write(dir, `${n++}.jsonl`, rows.map((one) => `${JSON.stringify(one)}\n`).join(""));
      const fields = [...new Set(rows.flatMap((one) => Object.keys(one)))];
      t.deepEqual(new Set((await fieldsOf([path]))[0]), new Set(fields));
      t.deepEqual(
        await texts(path, fields, rangeBytes),
        rows.map((one) =>
          fields.map((field) => {
            const found = new Map<string, unknown>(Object.entries(one)).get(field) ?? null;
            return found === null || typeof found === "string" ? found : JSON.stringify(found);
          }),
        ),
      );
    }),
    { numRuns: 100 },
  );
});

test("integers beyond 2^53 stay what they are, and what no number is is refused by the column alone", async (t) => {
  const dir = folder(t);
  const rows = ['{"y":1,"n":1.5,"c":9007199254740993}', '{"y":0,"n":1e400,"c":9007199254740992}', '{"y":0,"n":"2","c":"9007199254740993"}', '{"y":1,"n":null}'];
  const columns = columnSpecs({ name: "n", numeric: { field: "n" } }, { name: "c", vocabulary: { field: "c", minCount: 1, outOfVocabulary: 1 } });
  const data = dataSpec({ format: "jsonl", key: "c", maxRejected: 0.5 });
  const outcome = await run(`${dir}/w`, { train: [write(dir, "a.jsonl", rows.join("\n"))], columns, data });
  const [pack] = await packRows(`${dir}/w`, outcome.manifest, v1.Part.TRAIN);
  t.deepEqual(pack!.keys, ["9007199254740993", "9007199254740993", null]);
  t.deepEqual(pack!.numbers.get("n")!.slice(0, 2), Float64Array.of(1.5, 2));
  t.deepEqual(outcome.rejects, { E_NUMBER: 1 });
});

test("rows that are no object are kept with reason, line, offset and text as the file has it", async (t) => {
  const dir = folder(t);
  const good = '{"y":1,"price":1,"site":"\\u0073","user":"u"}';
  const bad = [
    '{"y":0,"price":2,"site":"a","user":"b",}',
    '{"y":0,"site":"\\u0041","y":1}',
    '{"y":0,"site":"\ufffd"}',
    '{"y":0,"site":"\\ud800"}',
    '["y",0]',
    '{"y":0,"price":"\0"}',
    '{"y":0} {"y":1}',
  ];
  const lines: (string | Buffer)[] = [...Array.from({ length: 20 }, (_, i) => good.replace("1", String(i % 2))), "", "  ", ...bad];
  lines.splice(24, 1, Buffer.from([...Buffer.from('{"y":0,"site":"'), 0xc3, ...Buffer.from('"}')]));
  const bytes = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from("\r\n")]));
  const path = write(dir, "a.jsonl", bytes);
  const outcome = await run(`${dir}/w`, { train: [path], data: dataSpec({ format: "jsonl", maxRejected: 0.5 }) });
  t.deepEqual([outcome.read, outcome.rejected], [27, 7]);
  t.deepEqual(outcome.rejects, { E_JSON: 6, E_UTF8: 1 });
  const rejects = fs
    .readFileSync(outcome.rejectsFile!, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { line: number; row: number; offset: number; code: string; reason: string; text: string });
  for (const { line, offset } of rejects) {
    const raw = Buffer.from(lines[line - 1]!);
    t.deepEqual(bytes.subarray(offset, offset + raw.length), raw);
  }
  t.deepEqual(
    rejects.map(({ line, row, code, reason, text }) => [line, row, code, reason, text]),
    bad.map((text, i): [number, number, string, string, string] => {
      const reasons: [string, string][] = [
        ["E_JSON", "not a JSON object: no name in quotes, 39 bytes into the row"],
        ["E_JSON", "not a JSON object: a name that this row had before, 23 bytes into the row"],
        ["E_UTF8", "not valid UTF-8"],
        ["E_JSON", "not a JSON object: half of a surrogate pair in a string, 15 bytes into the row"],
        ["E_JSON", "not a JSON object: no object: it does not begin with {, 0 bytes into the row"],
        ["E_JSON", "not a JSON object: a control character in a string, 16 bytes into the row"],
        ["E_JSON", "not a JSON object: text behind the object, 8 bytes into the row"],
      ];
      return [23 + i, 20 + i, ...reasons[i]!, text];
    }),
  );
});

test("the fields are those of the first rows in their order, with names that JavaScript would order or hide", async (t) => {
  const dir = folder(t);
  const path = write(dir, "a.jsonl", '\n{"b":1,"10":2,"2":3}\nno row\n{"__proto__":1,"a":{"inner":1},"b":2,"\\u00e9":1,"constructor":null}\n');
  t.deepEqual(await fieldsOf([path]), [["b", "10", "2", "__proto__", "a", "é", "constructor"]]);
});

test("a rare field that is asked for is found behind the first rows; one that is nowhere is said to be missing", async (t) => {
  const dir = folder(t);
  const lines = [...rowsOf(3000).map((_, i) => `{"y":${i % 2},"price":1}`), '{"y":1,"site":"s","us\\u0065r":"u"}', '{"y":1,"user":"u"}'];
  const path = write(dir, "a.jsonl", lines.join("\n"));
  t.deepEqual(await fieldsOf([path]), [["y", "price"]]);
  t.deepEqual(await fieldsOf([path], ["user", "price", "nowhere", "site"]), [["y", "price", "user", "site"]]);
  const outcome = await run(`${dir}/w`, { train: [path], data: JSONL });
  t.deepEqual([outcome.read, outcome.rejected], [3002, 0]);
  const [pack] = await packRows(`${dir}/w`, outcome.manifest, v1.Part.TRAIN);
  t.deepEqual(pack!.ids.get("site")!.slice(-3), Uint32Array.of(0, 2, 0));
  const columns = columnSpecs({ name: "n", numeric: { field: "nowhere" } });
  const error = await t.throwsAsync(run(`${dir}/w2`, { train: [path], data: JSONL, columns }), { code: "E_COLUMN_MISSING" });
  t.regex(error!.message, /no field "nowhere".*there are "y", "price" \(in the first rows/);
});

test("a rare field is found across the border of two chunks", async (t) => {
  const dir = folder(t);
  for (const shift of [-7, -3, 0, 2]) {
    const filler = `{"y":1}\n`.repeat(2 ** 17 - 1).slice(0, 2 ** 20 - 40);
    const text = `${filler.slice(0, filler.lastIndexOf("\n") + 1)}`;
    const path = write(dir, `${shift}.jsonl`, `${text}${" ".repeat(2 ** 20 - text.length + shift - 1)}{"rarely":1}\n`);
    t.deepEqual(await fieldsOf([path], ["rarely"]), [["y", "rarely"]]);
  }
});

test("files of one data set may show other fields: each has all of them", async (t) => {
  const dir = folder(t);
  const a = write(dir, "a.jsonl", '{"y":1,"price":1,"site":"s"}\n{"y":0}\n');
  const b = write(dir, "b.jsonl", '{"user":"u","y":0}\n');
  t.deepEqual(await fieldsOf([a, b]), [
    ["y", "price", "site", "user"],
    ["y", "price", "site", "user"],
  ]);
  const outcome = await run(`${dir}/w`, { train: [a, b], data: JSONL });
  t.deepEqual([outcome.read, outcome.rejected], [3, 0]);
});

test("what is no file of JSON lines is one clear error", async (t) => {
  const dir = folder(t);
  const cases: [string, string | Uint8Array, string, RegExp][] = [
    ["csv", "y,price\n1,2\n0,3\n", "E_JSON", /no JSON object among its first 3 rows.*0 bytes into the row/],
    ["array", '[{"y":1},{"y":0}]\n', "E_JSON", /no JSON object among its first 1 rows/],
    ["empty", "", "E_EMPTY_FILE", /is empty/],
    ["blank", " \n\r\n", "E_EMPTY_FILE", /is empty/],
    ["mark", "\ufeff", "E_EMPTY_FILE", /is empty/],
    ["utf16", Buffer.from('{"y":1}\n{"y":0}\n', "utf16le"), "E_ENCODING", /UTF-16/],
  ];
  for (const [name, content, code, message] of cases) {
    const error = await t.throwsAsync(run(`${dir}/w`, { train: [write(dir, `${name}.jsonl`, content)], data: JSONL }), { code });
    t.regex(error!.message, message);
    t.true(error!.message.includes(`${name}.jsonl`));
  }
});

test("a row longer than the first look and than many ranges is one row", async (t) => {
  const dir = folder(t);
  const long = "x".repeat(3_000_000);
  const path = write(dir, "a.jsonl", `{"y":1,"site":"${long}"}\n{"y":0,"site":"s"}\n`);
  t.deepEqual(await fieldsOf([path]), [["y", "site"]]);
  t.deepEqual(await texts(path, ["y", "site"], 1000), [
    ["1", long],
    ["0", "s"],
  ]);
});
