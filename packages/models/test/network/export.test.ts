import fs from "node:fs";
import path from "node:path";
import { CrossbillError } from "@crossbill/messages";
import test from "ava";
import { embeddingLines, encodeEmbedding } from "../../dist/export/embedding-file.js";
import { embeddingOf, exportModel, importEmbedding, loadModel, type Model, writeProjector } from "../../dist/index.js";
import { exampleContent, saved, temporary } from "../example.js";
import { DEEP, embedded, numeric, table } from "./example.js";
import { networkContent, networkState } from "./example-model.js";

/** With values that are awkward in a table of texts. */
const SITES = ["a.example", "tab\there", "line\nbreak", "back\\slash \\n", "=1+1", "größe"];

async function model(): Promise<Model> {
  const network = {
    ...DEEP,
    tables: [table("site", 5), table("hour", 2)],
    tower: { ...DEEP.tower, inputs: [embedded("site"), embedded("hour"), numeric("price")] },
  };
  const { content } = networkContent(network, {}, { state: networkState(SITES) });
  const [site, hour] = content.network!.tables;
  const whole = {
    ...site!,
    ids: Uint32Array.from({ length: 8 }, (_, id) => id),
    vectors: Float32Array.from({ length: 40 }, (_, i) => Math.fround(1 / (i - 7.5) ** 3)),
  };
  return loadModel(await saved({ ...content, network: { ...content.network!, tables: [whole, hour!] } }));
}

const linesOf = (...parts: string[]): string[] =>
  fs
    .readFileSync(path.join(...parts), "utf8")
    .split("\n")
    .slice(0, -1);

test("an embedding that was exported is imported again, to the bit", async (t) => {
  const one = await model();
  const { keys, dimension, vectors } = embeddingOf(one, "site");
  t.deepEqual(keys, SITES);
  for (const format of ["arrow", "tsv"]) {
    const file = path.join(temporary(), `site.${format}`);
    const { length } = await exportModel(one, format, file, { column: "site" });
    t.is(length, fs.statSync(file).size);
    t.deepEqual(await importEmbedding(file), { keys, dimension, vectors });
  }
});

test("an embedding as TSV has a line for each value", async (t) => {
  const file = path.join(temporary(), "hour.tsv");
  const one = await model();
  await exportModel(one, "tsv", file, { column: "hour" });
  const [header, first, ...others] = linesOf(file);
  t.is(header, "key\t1\t2");
  t.deepEqual(first!.split("\t"), [embeddingOf(one, "hour").keys[0]!, ...[...embeddingOf(one, "hour").vectors.subarray(0, 2)].map(String)]);
  t.is(others.length + 1, embeddingOf(one, "hour").keys.length);
});

test("large embeddings pass through Arrow in several batches", async (t) => {
  const keys = Array.from({ length: 70_000 }, (_, i) => `key ${i}`);
  const embedding = { keys, dimension: 3, vectors: Float32Array.from({ length: 210_000 }, (_, i) => i % 977) };
  const file = path.join(temporary(), "large.arrow");
  fs.writeFileSync(file, encodeEmbedding(embedding));
  const back = await importEmbedding(file);
  t.deepEqual(back.keys, keys);
  t.is(Buffer.compare(Buffer.from(back.vectors.buffer), Buffer.from(embedding.vectors.buffer)), 0);
});

test("files that hold no embedding are refused with the reason", async (t) => {
  const dir = temporary();
  const good = { keys: ["a", "b"], dimension: 2, vectors: Float32Array.of(1, 2, 3, 4) };
  const lines = [...embeddingLines(good)];
  const files: [string, string | Uint8Array, RegExp][] = [
    ["a.tsv", "", /names no numbers/],
    ["b.tsv", lines.join("\n").replace("\t4", ""), /line 3 has 1 numbers/],
    ["c.tsv", lines.join("\n").replace("b", "a"), /a key comes twice/],
    ["d.tsv", lines.join("\n").replace("\t4", "\tx"), /a number of "b" is NaN/],
    ["e.tsv", lines.join("\n").replace("\t4", "\t"), /a number of "b" is NaN/],
    ["f.arrow", "no Arrow file", /f\.arrow/],
    ["g.arrow", fs.readFileSync(path.join((await model()).path, "network.arrow")), /not "key,vector"/],
    ["h.csv", "x", /end in ".csv"/],
  ];
  for (const [name, bytes, message] of files) {
    const file = path.join(dir, name);
    fs.writeFileSync(file, bytes);
    t.is((await t.throwsAsync(importEmbedding(file), { instanceOf: CrossbillError, message }))?.code, "E_EMBEDDING_FILE");
  }
});

test("the projector's files: a folder for each table, and a configuration that names them", async (t) => {
  const dir = path.join(temporary(), "projector");
  const one = await model();
  const { length } = await exportModel(one, "tensorboard", dir);
  const files = ["site/tensor.tsv", "site/metadata.tsv", "hour/tensor.tsv", "hour/metadata.tsv", "projector_config.pbtxt"];
  t.is(
    length,
    files.reduce((sum, file) => sum + fs.statSync(path.join(dir, file)).size, 0),
  );
  t.deepEqual(
    linesOf(dir, "site/tensor.tsv").map((line) => line.split("\t").map(Number)),
    SITES.map((_, row) => [...embeddingOf(one, "site").vectors.subarray(5 * row, 5 * row + 5)]),
  );
  t.deepEqual(linesOf(dir, "site/metadata.tsv"), ["a.example", "tab\\there", "line\\nbreak", "back\\\\slash \\\\n", "=1+1", "größe"]);
  t.is(
    fs.readFileSync(path.join(dir, "projector_config.pbtxt"), "utf8"),
    ["site", "hour"]
      .map((name) => `embeddings {\n  tensor_name: "${name}"\n  tensor_path: "${name}/tensor.tsv"\n  metadata_path: "${name}/metadata.tsv"\n}\n`)
      .join(""),
  );
  t.is((await exportModel(one, "tensorboard", path.join(temporary(), "again"))).sha256, (await exportModel(one, "tensorboard", dir)).sha256);
});

test("vectors of rows are written with what is known of them", async (t) => {
  const dir = temporary();
  await writeProjector(dir, [
    {
      name: "../odd name",
      dimension: 1,
      vectors: Float32Array.of(1, 2),
      header: ["digit", "row"],
      metadata: [
        ["7", "0"],
        ["3", "1"],
      ],
    },
  ]);
  t.deepEqual(linesOf(dir, "..%2fodd%20name/metadata.tsv"), ["digit\trow", "7\t0", "3\t1"]);
});

test("what a model does not have is not exported", async (t) => {
  const [linear, network] = [await loadModel(await saved(exampleContent())), await model()];
  const file = path.join(temporary(), "out");
  const refusals: [Promise<unknown>, `E_${string}`][] = [
    [exportModel(linear, "tensorboard", file), "E_EXPORT_FORMAT"],
    [exportModel(linear, "tsv", file, { column: "site" }), "E_EMBEDDING"],
    [exportModel(network, "tsv", file, { column: "price" }), "E_EMBEDDING"],
    [exportModel(network, "onnx", file, { column: "site" }), "E_EXPORT_FORMAT"],
  ];
  for (const [made, code] of refusals) t.is((await t.throwsAsync(made, { instanceOf: CrossbillError }))?.code, code);
  t.false(fs.existsSync(file));
});

test("the weights of a network's linear part are exported as those of a linear model", async (t) => {
  const file = path.join(temporary(), "weights.tsv");
  await exportModel(await model(), "tsv", file);
  const [header, intercept, ...rows] = linesOf(file);
  t.is(header, "column\tid\tname\tweight");
  t.true(intercept!.startsWith("\t\t(intercept)\t"));
  t.deepEqual([...new Set(rows.map((row) => row.split("\t")[0]))], ["band", "site"]);
});
