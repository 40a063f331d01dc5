import fs from "node:fs";
import { fingerprint64, numberCells, textSample } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { DEFAULT_CHECKS, distinctTexts, profilePath, quantileOf, readProfile, textsOf, typeOf } from "../dist/index.js";
import { keysOf } from "../dist/profile/tables.js";
import { columnSpecs, csvOf, dataSpec, folder, rowsOf, run, write } from "./support.js";

const profileOf = async (root: string, manifest: v1.IngestManifest): Promise<v1.DataProfile> => readProfile(root, manifest.profile!.name);
const field = (profile: v1.DataProfile, name: string): v1.FieldProfile => profile.profiles.find((one) => one.field === name)!;
const countsByText = (profile: v1.TextProfile): Record<string, number> => Object.fromEntries(textsOf(profile).map(({ text, count }) => [text, count]));

test("a run's profile is what a plain count of its rows gives", async (t) => {
  const root = folder(t);
  const lines = [...rowsOf(400), "1,,s0-0,u1", "0,-0,,u1", "oops,1,s1,u1"];
  const split = v1.SplitSpec.create({ index: v1.IndexSplit.create({ every: 4, validation: [1], test: [] }) });
  const { manifest } = await run(root, { train: [write(root, "a.csv", csvOf(lines))], data: dataSpec({ split, maxRejected: 0.5 }), rangeBytes: 1000 });
  const profile = await profileOf(root, manifest);
  const rows = lines.filter((line) => !line.startsWith("oops")).map((line) => line.split(","));
  const count = (column: number): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const row of rows) if (row[column] !== "") counts[row[column]!] = (counts[row[column]!] ?? 0) + 1;
    return counts;
  };
  t.is(profile.rows, rows.length);
  t.deepEqual(profile.fields, ["y", "price", "site", "user"]);
  t.deepEqual(countsByText(field(profile, "y").texts!), count(0));
  t.deepEqual(countsByText(field(profile, "site").texts!), count(2));
  t.deepEqual(countsByText(field(profile, "user").texts!), count(3));
  t.is(field(profile, "site").missing, rows.filter((row) => row[2] === "").length);
  const prices = rows.filter((row) => row[1] !== "").map((row) => Number(row[1]) + 0);
  const { numbers, missing } = field(profile, "price");
  const want = numberCells(prices);
  t.is(missing, rows.length - prices.length);
  t.is(numbers!.level, 0);
  t.is(numbers!.integers, prices.filter(Number.isInteger).length);
  t.deepEqual(
    new Map([...keysOf(numbers!.cells)].map((cell, i) => [cell, numbers!.counts[i]!])),
    new Map([...want.cells].sort(([a], [b]) => (a < b ? -1 : 1))),
  );
  t.is(quantileOf(numbers!, 0.5), [...prices].sort((a, b) => a - b)[Math.ceil(prices.length / 2) - 1]!);
  t.is(typeOf(field(profile, "price")), "number");
  t.is(typeOf(field(profile, "site")), "text");
  t.is(typeOf(field(profile, "y")), "integer");
});

test("past 1024 values a profile samples and coarsens the same way however the file is cut", async (t) => {
  const lines = Array.from({ length: 6000 }, (_, i) => `${i % 3 === 0 ? 1 : 0},${((i * 7919) % 6007) / 13},s${i % 7},user ${(i * i) % 5003}`);
  const bytes = new Set<string>();
  for (const rangeBytes of [3000, 17_000, 2 ** 20]) {
    const root = folder(t);
    const { manifest } = await run(root, { train: [write(root, "a.csv", csvOf(lines))], rangeBytes });
    const profile = await profileOf(root, manifest);
    bytes.add(Buffer.from(v1.DataProfile.encode(profile).finish()).toString("base64"));
    const users = lines.map((line) => line.split(",")[3]!);
    const want = textSample(users.map((user) => fingerprint64(Buffer.from(user))));
    const { texts } = field(profile, "user");
    t.is(texts!.level, want.level);
    t.true(texts!.level > 0);
    t.deepEqual(
      new Map([...keysOf(texts!.fingerprints)].map((key, i) => [key, texts!.counts[i]!])),
      new Map([...want.sample].sort(([a], [b]) => (a < b ? -1 : 1))),
    );
    t.deepEqual(texts!.buckets, want.buckets);
    const distinct = new Set(users).size;
    t.true(Math.abs(distinctTexts(texts!) / distinct - 1) < 0.12, `${distinctTexts(texts!)} of ${distinct}`);
    t.is(field(profile, "price").numbers!.level, numberCells(lines.map((line) => Number(line.split(",")[1]))).level);
  }
  t.is(bytes.size, 1);
});

test("names of hostile fields and values are ordinary", async (t) => {
  const root = folder(t);
  const file = write(root, "a.csv", `y,__proto__,constructor\n${Array.from({ length: 20 }, (_, i) => `${i % 2},__proto__,c${i}`).join("\n")}\n`);
  const columns = columnSpecs({ name: "a", hashed: { field: "__proto__", buckets: 10 } }, { name: "b", hashed: { field: "constructor", buckets: 1000 } });
  const { manifest } = await run(root, { train: [file], columns });
  const profile = await profileOf(root, manifest);
  t.deepEqual(
    textsOf(field(profile, "__proto__").texts!).map(({ text, count }) => [text, count]),
    [["__proto__", 20]],
  );
  t.is(field(profile, "constructor").texts!.counts.length, 20);
});

test("profiles are kept by run, and a run without training rows adds none", async (t) => {
  const root = folder(t);
  const a = write(root, "a.csv", csvOf(rowsOf(300)));
  const first = await run(root, { train: [a] });
  t.regex(first.manifest.profile!.name, /^0001-[0-9a-f]{12}$/);
  t.is(first.manifest.checkedAgainst, "");
  const again = await run(root, { train: [a], fresh: true });
  t.deepEqual(again.manifest.profiles, first.manifest.profiles);
  const b = write(root, "b.csv", csvOf(rowsOf(300, 1)));
  const second = await run(root, { train: [a, b] });
  t.regex(second.manifest.profile!.name, /^0002-/);
  t.is(second.manifest.profile!.rows, 300);
  t.is(second.manifest.checkedAgainst, first.manifest.profile!.name);
  t.true(fs.existsSync(profilePath(root, first.manifest.profile!.name)));
  const tests = await run(root, { train: [a, b], test: [write(root, "t.csv", csvOf(rowsOf(20, 2)))] });
  t.deepEqual(tests.manifest.profiles, second.manifest.profiles);
  t.deepEqual(tests.manifest.checks, second.manifest.checks);
});

test("a profile that is gone is a warning, a run that never was is a wrong configuration", async (t) => {
  const root = folder(t);
  const a = write(root, "a.csv", csvOf(rowsOf(300)));
  const b = write(root, "b.csv", csvOf(rowsOf(300, 1)));
  const first = await run(root, { train: [a] });
  fs.rmSync(profilePath(root, first.manifest.profile!.name));
  const error = await t.throwsAsync(run(root, { train: [a, b], checks: { ...DEFAULT_CHECKS, against: "0007" } }));
  t.like(error, { code: "E_NO_PROFILE", exitCode: 2 });
  const second = await run(root, { train: [a, b] });
  t.deepEqual(
    second.manifest.checks.map(({ check }) => check),
    ["profile"],
  );
});

test("merging is free of order", async (t) => {
  const { mergeProfiles } = await import("../dist/profile/merge-profiles.js");
  const root = folder(t);
  const parts: v1.DataProfile[] = [];
  for (let k = 0; k < 4; k++) {
    const lines = Array.from({ length: 900 }, (_, i) => `${i % 2},${(i * (k + 1) * 31) % 1777}.5,s${i % 3},u${(i * 17 + k * 400) % 3001}`);
    const own = folder(t);
    parts.push(await profileOf(own, (await run(own, { train: [write(root, `${k}.csv`, csvOf(lines))] })).manifest));
  }
  const bytesOf = (profile: v1.DataProfile): string => Buffer.from(v1.DataProfile.encode(profile).finish()).toString("base64");
  const straight = bytesOf(parts.reduce((a, b) => mergeProfiles(a, b)));
  fc.assert(
    fc.property(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), fc.boolean(), (order, paired) => {
      const [a, b, c, d] = order.map((i) => parts[i]!) as [v1.DataProfile, v1.DataProfile, v1.DataProfile, v1.DataProfile];
      t.is(bytesOf(paired ? mergeProfiles(mergeProfiles(a, b), mergeProfiles(c, d)) : mergeProfiles(mergeProfiles(mergeProfiles(a, b), c), d)), straight);
    }),
    { numRuns: 20 },
  );
});

test("of a field of several values the items are counted", async (t) => {
  const root = folder(t);
  const rows = Array.from({ length: 500 }, (_, i) => (i % 10 === 0 ? "" : Array.from({ length: i % 4 }, (_, k) => `w${(i * 3 + k) % 23}`).join(" ") || "w0"));
  const columns = columnSpecs({ name: "words", hashed: { field: "text", buckets: 100, items: { kind: v1.ItemsSpec.Kind.WORDS } } });
  const { manifest } = await run(root, {
    train: [write(root, "a.csv", `y,text\n${rows.map((row, i) => `${i % 2},${row}`).join("\n")}\n`)],
    columns,
    rangeBytes: 1500,
  });
  const profile = field(await profileOf(root, manifest), "text");
  const want = new Map<string, number>();
  for (const word of rows.flatMap((row) => (row === "" ? [] : row.split(" ")))) want.set(word, (want.get(word) ?? 0) + 1);
  t.deepEqual(countsByText(profile.texts!), Object.fromEntries(want));
  t.is(profile.missing, 50);
  t.is(typeOf(profile), "list");
});
