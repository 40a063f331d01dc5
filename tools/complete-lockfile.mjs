// Completes package-lock.json after an `npm install` whose registry does not serve the prebuilt binaries of other platforms: npm then leaves them out of the lock
// file, and `npm ci` refuses it ("Missing: ... from lock file"). They are optional dependencies, named and versioned by the package that wants them; their
// platform is in their names. Where one is missing it is added without a hash. With --check it writes nothing and fails if one is missing.
import fs from "node:fs";
import path from "node:path";
import { root } from "./workspace.mjs";

const file = path.join(root, "package-lock.json");
const lock = JSON.parse(fs.readFileSync(file, "utf8"));
const added = {};
for (const [at, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const platform = platformOf(name);
    if (platform === null || isThere(at, name)) continue;
    added[`node_modules/${name}`] = { version, ...platform, ...(entry.dev ? { dev: true } : {}), optional: true };
  }
}
const names = Object.keys(added);
if (process.argv.includes("--check")) {
  for (const name of names) console.error(`package-lock.json lacks ${name}; run: node tools/complete-lockfile.mjs`);
  process.exitCode = names.length > 0 ? 1 : 0;
} else if (names.length > 0) {
  const sorted = Object.entries({ ...lock.packages, ...added }).sort(([a], [b]) => (a === b ? 0 : a < b ? -1 : 1));
  fs.writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
  console.log(`package-lock.json: ${names.length} binaries of other platforms added`);
}

/** Whether the package at `at` finds `name`: in its own node_modules or one above. */
function isThere(at, name) {
  for (let folder = at; ; folder = folder.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, "")) {
    if (lock.packages[`${folder === "" ? "" : `${folder}/`}node_modules/${name}`] !== undefined) return true;
    if (folder === "" || !folder.includes("node_modules/")) return lock.packages[`node_modules/${name}`] !== undefined;
  }
}

/** os, cpu and libc of a name such as @oxlint/binding-linux-x64-musl; null when it names none. */
function platformOf(name) {
  const words = name.split("/").at(-1).split(/[-_]/);
  const os = words.find((word) => ["android", "darwin", "freebsd", "linux", "openharmony", "win32"].includes(word));
  const cpu = words.find((word) => ["arm", "arm64", "ia32", "ppc64", "riscv64", "s390x", "x64"].includes(word));
  if (os === undefined || cpu === undefined) return null;
  const libc = os !== "linux" ? null : words.some((word) => word.startsWith("musl")) ? "musl" : "glibc";
  return { os: [os], cpu: [cpu], ...(libc === null ? {} : { libc: [libc] }) };
}
