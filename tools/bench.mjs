// `npm run bench [-- name ...]`: builds, then runs packages/*/bench/*.mjs, all or those whose package or file name is given. Benches print, they never assert.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { packages, root } from "./workspace.mjs";

const words = process.argv.slice(2);
const built = spawnSync(process.execPath, [path.join(root, "tools/run-nx.mjs"), "run-many", "-t", "build", "--output-style=static"], {
  cwd: root,
  stdio: ["ignore", "ignore", "inherit"],
});
if (built.status !== 0) process.exit(built.status ?? 1);
const benches = packages.flatMap((p) => {
  const folder = path.join(p.directory, "bench");
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .filter((f) => f.endsWith(".mjs"))
    .sort()
    .map((f) => ({ name: `${p.name}/${f.slice(0, -4)}`, file: path.join(folder, f) }));
});
const chosen = benches.filter((b) => words.length === 0 || words.some((word) => b.name.includes(word)));
if (chosen.length === 0) {
  console.error(`no bench is named ${words.join(", ")}; there are: ${benches.map((b) => b.name).join(", ")}`);
  process.exit(2);
}
let failed = 0;
for (const { name, file } of chosen) {
  console.log(`\n== ${name}`);
  if (spawnSync(process.execPath, [file], { cwd: root, stdio: "inherit" }).status !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);
