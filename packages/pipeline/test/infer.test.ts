import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "ava";
import { compileConfig } from "../dist/config/compile.js";
import { chooseColumns } from "../dist/config/infer.js";
import { checkConfig, type LoadedConfig } from "../dist/config/load.js";

function loaded(t: { teardown: (f: () => void) => void }, name: string, content: string, data: Record<string, unknown> = {}): LoadedConfig {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-infer-"));
  t.teardown(() => fs.rmSync(directory, { recursive: true, force: true }));
  fs.writeFileSync(path.join(directory, name), content);
  return { path: "", directory, config: checkConfig({ data: { train: name, ...data } }, "test") };
}

test("JSON lines without columns: numbers standardized, texts and truth values as vocabularies, lists as vocabularies of their items", async (t) => {
  const rows = [
    { y: 1, id: "a", price: 1.5, site: "s", tags: ["x", "y"], counts: { u: 2 }, nested: [["x"]], fresh: true, mixed: ["x"], zip: "01" },
    { y: 0, id: "b", price: null, tags: [], counts: { v: 1, w: null }, mixed: "x", zip: "2", "10": 7 },
  ];
  const config = loaded(t, "a.jsonl", rows.map((row) => `${JSON.stringify(row)}\n`).join(""), { label: "y", key: "id" });
  const notices: string[] = [];
  const columns = await chooseColumns(config, (text) => notices.push(text));
  const short = Object.fromEntries(
    Object.entries(columns).map(([name, c]) => [name, `${c.kind}${"split" in c && c.split !== undefined ? ` ${String(c.split)}` : ""}`]),
  );
  t.deepEqual(short, {
    "10": "numeric",
    price: "numeric",
    site: "vocabulary",
    tags: "vocabulary list",
    counts: "vocabulary list",
    nested: "vocabulary",
    fresh: "vocabulary",
    mixed: "vocabulary",
    zip: "numeric",
  });
  t.regex(notices[0]!, /tags \(vocabulary, split "list"\)/);
});

test("a text of CSV that looks like a list is a text", async (t) => {
  const columns = await chooseColumns(loaded(t, "a.csv", "y,a\n1,[1]\n0,[2]\n", { label: "y" }), () => undefined);
  t.deepEqual(Object.entries(columns), [["a", { kind: "vocabulary", column: "a", minCount: 1, outOfVocabulary: 1, weighted: false, occurrences: "count" }]]);
});

for (const [format, name, weight] of [
  ["libsvm", "a.svm", ""],
  ["vw", "a.vw", "weight"],
] as const) {
  test(`${format} brings label, weight and features: a configuration needs to name its file only`, async (t) => {
    const config = loaded(t, name, format === "vw" ? "1 |a b\n" : "1 1:1\n");
    const columns = await chooseColumns(config, () => undefined);
    t.deepEqual(Object.keys(columns), ["features"]);
    const { data, columns: specs } = compileConfig(config, columns);
    t.deepEqual([data.format, data.label.field, data.weight], [format, "label", weight]);
    t.is(specs[0]!.vocabulary?.field, "features");
    t.truthy(specs[0]!.vocabulary?.items);
  });
}

test("what a configuration says of label and weight counts; other formats bring nothing", (t) => {
  const given = checkConfig({ data: { train: ["x/*.vw.gz"], label: "l", weight: "w" } }, "test").data;
  t.deepEqual([given.label, given.weight], ["l", "w"]);
  t.is(checkConfig({ data: { train: "part-*", format: "vw" } }, "test").data.weight, "weight");
  t.throws(() => checkConfig({ data: { train: "a.vw", format: "csv" } }, "test"), { code: "E_CONFIG", message: /data\.label/ });
  t.throws(() => checkConfig({ data: { train: "a.jsonl" } }, "test"), { code: "E_CONFIG", message: /data\.label/ });
});
