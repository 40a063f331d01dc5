import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { loadModel } from "crossbill";
import { cli, clickConfig, clicks, csv, inline, retrain, scratch } from "./kit.js";

test.serial("a published model is exported as ONNX, Arrow and TSV; whole or not at all", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "data.csv"), csv(clicks(3000, 7)));
  const base = inline(directory, clickConfig("data.csv"));
  const none = await cli(["export", "--format", "onnx", "--output", path.join(directory, "no.onnx"), ...base, "--json"]);
  t.is(none.code, 1);
  t.is(none.json.error.code, "E_NO_MODEL");
  const { model: published } = await retrain(base);
  const model = await loadModel(published!.path);
  const output = path.join(directory, "exports", "model");
  const run = (format: string, ...more: string[]) =>
    cli(["export", "--format", format, "--output", `${output}.${format}`, ...base, ...more], { cwd: directory });

  for (const format of ["onnx", "arrow", "tsv"]) {
    const ended = await run(format, "--json");
    t.is(ended.code, 0, ended.stderr);
    const bytes = fs.readFileSync(`${output}.${format}`);
    t.deepEqual(ended.json, {
      format,
      output: `${output}.${format}`,
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      model: { ref: published!.version, sha256: model.sha256 },
    });
    if (format === "onnx") t.true(bytes.includes(model.sha256) && bytes.includes("countryDevice") && !bytes.includes(directory));
    if (format === "arrow") t.is(bytes.subarray(0, 6).toString(), "ARROW1");
    const again = await run(format, "--json", "--model", published!.path);
    t.deepEqual([again.json.sha256, again.json.model.sha256], [ended.json.sha256, model.sha256]);
  }

  const lines = fs.readFileSync(`${output}.tsv`, "utf8").trimEnd().split("\n");
  t.is(lines.length, 1 + 1 + model.nonZero);
  const weights = new Map(lines.slice(1).map((line) => [line.split("\t")[2]!, Number(line.split("\t")[3])]));
  t.is(weights.get("(intercept)"), model.intercept);
  const { contributions } = model.explain({ price: "12.5", age: "", country: "DE", device: "phone", site: "s3", user: "u1" });
  t.true(contributions.length >= 8);
  for (const { feature, weight } of contributions) t.is(weights.get(feature) ?? 0, weight, feature);

  const before = fs.readdirSync(path.dirname(output));
  const killed = await cli(["export", "--format", "tsv", "--output", `${output}.tsv`, "--model", published!.path, ...base], {
    env: { CROSSBILL_FAULT: "storage:before-rename:kill" },
  });
  t.is(killed.signal, "SIGKILL");
  t.is(fs.readFileSync(`${output}.tsv`, "utf8").trimEnd().split("\n").length, lines.length);
  t.deepEqual(
    fs.readdirSync(path.dirname(output)).filter((name) => !before.includes(name) && !name.startsWith(".")),
    [],
  );

  const people = await run("onnx", "--model", "candidate");
  t.regex(people.stdout, /model +candidate/);
  const board = await run("tensorboard", "--json");
  t.is(board.code, 2);
  t.is(board.json.error.code, "E_EXPORT_FORMAT");
  t.false(fs.existsSync(`${output}.tensorboard`));
  t.is((await run("xml")).code, 2);
  t.is((await cli(["export", "--format", "tsv", ...base])).code, 2);
});
