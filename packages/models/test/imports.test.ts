import { execFileSync } from "node:child_process";
import test from "ava";
import { exampleContent, saved } from "./example.js";

const HOOK = `import fs from "node:fs";
export async function load(url, context, next) { fs.writeSync(1, url + "\\n"); return next(url, context); }`;

test("a process that loads a model and predicts imports no threads, no configuration, no Parquet reader and no higher layer", async (t) => {
  const dir = await saved(exampleContent());
  const program = `import { register } from "node:module";
register("data:text/javascript," + encodeURIComponent(${JSON.stringify(HOOK)}));
const { loadModel } = await import(${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)});
const model = await loadModel(${JSON.stringify(dir)});
process.stdout.write("prediction " + model.predict({ site: "a.example" }));`;
  const out = execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  t.regex(out, /prediction 0\.\d+$/);
  const packages = new Set([...out.matchAll(/\/packages\/([a-z-]+)\//g)].map((match) => match[1]));
  t.deepEqual(
    [...packages].filter((name) => !["messages", "kernels", "numerics", "storage", "columns", "calibration", "models"].includes(name!)),
    [],
  );
  t.notRegex(out, /piscina|zod|parquet-wasm|commander/i);
});
