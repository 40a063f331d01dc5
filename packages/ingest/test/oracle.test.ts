import { ingestHandlers } from "@crossbill/ingest";
import { v1 } from "@crossbill/messages";
import { threadsExecutor } from "@crossbill/tasks";
import test from "ava";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { columnSpecs, csvOf, dataSpec, folder, hashes, packRows, rowsOf, run, write } from "./support.js";

const piece = fc.constantFrom("a", "b,c", '"', "\n", "\r\n", "\r", " ", "é", "日本", "x".repeat(30), "#", "0", ",,", '""', "\t");
const value = fc.array(piece, { maxLength: 4 }).map((parts) => parts.join(""));
const lineEnd = fc.constantFrom("\n", "\r\n", "\r", "\n\n", "\r\n\r\n");

/** A well-formed CSV of fields y, a, b with random quoting. */
const csv = fc
  .record({
    bom: fc.boolean(),
    rows: fc.array(fc.record({ a: value, b: value, quote: fc.tuple(fc.boolean(), fc.boolean()), y: fc.constantFrom("0", "1"), end: lineEnd }), {
      minLength: 1,
      maxLength: 30,
    }),
    lastEnd: fc.boolean(),
  })
  .map(({ bom, rows, lastEnd }) => {
    const cell = (text: string, quote: boolean): string => (quote || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const lines = rows.map(({ a, b, quote, y, end }, i) => `${y},${cell(a, quote[0])},${cell(b, quote[1])}${i === rows.length - 1 && !lastEnd ? "" : end}`);
    return `${bom ? "\ufeff" : ""}y,a,b\r\n${lines.join("")}`;
  });

const columns = columnSpecs({ name: "a", vocabulary: { field: "a", minCount: 1, outOfVocabulary: 1 } });
const data = dataSpec({ csv: { missing: [] }, slices: ["a", "b", "y"], key: "b", maxRejected: 0 });

test("rows equal those of csv-parse, however small the ranges", async (t) => {
  const dir = folder(t);
  const train = write(dir, "train.csv", 'y,a,b\n1,p,q\n0,"r",s\n');
  let n = 0;
  await fc.assert(
    fc.asyncProperty(csv, fc.constantFrom(5, 17, 64, 1 << 20), async (text, rangeBytes) => {
      const wanted = parse(text, { bom: true, skip_empty_lines: true, record_delimiter: ["\r\n", "\n", "\r"], relax_quotes: true }).slice(1) as string[][];
      const root = `${dir}/work-${n++}`;
      const { manifest, read, rejected } = await run(root, { train: [train], test: [write(dir, `${n}.csv`, text)], data, columns, rangeBytes });
      const packs = await packRows(root, manifest, v1.Part.TEST);
      const got = packs.flatMap((pack) =>
        Array.from({ length: pack.rows }, (_, r) => [pack.slices.get("y")![r]!, pack.slices.get("a")![r]!, pack.slices.get("b")![r]!]),
      );
      t.deepEqual(got, wanted);
      t.deepEqual(
        packs.flatMap((pack) => pack.keys),
        wanted.map((row) => row[2]!),
      );
      t.deepEqual([read, rejected], [wanted.length + 2, 0]);
    }),
    { numRuns: 25 },
  );
});

test("one quoted field longer than many ranges stays one field", async (t) => {
  const dir = folder(t);
  const long = `${'line "" of, text\n'.repeat(200)}end`;
  const file = write(dir, "a.csv", `y,a,b\n1,first,u\n0,"${long}",v\n1,"last",w\n`);
  const { manifest } = await run(`${dir}/work`, { train: [file], data: dataSpec({ csv: { missing: [] }, key: "a" }), columns, rangeBytes: 64 });
  const keys = (await packRows(`${dir}/work`, manifest, v1.Part.TRAIN)).flatMap((pack) => pack.keys);
  t.deepEqual(keys, ["first", long.replaceAll('""', '"'), "last"]);
});

test("packs and manifest have the same bytes inline and on one, two and three threads", async (t) => {
  const dir = folder(t);
  const files = [1, 2].map((d) => write(dir, `d${d}.csv`, csvOf(rowsOf(400, d))));
  const given = { train: files, data: dataSpec({ split: { hash: { field: "user", validation: 0.2, test: 0.2 } }, slices: ["site"] }), rangeBytes: 1500 };
  const inline = await run(`${dir}/inline`, given);
  t.true(inline.manifest.partitions[0]!.packs.length > 6);
  for (const workers of [1, 2, 3]) {
    const root = `${dir}/threads-${workers}`;
    const executor = threadsExecutor({ handlers: [ingestHandlers], root, workers });
    try {
      const outcome = await run(root, { ...given, executor });
      t.deepEqual(hashes(outcome), hashes(inline));
      t.deepEqual(outcome.manifest, inline.manifest);
    } finally {
      await executor.close();
    }
  }
});

test("the size of ranges changes where packs are cut, not what the columns learn", async (t) => {
  const dir = folder(t);
  const file = write(dir, "a.csv", csvOf(rowsOf(300)));
  const [small, large] = [await run(`${dir}/small`, { train: [file], rangeBytes: 500 }), await run(`${dir}/large`, { train: [file] })];
  t.deepEqual(small.manifest.state, large.manifest.state);
});
