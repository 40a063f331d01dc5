import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { Spool } from "@crossbill/ingest";
import test from "ava";
import { compileConfig } from "../dist/config/compile.js";
import { chooseColumns } from "../dist/config/infer.js";
import { checkConfig, type LoadedConfig } from "../dist/config/load.js";

function loaded(t: { teardown: (f: () => void) => void }, name: string, content: string | Uint8Array, data: Record<string, unknown> = {}): LoadedConfig {
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

test("vocabularies and hashes over lists take their items where the configuration does not say split, and what it says counts", async (t) => {
  const rows = Array.from({ length: 50 }, (_, i) => ({ y: i % 2, tags: ["a", `b${i % 3}`], counts: { u: 2 }, site: `s${i % 4}` }));
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const chosen = async (name: string, content: string | Uint8Array): Promise<{ splits: unknown; notices: string[] }> => {
    const config = loaded(t, name, content, { label: "y" });
    const { columns } = checkConfig(
      {
        data: { train: name, label: "y" },
        columns: {
          tags: { kind: "vocabulary", column: "tags", minCount: 2 },
          counts: { kind: "hashed", column: "counts", buckets: 16 },
          whole: { kind: "vocabulary", column: "tags", split: { separator: "|" } },
          site: { kind: "vocabulary", column: "site" },
          lost: { kind: "vocabulary", column: "nowhere" },
          before: { kind: "history", by: "site", of: "tags", order: "y" },
          crossed: { kind: "crossed", columns: ["tags", "site"] },
        },
      },
      "test",
    );
    const notices: string[] = [];
    const spool = new Spool({ folder: path.join(config.directory, "spool") });
    const found = await chooseColumns({ ...config, config: { ...config.config, columns } }, (notice) => notices.push(notice), undefined, spool);
    await spool.close();
    t.like(found["tags"], { minCount: 2 });
    return { splits: Object.entries(found).flatMap(([column, of]) => ("split" in of && of.split !== undefined ? [[column, of.split]] : [])), notices };
  };
  const whole = ["whole", { separator: "|" }];
  const lists = {
    splits: [["tags", "list"], ["counts", "list"], whole],
    notices: ['columns: tags, counts: the field holds lists, so split "list" is used; say split to have it otherwise'],
  };
  t.deepEqual(await chosen("a.jsonl", text), lists);
  // Of a packed file the beginning is unpacked: damage further on is ingestion's to find.
  const big = gzipSync(text.repeat(2000));
  t.deepEqual(await chosen("a.jsonl.gz", big.subarray(0, big.length - 9)), lists);
  await t.throwsAsync(chosen("a.jsonl.gz", gzipSync(text).subarray(0, 40)), { code: "E_CORRUPT", message: /a\.jsonl\.gz/ });
  t.deepEqual(await chosen("a.csv", `y,tags,counts,site\n0,"[""a""]",{},s\n`), { splits: [whole], notices: [] });
});
