import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { type DetectedDialect, detectDialect } from "@crossbill/ingest";
import { CrossbillError } from "@crossbill/messages";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { checkConfig, loadConfig } from "../dist/config/load.js";
import { configText } from "../dist/init/config-text.js";
import { profileField } from "../dist/init/field-profile.js";
import { guessGroup, guessKey, guessTime } from "../dist/init/guess-keys.js";
import { guessLabel } from "../dist/init/guess-label.js";
import { initConfig } from "../dist/init/init.js";
import { missingTexts } from "../dist/init/missing-texts.js";
import { type InitPlan, planInit } from "../dist/init/plan-init.js";
import { proposeColumn } from "../dist/init/propose-column.js";
import type { Sample } from "../dist/init/sample.js";

/** A sample of n rows from functions of the row's number. */
function sampleOf(n: number, fields: Record<string, (row: number) => string>): Sample {
  const names = Object.keys(fields);
  return { fields: names, texts: names.map((name) => Array.from({ length: n }, (_, row) => fields[name]!(row))), rows: n, flawed: 0 };
}
const DIALECT: DetectedDialect = detectDialect(Buffer.from("a,b\n1,2\n"), true);
const plan = (sample: Sample, more: { label?: string; positive?: string } = {}): InitPlan =>
  planInit(sample, { file: "a.csv", format: "csv", dialect: DIALECT, ...more });
const profile = (name: string, texts: string[], missing: string[] = [""]) => profileField(name, texts, new Set(missing));
const column = (name: string, n: number, of: (row: number) => string, group?: string) =>
  proposeColumn(
    profile(
      name,
      Array.from({ length: n }, (_, row) => of(row)),
    ),
    n,
    group,
  );
const mixed = (row: number, n: number): number => (row * 7919 + 13) % n;
const refused = (t: ExecutionContext, code: CrossbillError["code"], message: RegExp, of: () => unknown): void => {
  const error = t.throws(of, { instanceOf: CrossbillError, message });
  t.is(error?.code, code);
  t.is(error?.exitCode, 2);
};

test("a column is chosen by what a field holds, and says why", (t) => {
  t.like(
    column("hour", 500, (i) => String(i % 24)),
    {
      kind: "identity",
      options: { size: 25, default: 24 },
      why: "whole numbers from 0 to 23, each with a weight of its own; id 24 is for what is none of them",
    },
  );
  t.like(
    column("site", 500, (i) => `s${i % 12}`),
    { kind: "vocabulary", options: {}, why: "12 different texts" },
  );
  t.like(
    column("site", 8000, (i) => `s${mixed(i, 60)}`),
    { kind: "vocabulary", options: { minCount: 5 } },
  );
  t.like(
    column("visitor", 1000, (i) => `u${mixed(i, 400)}`),
    { kind: "hashed", options: { buckets: 2048 } },
  );
  t.like(
    column("price", 1000, (i) => String(mixed(i, 997) / 8)),
    { kind: "numeric", options: {}, why: "numbers from 0 to 124.5" },
  );
  t.like(
    column("age", 1000, (i) => (i % 10 === 0 ? "" : String(18 + (i % 70)))),
    { kind: "numeric", options: { missing: "indicator" } },
  );
  t.like(
    column("income", 1000, (i) => String(2 ** (mixed(i, 997) / 50))),
    { kind: "bucketized", options: { quantiles: 20 }, why: "numbers from 1 to 992000, skewed: half are up to 1010, 95% up to 502900" },
  );
  t.like(
    column("gain", 1000, (i) => (i % 10 < 9 ? "0" : String(1000 + i))),
    { kind: "bucketized", options: { quantiles: 20, of: "nonZero" } },
  );
  t.like(
    column("text", 100, (i) => `word${i % 7} and word${i} again`),
    { kind: "vocabulary", options: { split: "words", maxSize: 20_000, minCount: 2 }, why: "texts of 4 words on average: a weight for each word" },
  );
  t.like(
    column("tags", 100, (i) => JSON.stringify(["a", `b${i % 5}`])),
    { kind: "vocabulary", options: { split: "list", maxSize: 20_000 } },
  );
  t.like(
    column("genres", 300, (i) => ["Drama", "Comedy", "War", "Crime", "Film-Noir", "IMAX"].filter((_, k) => ((1 + (i % 63)) >> k) % 2 === 1).join("|")),
    { kind: "vocabulary", options: { split: "|", maxSize: 20_000 }, why: 'several values with "|" between: a weight for each' },
  );
  t.like(
    column("status", 1000, (i) => String([200, 404, 500][i % 3])),
    { kind: "vocabulary", why: "3 different whole numbers" },
  );
  t.like(
    column("zip", 1000, (i) => `0${1000 + (i % 40)}`),
    { kind: "vocabulary", why: "40 different texts" },
  );
  t.like(
    column("shopId", 1000, (i) => String(100_000 + 37 * (i % 40))),
    { kind: "vocabulary", why: "40 different numbers that are names" },
  );
  t.like(
    column("big", 1000, (i) => `9007199254740993${i % 3}`),
    { kind: "vocabulary" },
  );
});

test("what teaches nothing is left out", (t) => {
  t.deepEqual(
    column("c", 50, () => "same"),
    { field: "c", why: 'is always "same"' },
  );
  t.deepEqual(
    column("c", 50, () => ""),
    { field: "c", why: "is always empty" },
  );
  t.deepEqual(
    column("", 50, (i) => String(i)),
    { field: "", why: "has no name in the header" },
  );
  t.deepEqual(
    column("token", 50, (i) => `x${i}`),
    { field: "token", why: "differs in every row" },
  );
  t.deepEqual(
    column("nr", 50, (i) => String(7 + i)),
    { field: "nr", why: "counts the rows" },
  );
  t.deepEqual(
    column("day", 50, (i) => `2026-03-${10 + (i % 9)}`),
    { field: "day", why: "is a time: those of tomorrow are all new" },
  );
  t.like(
    column("user", 50, (i) => `u${i % 9}`, "user"),
    { field: "user", why: "is what rows are split by: the test rows are of others, of which its weights would say nothing" },
  );
  t.like(
    column("c", 50, (i) => (i % 2 === 0 ? "" : "x")),
    { kind: "vocabulary" },
    "whether a value is there teaches something",
  );
  t.like(
    column("x", 50, (i) => String(i * 1.37)),
    { kind: "numeric" },
    "a number that differs in every row is a number",
  );
});

test("a label is told by its name, its values and its place", (t) => {
  const label = (fields: Record<string, string[]>) => guessLabel(Object.entries(fields).map(([name, texts]) => profile(name, texts)));
  const ab = ["a", "b", "a", "a"];
  t.like(label({ x: ["1", "2", "3", "4"], sex: ab, isFraud: ["0", "1", "0", "0"], last: ab }), { field: "isFraud", head: "logistic", positive: "1" });
  t.like(label({ x: ["1", "2", "3", "4"], sex: ab, last: ab }), { field: "last", positive: "b", why: "it is the last field, of two values" });
  t.like(label({ "Bought it?": ["no", "yes", "no", "yes"], x: ab }), { field: "Bought it?", positive: "yes" });
  t.like(label({ kind: ["ham", "spam", "ham", "ham"], text: ["u", "v", "w", "x"] }), { field: "kind", positive: "spam" });
  t.like(label({ target: ["1", "2", "1", "1"], x: ab }), {
    field: "target",
    positive: "2",
    whyPositive: 'the greater one; 25.0% of the rows, the others are "1"',
  });
  t.like(label({ rooms: ["1", "2", "3", "4"], price: ["1.5", "2", "3", "4"] }), { field: "price", head: "squared", positive: null });
  t.is(label({ a: ["1", "2", "3", "4"], b: ["u", "v", "w", "x"] }), null);
  t.is(label({ y: ["1", "", "0", "1"], b: ["u", "v", "w", "x"] }), null, "a label that is often missing is none");
});

test("without a label, or with one that cannot be, the error says what to do", (t) => {
  const sample = sampleOf(30, { a: (i) => String(i * 1.1), species: (i) => ["setosa", "virginica", "versicolor"][i % 3]!, c: () => "1" });
  const odd = sampleOf(30, { a: (i) => String(i * 1.1), b: (i) => `b${i % 25}`, c: () => "1" });
  refused(t, "E_INIT_LABEL", /name it with --label <field>.*"a", "b", "c"/, () => plan(odd));
  refused(t, "E_INIT_LABEL", /no field "nope".*"species"/, () => plan(sample, { label: "nope" }));
  refused(t, "E_INIT_LABEL", /25 values, too many or too rare for classes, and is no number.*--positive <text>: "b0", "b1"/, () => plan(odd, { label: "b" }));
  refused(t, "E_INIT_LABEL", /one value only/, () => plan(sample, { label: "c" }));
  t.like(plan(sample, { label: "species", positive: "virginica" }).label, { field: "species", positive: "virginica", head: "logistic" });
  t.like(plan(sample, { label: "a" }).label, { field: "a", head: "squared" });
  refused(t, "E_INIT_COLUMNS", /no field beside the label "y".*"c" is always "1"/, () => plan(sampleOf(9, { y: (i) => String(i % 2), c: () => "1" })));
  refused(t, "E_NO_ROWS", /no rows/, () => plan(sampleOf(0, { y: () => "" })));
});

test("a column that tells the label suspiciously well says so", (t) => {
  const bought = (i: number): boolean => mixed(i, 10) < 3;
  const { columns } = plan(
    sampleOf(500, {
      price: (i) => String(mixed(i, 97) / 4),
      tip: (i) => (bought(i) ? String(5 + mixed(i, 89) / 8) : String(mixed(i, 89) / 20)),
      cancelled_on: (i) => (bought(i) ? `d${i % 9}` : ""),
      state: (i) => (bought(i) ? "paid" : i % 2 === 0 ? "open" : "gone"),
      device: (i) => `d${i % 3}`,
      bought: (i) => (bought(i) ? "yes" : "no"),
    }),
  );
  t.deepEqual(
    columns.filter(({ why }) => why.includes("CHECK: alone it tells the label")).map(({ field }) => field),
    ["tip", "cancelled_on", "state"],
  );
});

test("key, time and the field that rows belong together by are found", (t) => {
  const profiles = Object.entries({
    token: (i: number) => `x${i}`,
    order_id: (i: number) => `o${i}`,
    createdAt: (i: number) => String(1_760_000_000 + 60 * i),
    amount: (i: number) => String(1_760_000_000 + 7 * i),
    customerId: (i: number) => `c${i % 600}`,
  }).map(([name, of]) =>
    profile(
      name,
      Array.from({ length: 1800 }, (_, i) => of(i)),
    ),
  );
  t.like(guessKey(profiles), { field: "order_id" });
  t.deepEqual(guessTime(profiles), { field: "createdAt", why: "holds times: seconds since 1970" });
  t.like(guessGroup(profiles, 1800), { field: "customerId" });
  t.is(guessGroup(profiles, 1_000_000), null, "a few with many rows each are no sample of those to come");
  t.is(guessKey(profiles.slice(2)), null);
  t.is(guessTime(profiles.slice(0, 2)), null);
});

test("texts for no value are known, those that may be values among numbers only", (t) => {
  const of = (...texts: string[][]): string[] => missingTexts({ texts });
  t.deepEqual(of(["1", "NA", "2"], ["x", "?"]), ["", "?", "NA"]);
  t.deepEqual(of(["DE", "NA", "FR"], ["1", "2", "3"]), [""]);
  t.deepEqual(of(["1", "-", "x"]), [""]);
});

test("a whole plan is a plain object", (t) => {
  const sample = sampleOf(400, {
    id: (i) => `r${i}`,
    hour: (i) => String(i % 24),
    device: (i) => ["phone", "?", "tablet"][i % 3]!,
    clicked: (i) => String(i % 4 === 0 ? 1 : 0),
  });
  t.deepEqual(plan(sample), {
    file: "a.csv",
    format: "csv",
    rows: 400,
    sampled: 400,
    csv: { missing: ["", "?"] },
    label: {
      field: "clicked",
      head: "logistic",
      positive: "1",
      why: "it is called like a label, its values are 1 and 0, it is the last field, of two values, no other field has exactly two values",
      whyPositive: 'the greater one; 25.0% of the rows, the others are "0"',
    },
    key: { field: "id", why: "differs in every row" },
    time: null,
    group: null,
    columns: [
      {
        name: "hour",
        field: "hour",
        kind: "identity",
        options: { size: 25, default: 24 },
        why: "whole numbers from 0 to 23, each with a weight of its own; id 24 is for what is none of them",
      },
      { name: "device", field: "device", kind: "vocabulary", options: {}, why: "2 different texts" },
    ],
    leftOut: [{ field: "id", why: "differs in every row" }],
    slices: ["device"],
    train: { epochs: 20, batchSize: 256 },
  });
});

function folder(t: { teardown: (f: () => void) => void }): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-init-"));
  t.teardown(() => fs.rmSync(directory, { recursive: true, force: true }));
  fs.mkdirSync(path.join(directory, "node_modules"));
  fs.writeFileSync(path.join(directory, "package.json"), "{}");
  const self = path.resolve("dist/config/build.js");
  fs.mkdirSync(path.join(directory, "node_modules/crossbill"));
  fs.writeFileSync(path.join(directory, "node_modules/crossbill/package.json"), JSON.stringify({ name: "crossbill", type: "module", exports: "./index.js" }));
  fs.writeFileSync(path.join(directory, "node_modules/crossbill/index.js"), `export * from ${JSON.stringify(self)};\n`);
  return directory;
}

const NAMES = ["__proto__", "constructor", "*/ alert(1)", "a\nb", "q\"uo'te`${x}", "</script>", "line\u2028break", "2019", "\ud800", "\u202eevil", "toString"];

test("hostile names and values stay text in what is written", async (t) => {
  const dir = folder(t);
  const names = NAMES.filter((name) => name !== "\ud800");
  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const rows = Array.from({ length: 60 }, (_, i) => [...names.map((name, k) => `${name}${(i + k) % 3}`), i % 2 === 0 ? "*/ no" : "// yes\n"]);
  fs.writeFileSync(path.join(dir, "${HOME} [1].csv"), [[...names, "y\u2029?"], ...rows].map((row) => row.map(quote).join(",")).join("\n"));
  const { config, plan: made } = await initConfig({ file: "${HOME} [1].csv", cwd: dir });
  const { config: loaded } = await loadConfig(undefined, dir);
  t.is(loaded.data.label, "y\u2029?");
  t.is(loaded.data.positive, made.label.positive!);
  t.deepEqual(
    Object.values(loaded.columns!)
      .map((one) => ("column" in one ? one.column : ""))
      .sort(),
    [...names].sort(),
  );
  t.is(Object.keys(loaded.columns!).length, names.length);
  const text = fs.readFileSync(config, "utf8");
  t.notRegex(text, /[\u2028\u2029\u202e]/);
});

test.serial("whatever fields are called and hold, what is written is TypeScript that says the plan (property)", async (t) => {
  const any = fc.oneof(fc.string({ unit: "binary", maxLength: 12 }), fc.constantFrom(...NAMES));
  const dir = folder(t);
  let n = 0;
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(any, { minLength: 2, maxLength: 6 }), fc.array(any, { minLength: 2, maxLength: 5 }), async (names, values) => {
      const fields = names.filter((name) => name !== "label" && name !== "");
      const sample: Sample = {
        fields: [...fields, "label"],
        texts: [
          ...fields.map((_, k) => Array.from({ length: 40 }, (_, i) => values[(i + k) % values.length]!)),
          Array.from({ length: 40 }, (_, i) => String(i % 2)),
        ],
        rows: 40,
        flawed: 0,
      };
      let made: InitPlan;
      try {
        made = planInit(sample, { file: `${names[0]!}.csv`, format: "csv", dialect: DIALECT, label: "label" });
      } catch (thrown) {
        return thrown instanceof CrossbillError && thrown.code === "E_INIT_COLUMNS";
      }
      const file = path.join(dir, `c${n++}.ts`);
      fs.writeFileSync(file, configText(made));
      const { config } = await loadConfig(file, dir);
      const columns = new Map(Object.entries(config.columns!).map(([name, one]) => [name, "column" in one ? one.column : ""]));
      return (
        columns.size === made.columns.length &&
        made.columns.every(({ name, field }) => columns.get(name) === field) &&
        config.data.train === `${names[0]!.replaceAll("${", "[$]{")}.csv`
      );
    }),
    { numRuns: 25, seed: 3 },
  );
  t.pass();
});

test("what is written checks as a configuration, and none is ever overwritten", async (t) => {
  const dir = folder(t);
  fs.writeFileSync(
    path.join(dir, "My Shop.csv"),
    `\ufeffprice;site;Bought it?\r\n${Array.from({ length: 50 }, (_, i) => `${i / 2};s${i % 3};${i % 3 === 0 ? "yes" : "no"}`).join("\r\n")}`,
  );
  const { config } = await initConfig({ file: "My Shop.csv", cwd: dir });
  const text = fs.readFileSync(config, "utf8");
  const loaded = await loadConfig(undefined, dir);
  t.like(loaded.config.data, { train: "My Shop.csv", label: "Bought it?", positive: "yes" });
  t.is(loaded.config.data.csv.delimiter, ";");
  t.notThrows(() => checkConfig(loaded.config, "test"));
  const again = await t.throwsAsync<CrossbillError>(initConfig({ file: "My Shop.csv", cwd: dir }));
  t.is(again?.code, "E_CONFIG_EXISTS");
  t.is(again?.exitCode, 2);
  t.is(fs.readFileSync(config, "utf8"), text);
  fs.renameSync(config, path.join(dir, "crossbill.config.yaml"));
  t.is((await t.throwsAsync<CrossbillError>(initConfig({ file: "My Shop.csv", cwd: dir })))?.code, "E_CONFIG_EXISTS");
  await initConfig({ file: "My Shop.csv", cwd: dir, config: "other/crossbill.config.ts" });
  t.regex(fs.readFileSync(path.join(dir, "other/crossbill.config.ts"), "utf8"), /train: "\.\.\/My Shop\.csv"/);
  t.is((await t.throwsAsync<CrossbillError>(initConfig({ file: "My Shop.csv", cwd: dir, config: "c.json" })))?.code, "E_USAGE");
});

test("a file that is not there, a folder and an empty file are clear errors, and nothing is written", async (t) => {
  const dir = folder(t);
  fs.writeFileSync(path.join(dir, "e.csv"), "");
  for (const [file, code] of [
    ["nope.csv", "E_FILE_MISSING"],
    [".", "E_FILE_MISSING"],
    ["e.csv", "E_EMPTY_FILE"],
  ] as const)
    t.is((await t.throwsAsync<CrossbillError>(initConfig({ file, cwd: dir })))?.code, code);
  t.false(fs.existsSync(path.join(dir, "crossbill.config.ts")));
});

test("a sample shows the whole of a sorted file", async (t) => {
  const dir = folder(t);
  fs.writeFileSync(path.join(dir, "a.csv"), `x,y\n${Array.from({ length: 30_000 }, (_, i) => `${mixed(i, 997)},${i < 25_000 ? "no" : "yes"}\n`).join("")}`);
  const { plan: made } = await initConfig({ file: "a.csv", cwd: dir, label: "y" });
  t.is(made.rows, 30_000);
  t.true(made.sampled < 20_000);
  t.is(made.label.positive, "yes");
});

test("JSON lines and libsvm: lists and brought features are columns of several values", async (t) => {
  const dir = folder(t);
  const lines = Array.from({ length: 60 }, (_, i) =>
    JSON.stringify({ x: i / 3, tags: i % 4 === 0 ? [] : ["a", `b${i % 4}`], weights: { a: i / 2 }, churned: i % 3 === 0 }),
  );
  fs.writeFileSync(path.join(dir, "a.jsonl"), lines.join("\n"));
  const { plan: made } = await initConfig({ file: "a.jsonl", cwd: dir });
  t.like(made, { format: "jsonl", label: { field: "churned", positive: "true" }, csv: {} });
  t.deepEqual(
    made.columns.map(({ field, kind, options }) => [field, kind, options["split"]]),
    [
      ["x", "numeric", undefined],
      ["tags", "vocabulary", "list"],
      ["weights", "vocabulary", "list"],
    ],
  );
  fs.writeFileSync(path.join(dir, "a.svm"), Array.from({ length: 60 }, (_, i) => `${i % 2} 1:${i} 2:1`).join("\n"));
  const { plan: svm } = await initConfig({ file: "a.svm", cwd: dir, config: "svm.config.ts" });
  t.like(svm.label, { field: "label", positive: "1" });
  t.deepEqual(
    svm.columns.map(({ field, options }) => [field, options["split"]]),
    [["features", "list"]],
  );
});

test("a label of 3 to 100 classes that come again is one of several classes; numbers only where they are called so", (t) => {
  const of = (fields: Record<string, (row: number) => string>, label?: string) => plan(sampleOf(600, fields), label === undefined ? {} : { label });
  const x = (i: number): string => String(mixed(i, 97) / 4);
  const species = (i: number): string => ["setosa", "virginica", "versicolor"][mixed(i, 3)]!;
  t.like(of({ x, species }), { label: { field: "species", head: "softmax", positive: null }, train: null });
  t.like(of({ x, kind: species }), { label: { field: "kind", head: "softmax" } });
  t.like(of({ x, habitat: species }, "habitat"), {
    label: { field: "habitat", head: "softmax", why: "named by --label; 3 values: a model of several classes" },
  });
  t.like(of({ x, class: (i) => String(1 + mixed(i, 3)) }).label, { field: "class", head: "softmax" });
  t.like(of({ x, digit: (i) => String(mixed(i, 10)) }, "digit").label, { head: "softmax" });
  t.like(of({ x, rating: (i) => String(1 + mixed(i, 5)) }, "rating").label, { head: "squared" }, "a rating is an amount");
  t.like(of({ price: x, type: species, more: x }).label, { field: "price", head: "squared" }, "a type among the features is none");
  t.like(of({ price: x, species, clicked: (i) => String(i % 2) }).label, { field: "clicked", head: "logistic" });
  t.like(of({ x, class: (i) => `c${mixed(i, 100)}` }).label, { head: "softmax" });
  refused(t, "E_INIT_LABEL", /no field looks like a label/, () => of({ x, class: (i) => `c${mixed(i, 101)}` }));
  refused(t, "E_INIT_LABEL", /200 values, too many or too rare/, () => of({ x, class: (i) => `c${mixed(i, 200)}` }, "class"));
  const text = configText(of({ x, species }));
  t.regex(text, /import \{ defineConfig, exact, linear, numeric \}/);
  t.regex(text, /head: "softmax", l2: 1e-4 .*\n +train: \{ optimizer: exact\(\) \},/);
});

test("a compressed file and standard input give what the plain file gives, and no file stays", async (t) => {
  const dir = folder(t);
  const text = `x;site;clicked\n${Array.from({ length: 90 }, (_, i) => `${i / 4};s${i % 5};${i % 3 === 0 ? 1 : 0}\n`).join("")}`;
  fs.writeFileSync(path.join(dir, "a.csv"), text);
  fs.writeFileSync(path.join(dir, "a.csv.gz"), gzipSync(text));
  fs.writeFileSync(path.join(dir, "packed"), gzipSync(text));
  const written = async (file: string, config: string): Promise<string> => {
    const { config: at } = await initConfig({ file, cwd: dir, config, standardInput: Readable.from([gzipSync(text)]) });
    t.like((await loadConfig(at, dir)).config.data, { train: file, label: "clicked", format: undefined });
    return fs.readFileSync(at, "utf8").replaceAll(JSON.stringify(file), "FILE").replace("standard input", "FILE");
  };
  const plain = await written("a.csv", "1.ts");
  t.is(await written("a.csv.gz", "2.ts"), plain);
  t.is(await written("packed", "3.ts"), plain);
  t.is(await written("-", "4.ts"), plain);
  t.deepEqual(fs.readdirSync(path.join(dir, ".crossbill/spool")), []);
  fs.writeFileSync(path.join(dir, "broken.csv.gz"), gzipSync(text).subarray(0, 60));
  const broken = await t.throwsAsync<CrossbillError>(initConfig({ file: "broken.csv.gz", cwd: dir, config: "5.ts" }));
  t.is(broken?.code, "E_CORRUPT");
  t.true(broken?.message.includes("broken.csv.gz"), broken?.message);
  fs.writeFileSync(path.join(dir, "-"), text);
  await initConfig({ file: "./-", cwd: dir, config: "6.ts" });
  t.regex(fs.readFileSync(path.join(dir, "6.ts"), "utf8"), /train: "\.\/-",/);
});

test("standard input of JSON lines is known by its first line, and the configuration says so", async (t) => {
  const dir = folder(t);
  const lines = Array.from({ length: 60 }, (_, i) => `${JSON.stringify({ x: i / 3, churned: i % 3 === 0 })}\n`);
  const { config, plan: made } = await initConfig({ file: "-", cwd: dir, standardInput: Readable.from(lines) });
  t.like(made, { format: "jsonl", file: "-", label: { field: "churned" } });
  t.like((await loadConfig(config, dir)).config.data, { train: "-", format: "jsonl" });
});
