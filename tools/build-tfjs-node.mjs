// Builds @tensorflow/tfjs-node where its prebuilt binaries cannot be fetched: the published npm package without its install scripts, and TensorFlow's C library and
// headers out of the Python wheel `tensorflow-cpu`. Tried on Linux x64; docs/native-engine.md has the versions.
//
//   node tools/build-tfjs-node.mjs --to <folder> [--wheel <tensorflow_cpu-....whl>]
//
// Afterwards <folder>/node_modules holds the packages. Needs npm, python3 (with pip, unless --wheel is given), make and g++; 1.5 GB of disk, 0.3 GB of it the wheel.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { root } from "./workspace.mjs";

const { values } = parseArgs({ options: { to: { type: "string" }, wheel: { type: "string" } } });
if (values.to === undefined) stop("usage: node tools/build-tfjs-node.mjs --to <folder> [--wheel <tensorflow_cpu-....whl>]", 2);
if (process.platform !== "linux") stop(`this script knows Linux only, this is ${process.platform}; try: npm install @tensorflow/tfjs-node`, 2);
const to = path.resolve(values.to);
const home = path.join(to, "node_modules/@tensorflow/tfjs-node");
const { peerDependencies } = JSON.parse(fs.readFileSync(path.join(root, "packages/engine-tfjs/package.json"), "utf8"));

fs.mkdirSync(to, { recursive: true });
if (!fs.existsSync(path.join(to, "package.json"))) fs.writeFileSync(path.join(to, "package.json"), '{ "private": true }\n');
const names = Object.entries(peerDependencies).map(([name, range]) => `${name}@${range}`);
run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...names], to);
unpack(values.wheel === undefined ? downloadedWheel() : path.resolve(values.wheel));
build();
run(process.execPath, ["-e", checkCode(home)], to);
console.log(`built: ${home}`);

function downloadedWheel() {
  const folder = path.join(to, "wheel");
  run("python3", ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "-d", folder, "tensorflow-cpu"], to);
  const wheel = fs.readdirSync(folder).find((name) => name.startsWith("tensorflow_cpu-") && name.endsWith(".whl"));
  return path.join(folder, wheel ?? stop("pip left no wheel"));
}

/** deps/include and deps/lib, as tfjs-node's binding.gyp wants them. The wheel's C++ library exports the C interface, too. */
function unpack(wheel) {
  const deps = path.join(home, "deps");
  fs.rmSync(deps, { recursive: true, force: true });
  const code = [
    "import os, shutil, sys, zipfile",
    "wheel, deps = sys.argv[1:]",
    "with zipfile.ZipFile(wheel) as z:",
    "  for name in z.namelist():",
    "    at = name.removeprefix('tensorflow/include/')",
    "    if at != name and name.endswith('.h') and at.startswith(('tensorflow/c/', 'tensorflow/core/platform/', 'tsl/', 'xla/tsl/')): target = 'include/' + at",
    "    elif name in ('tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'): target = 'lib/' + os.path.basename(name)",
    "    else: continue",
    "    target = os.path.join(deps, target)",
    "    os.makedirs(os.path.dirname(target), exist_ok=True)",
    "    with z.open(name) as source, open(target, 'wb') as out: shutil.copyfileobj(source, out)",
  ].join("\n");
  run("python3", ["-c", code, wheel, deps], to);
  fs.symlinkSync("libtensorflow_cc.so.2", path.join(deps, "lib/libtensorflow.so"));
  fs.symlinkSync("libtensorflow_framework.so.2", path.join(deps, "lib/libtensorflow_framework.so"));
}

/** Node's headers: where npm is set to a `nodedir` they come from there, else node-gyp fetches them. */
function build() {
  const setting = (name) => {
    const { stdout } = spawnSync("npm", ["config", "get", name], { encoding: "utf8" });
    return ["", "null", "undefined"].includes(stdout.trim()) ? {} : { [`npm_config_${name.replaceAll("-", "_")}`]: stdout.trim() };
  };
  const env = { ...process.env, ...setting("nodedir"), ...setting("node-gyp") };
  run(path.join(to, "node_modules/.bin/node-pre-gyp"), ["configure", "build", "--build-latest-napi-version-only"], home, env);
}

function checkCode(folder) {
  return [
    "const util = require('node:util');",
    "util.isNullOrUndefined ??= (x) => x === null || x === undefined;",
    `const tf = require(${JSON.stringify(folder)});`,
    "const [four] = tf.matMul([[2]], [[2]]).dataSync();",
    "if (tf.getBackend() !== 'tensorflow' || four !== 4) throw new Error('backend ' + tf.getBackend() + ', 2 * 2 = ' + four);",
    "console.log('TensorFlow', tf.backend().binding.TF_Version, 'answers');",
  ].join("\n");
}

function run(command, args, cwd, env = process.env) {
  const { status, error } = spawnSync(command, args, { cwd, env, stdio: "inherit" });
  if (status !== 0) stop(`failed: ${command} ${args.slice(0, 3).join(" ")}${error === undefined ? "" : ` (${error.message})`}`);
}

function stop(message, code = 1) {
  console.error(message);
  process.exit(code);
}
