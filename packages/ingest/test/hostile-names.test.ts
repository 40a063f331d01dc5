import fs from "node:fs";
import path from "node:path";
import { readTexts } from "@crossbill/ingest";
import { CrossbillError, v1 } from "@crossbill/messages";
import test from "ava";
import { columnSpecs, dataSpec, folder, packRows, run, write } from "./support.js";

const NAMES = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];
const CLIMBING = ["../up", "..\\up", "/etc/up", "%2e%2e%2fup", "..%252fup", "a/../../up", "CON", "trailing.", "a\u2215b", "n".repeat(300), "nul\0l", " ", "."];

/** Every file and folder below. */
function listing(dir: string): string[] {
  return fs
    .readdirSync(dir, { recursive: true, withFileTypes: true })
    .map((one) => path.join(one.parentPath, one.name))
    .sort();
}

test("names of Object.prototype are ordinary as fields, values, keys, slices, history keys and list items of a CSV", async (t) => {
  const dir = folder(t);
  const before = Object.getOwnPropertyNames(Object.prototype).join();
  const value = (i: number, k: number): string => NAMES[(i * (k + 1)) % NAMES.length]!;
  const rows = Array.from({ length: 60 }, (_, i) => [...NAMES.map((_, k) => value(i, k)), `"[""${value(i, 0)}"",""${value(i, 1)}""]"`, String(i), i % 2]);
  const file = write(dir, "a.csv", `${[[...NAMES, "list", "at", "y"], ...rows].map((cells) => cells.join(",")).join("\n")}\n`);
  const items = { kind: v1.ItemsSpec.Kind.LIST };
  const columns = columnSpecs(
    ...NAMES.map((field) => ({ name: field, vocabulary: { field, minCount: 1, outOfVocabulary: 1 } })),
    { name: "list", vocabulary: { field: "list", minCount: 1, outOfVocabulary: 1, items } },
    { name: "cross", crossed: { inputs: ["__proto__", "constructor"], buckets: 50 } },
    { name: "before", vocabulary: { field: "before", minCount: 1, outOfVocabulary: 1, items } },
  );
  const data = dataSpec({
    key: "__proto__",
    slices: ["constructor", "__proto__"],
    split: { index: { every: 3, test: [0, 1] } },
    label: { field: "y", positive: ["1"], negative: ["0"] },
    histories: [{ name: "before", by: "__proto__", of: "constructor", order: "at", last: 100 }],
  });
  const { manifest, read, rejected } = await run(`${dir}/w`, { train: [file], data, columns });
  t.deepEqual([read, rejected], [60, 0]);
  const [pack] = await packRows(`${dir}/w`, manifest, v1.Part.TEST);
  const tested = Array.from({ length: 60 }, (_, i) => i).filter((i) => i % 3 < 2);
  t.deepEqual(
    pack!.keys,
    tested.map((i) => value(i, 0)),
  );
  t.deepEqual(
    pack!.slices.get("constructor"),
    tested.map((i) => value(i, 1)),
  );
  // The history of a row has as many items as its key had rows before.
  const { offsets } = pack!.pairs.get("before")!;
  const held = tested.map((i) => new Set(Array.from({ length: i }, (_, j) => j).flatMap((j) => (value(j, 0) === value(i, 0) ? [value(j, 1)] : []))).size);
  t.deepEqual(
    tested.map((_, r) => offsets[r + 1]! - offsets[r]!),
    held,
  );
  t.is(Object.getOwnPropertyNames(Object.prototype).join(), before);
});

test("names that climb out of a folder are ordinary as fields, columns, values, keys and slices: nothing is written outside the work folder", async (t) => {
  const dir = folder(t);
  const rows = Array.from({ length: 26 }, (_, i) => [...CLIMBING.map((_, k) => CLIMBING[(i + k) % CLIMBING.length]!), String(i % 2)]);
  const file = write(dir, "in/a.csv", `${[[...CLIMBING, "y"], ...rows].map((cells) => cells.join(",")).join("\n")}\n`);
  const columns = columnSpecs(...CLIMBING.map((field) => ({ name: field, vocabulary: { field, minCount: 1, outOfVocabulary: 1 } })));
  const outside = listing(dir);
  const data = dataSpec({ key: CLIMBING[0]!, slices: CLIMBING, split: { index: { every: 2, test: [0] } }, label: { field: "y", number: true } });
  const { read, rejected, manifest } = await run(`${dir}/w`, { train: [file], data, columns });
  t.deepEqual([read, rejected], [26, 0]);
  const [pack] = await packRows(`${dir}/w`, manifest, v1.Part.TEST);
  t.deepEqual(
    pack!.slices.get(CLIMBING[0]!),
    rows.filter((_, i) => i % 2 === 0).map((cells) => cells[0]!),
  );
  t.deepEqual(
    listing(dir).filter((name) => !name.startsWith(`${dir}/w`)),
    outside,
  );
  t.true(listing(`${dir}/w`).every((name) => fs.lstatSync(name).isFile() || fs.lstatSync(name).isDirectory()));
});

test("paths of sources that are no files are one clear error, to learn from and to score", async (t) => {
  const dir = folder(t);
  fs.mkdirSync(`${dir}/folder.csv`);
  fs.symlinkSync("loop.csv", `${dir}/loop.csv`);
  fs.symlinkSync("nowhere", `${dir}/dangling.csv`);
  for (const name of ["nul\0l.csv", `${"n".repeat(300)}.csv`, "folder.csv", "loop.csv", "dangling.csv", "", "a.csv/b.csv", `${"d/".repeat(3000)}a.csv`]) {
    const file = `${dir}/${name}`;
    for (const attempt of [
      run(`${dir}/w`, { train: [file] }),
      readTexts(file, { format: "csv", csv: dataSpec().csv }, { wanted: () => [], take: () => undefined }),
    ]) {
      const error = (await t.throwsAsync(attempt, { instanceOf: CrossbillError }, JSON.stringify(name.slice(0, 20)))) as CrossbillError | undefined;
      t.regex(error?.code ?? "", /^E_(FILE_MISSING|IO|NOT_FOUND|PERMISSION|PATH)$/, `${JSON.stringify(name.slice(0, 20))}: ${error?.message.slice(0, 300)}`);
    }
  }
});
