import { v1 } from "@crossbill/messages";
import test from "ava";
import { formatOf } from "../dist/formats.js";
import { FORMAT_NAMES, formatByName } from "../dist/index.js";
import { csvOf, dataSpec, folder, hashes, rowsOf, run, write } from "./support.js";

test("a format is told by the extension, compression looked through", (t) => {
  const names: Record<string, string | null> = {
    "a.csv": "csv",
    "a.TSV": "tsv",
    "a.csv.gz": "csv",
    "a.jsonl": "jsonl",
    "a.ndjson.zst": "jsonl",
    "a.parquet": "parquet",
    "a.arrow": "arrow",
    "a.feather": "arrow",
    "a.arrows": "arrow-stream",
    "a.svm": "libsvm",
    "a.libsvm.gz": "libsvm",
    "a.vw": "vw",
    "adult.data": null,
    "a.gz": null,
    "folder.csv/a": null,
    "-": null,
  };
  for (const [name, format] of Object.entries(names)) t.is(formatByName(name), format as never, name);
});

test("what is not a format is refused with exit code 2; every format that is read is one that a configuration may name", (t) => {
  const error = t.throws(() => formatOf("xlsx"), { code: "E_FORMAT" });
  t.is((error as unknown as { exitCode: number }).exitCode, 2);
  t.is(formatOf(""), formatOf("csv"));
  t.true(FORMAT_NAMES.includes("csv"));
});

test("the format is told to scans and passes, and decides about no byte of the packs", async (t) => {
  const dir = folder(t);
  const lines = rowsOf(300);
  const csv = await run(`${dir}/1`, { train: [write(dir, "a.csv", csvOf(lines))] });
  const tab = csvOf(lines).replaceAll(",", "\t");
  const tsv = await run(`${dir}/2`, {
    train: [write(dir, "a.tsv", tab)],
    data: dataSpec({ format: "tsv", csv: v1.CsvDialect.create({ delimiter: "\t" }) }),
  });
  t.deepEqual(hashes(csv).slice(1), hashes(tsv).slice(1));
});
