// Target `test` of a package, `node tools/test-package.mjs packages/auc`: all its test files as one bundle, run by ava in a few threads.
// A thread of ava for every file, and hundreds of small modules found, read and linked in each of them and in every thread that tests start, took most of the time.
// A single file runs as it is compiled: `npx ava dist-test/x.test.js`. More arguments are passed to ava.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { besideOf, FOR_NODE, withBeside } from "./beside.mjs";
import { filesUnder, packages, root } from "./workspace.mjs";

/** They find files of their own by their place, are bundles already, or may not be there. */
const OUTSIDE = ["crossbill", "piscina", "parquet-wasm", "jiti", "playwright-core", "onnxruntime-node", "@aws-sdk/*", "@tensorflow/*"];
/** Test files of a thread, and threads at most. */
const FILES = 6;
const THREADS = 4;
const TITLED = JSON.stringify(path.join(root, "tools/titled.mjs"));

const [folder = ".", ...more] = process.argv.slice(2);
const home = path.resolve(root, folder);
const compiled = path.join(home, "dist-test");
const outdir = path.join(compiled, "bundled");
fs.rmSync(outdir, { recursive: true, force: true });
const folders = [compiled, ...packages.map(({ directory }) => path.join(directory, "dist"))];
const files = folders.flatMap((folder) => filesUnder(folder, /\.js$/)).filter((file) => !file.startsWith(path.join(root, "packages/crossbill/dist/bundle")));
// What was compiled of a file that is gone is left there.
const sources = fs.existsSync(path.join(home, "test")) ? "test" : ".";
const isThere = (file) => fs.existsSync(path.join(home, sources, path.relative(compiled, file).replace(/js$/, "ts")));
const tests = files.filter((file) => file.startsWith(compiled + path.sep) && file.endsWith(".test.js") && isThere(file));
const beside = new Set(besideOf(files));
const threads = Math.min(THREADS, Math.ceil(tests.length / FILES));
try {
  process.exitCode = await run();
} finally {
  fs.rmSync(outdir, { recursive: true, force: true });
}

async function run() {
  await bundle();
  const ava = path.join(root, "node_modules/ava/entrypoints/cli.mjs");
  // Threads one after the other, if the package does not say else: packages run side by side.
  const { ava: own } = JSON.parse(fs.readFileSync(path.join(home, "package.json"), "utf8"));
  const args = [ava, "--concurrency", String(own.concurrency ?? 1), "dist-test/bundled/*.test.js", ...more];
  return spawnSync(process.execPath, args, { cwd: home, stdio: "inherit" }).status ?? 1;
}

async function bundle() {
  const programs = [...beside].filter((file) => file.endsWith(".js")).map((file) => [nameOf(file).replace(/\.js$/, ""), file]);
  const groups = Array.from({ length: threads }, (_, i) => [`${i + 1}.test`, `group:${i}`]);
  await build({
    entryPoints: Object.fromEntries([...programs, ...groups]),
    outdir,
    ...FOR_NODE,
    external: OUTSIDE,
    plugins: [{ name: "tests", setup }],
  });
  for (const file of beside) if (!file.endsWith(".js")) fs.copyFileSync(file, path.join(outdir, nameOf(file)));
}

function setup(own) {
  own.onResolve({ filter: /^group:/ }, ({ path: name }) => ({ path: name, namespace: "group" }));
  own.onLoad({ filter: /./, namespace: "group" }, ({ path: name }) => ({
    contents: [
      ...tests.filter((_, i) => `group:${i % threads}` === name).map((file) => `import ${JSON.stringify(file)};`),
      `import { declareAll } from ${TITLED}; declareAll();`,
    ].join("\n"),
    resolveDir: home,
  }));
  // ava itself is not bundled; what a file imports of it puts the file's name before titles, as ava does for a thread of its own.
  own.onResolve({ filter: /^ava$/ }, ({ importer, namespace }) =>
    namespace === "titled" ? { path: "ava", external: true } : { path: path.relative(compiled, importer).replace(/(\.test)?\.js$/, ""), namespace: "titled" },
  );
  own.onLoad({ filter: /./, namespace: "titled" }, ({ path: name }) => ({
    contents: `import test from "ava"; import { titled } from ${TITLED}; export default titled(test, ${JSON.stringify(name)});`,
    resolveDir: home,
  }));
  own.onLoad({ filter: /\.js$/ }, ({ path: file }) => load(file));
}

/** One of our own modules: what it asks for beside it is in the bundle, everything else where it was. */
function load(file) {
  if (!folders.some((folder) => file.startsWith(folder + path.sep))) return undefined;
  const place = JSON.stringify(path.relative(outdir, file).split(path.sep).join("/"));
  return { contents: withBeside(file, (found) => (beside.has(found) ? nameOf(found) : undefined), `new URL(${place}, import.meta.url).href`), loader: "js" };
}

/** The flat name in the bundle: all files there lie side by side. */
function nameOf(file) {
  if (file.startsWith(compiled + path.sep)) return path.relative(compiled, file).split(path.sep).join("-");
  const { directory, name } = packages.find((p) => file.startsWith(path.join(p.directory, "dist") + path.sep));
  return [...name.split("/"), "dist", ...path.relative(path.join(directory, "dist"), file).split(path.sep)].join("-");
}
