import fs from "node:fs";
import path from "node:path";
import { v1 } from "@crossbill/messages";
import test from "ava";
import { COLUMNS, columnSpecs, csvOf, dataSpec, folder, packRows, rowsOf, run, write } from "./support.js";

test("rows come out of packs as they stood in the file", async (t) => {
  const dir = folder(t);
  const file = write(dir, "a.csv", csvOf(["1,2.5,x,u1", "0,,y,u2", '1,"-3",x,', '0,4,"z ""q"", w",u1']));
  const { manifest, read, rejected, skipped, rejectsFile } = await run(`${dir}/work`, { train: [file] });
  t.deepEqual({ read, rejected, skipped, rejectsFile }, { read: 4, rejected: 0, skipped: false, rejectsFile: null });
  const [rows] = await packRows(`${dir}/work`, manifest, v1.Part.TRAIN);
  t.deepEqual([...rows!.label], [1, 0, 1, 0]);
  t.deepEqual([...rows!.weight], [1, 1, 1, 1]);
  t.deepEqual([...rows!.numbers.get("price")!], [2.5, Number.NaN, -3, 4]);
  const site = [...rows!.ids.get("site")!];
  t.is(site[0], site[2]);
  t.is(new Set(site).size, 3);
  t.is(rows!.ids.get("user")![2], 0);
  t.is(rows!.ids.get("user")![0], rows!.ids.get("user")![3]);
  t.deepEqual(Buffer.from(manifest.state.states.find((s) => s.name === "site")!.vocabulary!.values.bytes).toString(), 'xyz "q", w');
});

test("a second run with nothing new is skipped; an appended night reads its file only and leaves old packs untouched", async (t) => {
  const dir = folder(t);
  const root = `${dir}/work`;
  const files = [write(dir, "d1.csv", csvOf(rowsOf(300, 1))), write(dir, "d2.csv", csvOf(rowsOf(300, 2)))];
  const first = await run(root, { train: files });
  const second = await run(root, { train: files });
  t.true(second.skipped);
  t.is(second.read, 0);
  t.is(second.manifest.key, first.manifest.key);
  const before = first.manifest.partitions.flatMap((p) => p.packs.map((pack) => path.join(root, pack.file.uri)));
  const times = before.map((file) => fs.statSync(file).mtimeMs);
  const third = await run(root, { train: [...files, write(dir, "d3.csv", csvOf(rowsOf(100, 3)))] });
  t.is(third.read, 100);
  t.is(third.anew, null);
  t.is(third.manifest.state.generation, 1);
  t.is(third.manifest.nightsSinceRefit, 1);
  t.deepEqual(
    third.manifest.partitions.map((p) => [p.name, p.generation]),
    [
      ["d1.csv", 0],
      ["d2.csv", 0],
      ["d3.csv", 1],
    ],
  );
  t.deepEqual(
    third.manifest.partitions.slice(0, 2).flatMap((p) => p.packs),
    first.manifest.partitions.flatMap((p) => p.packs),
  );
  t.deepEqual(
    before.map((file) => fs.statSync(file).mtimeMs),
    times,
  );
  const values = (m: v1.IngestManifest): string => Buffer.from(m.state.states.find((s) => s.name === "site")!.vocabulary!.values.bytes).toString();
  t.true(values(third.manifest).startsWith(values(first.manifest)), "vocabularies append");
});

test("one flipped byte with size and time kept is seen", async (t) => {
  const dir = folder(t);
  const file = write(dir, "a.csv", csvOf(rowsOf(200)));
  const first = await run(`${dir}/work`, { train: [file] });
  const { atime, mtime } = fs.statSync(file);
  const bytes = fs.readFileSync(file);
  bytes.write("t", bytes.indexOf("s3-0"));
  fs.writeFileSync(file, bytes);
  fs.utimesSync(file, atime, mtime);
  const second = await run(`${dir}/work`, { train: [file] });
  t.false(second.skipped);
  t.is(second.read, 200);
  t.not(second.manifest.key, first.manifest.key);
});

test("the window keeps the newest files of train; an older one may go, a newer one may not", async (t) => {
  const dir = folder(t);
  const root = `${dir}/work`;
  const files = [1, 2, 3, 4].map((d) => write(dir, `d${d}.csv`, csvOf(rowsOf(50, d))));
  const nights = { window: 2, refitEveryNights: 0 };
  const first = await run(root, { train: files.slice(0, 2), nights });
  const second = await run(root, { train: files.slice(0, 3), nights });
  t.deepEqual(
    second.manifest.partitions.map((p) => p.name),
    ["d2.csv", "d3.csv"],
  );
  t.deepEqual([first.read, second.read, second.anew], [100, 50, null]);
  const third = await run(root, { train: [files[1]!, files[3]!], nights });
  t.regex(third.anew ?? "", /d3.csv is gone/);
  t.is(third.read, 100);
});

test("a refit comes after the given number of nights", async (t) => {
  const dir = folder(t);
  const reasons = [];
  const files: string[] = [];
  for (const d of [1, 2, 3, 4]) {
    files.push(write(dir, `d${d}.csv`, csvOf(rowsOf(40, d))));
    const { anew, manifest } = await run(`${dir}/work`, { train: files, nights: { window: 0, refitEveryNights: 2 } });
    reasons.push([anew === null ? "append" : "anew", manifest.nightsSinceRefit]);
  }
  t.deepEqual(reasons, [
    ["anew", 0],
    ["append", 1],
    ["anew", 0],
    ["append", 1],
  ]);
});

test("splits: by hash of a field, by row number, by a field's value, by files of their own", async (t) => {
  const dir = folder(t);
  const parts = async (more: v1.DataSpec.$Properties, given: { test?: string[] } = {}, lines = rowsOf(400)): Promise<number[]> => {
    const file = write(dir, "a.csv", csvOf(lines));
    const { manifest } = await run(`${dir}/work-${Math.random()}`, { train: [file], data: dataSpec(more), ...given });
    return [v1.Part.TRAIN, v1.Part.VALIDATION, v1.Part.TEST].map((part) =>
      manifest.partitions
        .flatMap((p) => p.packs)
        .filter((p) => p.part === part)
        .reduce((sum, p) => sum + p.rows, 0),
    );
  };
  const hashed = await parts({ split: { hash: { field: "user", validation: 0.25, test: 0.25 } } });
  t.is(
    hashed.reduce((a, b) => a + b),
    400,
  );
  t.true(hashed.every((n) => n > 0));
  t.deepEqual(await parts({ split: { index: { every: 5, test: [0], validation: [1] } } }), [240, 80, 80]);
  const named = rowsOf(90).map((line, i) => line.replace(/u\d+$/, ["train", "validation", "test"][Math.floor(i / 30)]!));
  t.deepEqual(await parts({ split: { column: { field: "user" } } }, {}, named), [30, 30, 30]);
  t.deepEqual(await parts({ split: { index: { every: 2, validation: [0] } } }, { test: [write(dir, "t/a.csv", csvOf(rowsOf(70)))] }), [200, 200, 70]);
});

test("slices and keys are kept beside validation and test rows", async (t) => {
  const dir = folder(t);
  const file = write(dir, "a.csv", csvOf(rowsOf(10).map((line, i) => (i === 5 ? line.replace(/,s[^,]*/, ",") : line))));
  const columns = [...COLUMNS, ...columnSpecs({ name: "band", bucketized: { field: "price", boundaries: [2, 4] } })];
  const data = dataSpec({ slices: ["site", "band", "price"], key: "user", split: { index: { every: 2, test: [1] } } });
  const { manifest } = await run(`${dir}/work`, { train: [file], data, columns });
  const [rows] = await packRows(`${dir}/work`, manifest, v1.Part.TEST);
  t.deepEqual(rows!.slices.get("site"), ["s1-0", "s3-0", null, "s2-0", "s4-0"]);
  t.deepEqual(rows!.slices.get("price"), ["0.5", "1.5", "2.5", "3.5", "4.5"]);
  t.is(new Set(rows!.slices.get("band")).size, 3);
  t.deepEqual(rows!.keys, ["u1", "u3", "u5", "u7", "u9"]);
  const [train] = await packRows(`${dir}/work`, manifest, v1.Part.TRAIN);
  t.is(train!.slices.size, 0);
});

test("weights and number labels are read exactly", async (t) => {
  const dir = folder(t);
  const file = write(dir, "a.csv", "y,w,x\n1.25,0.5,a\n-3e-320,2,b\n123456789012345678901234567890,0,a\n");
  const data = dataSpec({ label: { field: "y", number: true }, weight: "w" });
  const { manifest } = await run(`${dir}/work`, {
    train: [file],
    data,
    columns: columnSpecs({ name: "x", vocabulary: { field: "x", minCount: 1, outOfVocabulary: 1 } }),
  });
  const [rows] = await packRows(`${dir}/work`, manifest, v1.Part.TRAIN);
  t.deepEqual([...rows!.label], [1.25, -3e-320, 123456789012345680000000000000]);
  t.deepEqual([...rows!.weight], [0.5, 2, 0]);
  t.is(manifest.partitions[0]!.packs[0]!.weight, 2.5);
});

test("a dialect like that of UCI Adult is read as its configuration says", async (t) => {
  const dir = folder(t);
  const csv = { delimiter: ", ", header: false, names: ["age", "work", "y"], comment: "|", missing: ["?"], quote: "" };
  const data = dataSpec({ csv, label: { field: "y", positive: [">50K", ">50K."] } });
  const columns = columnSpecs({ name: "age", numeric: { field: "age" } }, { name: "work", vocabulary: { field: "work", minCount: 1, outOfVocabulary: 1 } });
  const train = write(dir, "adult.data", "39, State-gov, <=50K\n50, ?, >50K\n\n");
  const held = write(dir, "adult.test", "|1x3 Cross validator\n25, Private, <=50K.\n44, State-gov, >50K.\n");
  const { manifest, rejected } = await run(`${dir}/work`, { train: [train], test: [held], data, columns });
  t.is(rejected, 0);
  const [trained] = await packRows(`${dir}/work`, manifest, v1.Part.TRAIN);
  const [tested] = await packRows(`${dir}/work`, manifest, v1.Part.TEST);
  t.deepEqual(
    [[...trained!.label], [...tested!.label]],
    [
      [0, 1],
      [0, 1],
    ],
  );
  t.deepEqual([...trained!.ids.get("work")!, ...tested!.ids.get("work")!], [2, 0, 1, 2]);
});
