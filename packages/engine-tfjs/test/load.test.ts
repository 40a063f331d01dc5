import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { CrossbillError } from "@crossbill/messages";
import test from "ava";
import { checkEngine, loadEngine, tfjsEngine } from "../dist/index.js";

/** A folder where packages of these names hold this code. */
function folderWith(modules: Record<string, string>): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-tfjs-"));
  for (const [name, code] of Object.entries(modules)) {
    const home = path.join(folder, "node_modules", name);
    fs.mkdirSync(home, { recursive: true });
    fs.writeFileSync(path.join(home, "package.json"), JSON.stringify({ name, version: "9.9.9", main: "index.js" }));
    fs.writeFileSync(path.join(home, "index.js"), code);
  }
  return folder;
}

/** A library of which only the backend matters. */
const library = (backend: string): string =>
  `let now = "cpu"; module.exports = { setBackend: async (name) => { if (name === "${backend}") now = name; }, ready: async () => {}, getBackend: () => now, customGrad: (f) => f };`;

const PLAIN = { "@tensorflow/tfjs": library("wasm"), "@tensorflow/tfjs-backend-wasm": "" };

test("tfjs is native where that works, and says so", async (t) => {
  const from = folderWith({ ...PLAIN, "@tensorflow/tfjs-node": library("tensorflow") });
  const engine = await tfjsEngine({ from });
  t.is(engine.name, "tfjs-node");
  t.is(engine.description, "@tensorflow/tfjs-node 9.9.9, backend tensorflow: it is installed and works");
});

test("tfjs is WebAssembly where the native addon does not load or has another backend, and says why", async (t) => {
  const broken = folderWith({ ...PLAIN, "@tensorflow/tfjs-node": 'throw new Error("no addon\\nmore");' });
  const engine = await tfjsEngine({ from: broken });
  t.is(engine.name, "tfjs");
  t.is(engine.description, "@tensorflow/tfjs 9.9.9, backend wasm: the native one is not to be had: it does not load: no addon");
  const other = await tfjsEngine({ from: folderWith({ ...PLAIN, "@tensorflow/tfjs-node": library("webgl") }) });
  t.regex(other.description, /it has the backend "cpu" instead of "tensorflow"/);
});

test("an engine asked for by name is that or an error that says how to get it", async (t) => {
  const from = folderWith({ ...PLAIN, "@tensorflow/tfjs-node": 'throw new Error("no addon");' });
  const error = (await t.throwsAsync(tfjsEngine({ backend: "tfjs-node", from }), { instanceOf: CrossbillError })) as CrossbillError;
  t.is(error.code, "E_ENGINE");
  t.is(error.exitCode, 2);
  t.regex(error.message, /does not load: no addon\. To get it: npm install @tensorflow\/tfjs-node, or build it: docs\/native-engine\.md/);
  t.is((await tfjsEngine({ backend: "tfjs-wasm", from })).name, "tfjs");
  const noWasm = folderWith({ "@tensorflow/tfjs": library("other"), "@tensorflow/tfjs-backend-wasm": "" });
  await t.throwsAsync(tfjsEngine({ backend: "tfjs-wasm", from: noWasm }), {
    code: "E_ENGINE",
    message: /npm install @tensorflow\/tfjs @tensorflow\/tfjs-backend-wasm/,
  });
});

test("what Node 23 no longer has is there before the native addon is loaded", async (t) => {
  const from = folderWith({ "@tensorflow/tfjs-node": `if (!require("util").isNullOrUndefined(undefined)) throw new Error("!"); ${library("tensorflow")}` });
  t.is((await tfjsEngine({ backend: "tfjs-node", from })).name, "tfjs-node");
});

test("engines that are asked for at once are loaded one after the other", async (t) => {
  const shared = `module.exports = {
    setBackend: async (name) => { globalThis.crossbillBackend = name; await new Promise((done) => setTimeout(done, 5)); },
    ready: async () => {}, getBackend: () => globalThis.crossbillBackend, customGrad: (f) => f,
  };`;
  const from = folderWith({ "@tensorflow/tfjs": shared, "@tensorflow/tfjs-backend-wasm": "", "@tensorflow/tfjs-node": shared });
  const engines = await Promise.all([tfjsEngine({ backend: "tfjs-wasm", from }), tfjsEngine({ backend: "tfjs-node", from }), tfjsEngine({ from })]);
  t.deepEqual(
    engines.map(({ name }) => name),
    ["tfjs", "tfjs-node", "tfjs-node"],
  );
});

test("an engine by a configuration's name, and whether it is installed without loading it", async (t) => {
  const from = folderWith({ ...PLAIN, "@tensorflow/tfjs-node": 'throw new Error("no addon");' });
  t.is((await loadEngine({ name: "tfjs", from })).name, "tfjs");
  await t.throwsAsync(loadEngine({ name: "tfjs-node", from }), { code: "E_ENGINE" });
  t.notThrows(() => checkEngine({ name: "tfjs-node", from }), "that it does not load is found later");
  const onlyWasm = folderWith(PLAIN);
  t.notThrows(() => checkEngine({ name: "tfjs", from: onlyWasm }));
  t.throws(() => checkEngine({ name: "tfjs-node", from: onlyWasm }), { code: "E_ENGINE", message: /not installed.*npm install @tensorflow\/tfjs-node/ });
});
