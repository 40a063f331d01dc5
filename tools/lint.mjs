// `npm run lint`: formatting (biome), type-aware lint (oxlint), the walls of the workspace, and generated code that is up to date.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { root } from "./workspace.mjs";

const bin = (name) => path.join(root, "node_modules/.bin", name);
const steps = [
  ["biome", bin("biome"), ["check", "--error-on-warnings", "."]],
  ["oxlint", bin("oxlint"), ["--type-aware", "--deny-warnings"]],
  ["walls", process.execPath, ["tools/check-imports.mjs"]],
  ["lock file", process.execPath, ["tools/complete-lockfile.mjs", "--check"]],
  ["generated code", process.execPath, ["tools/codegen.mjs", "--check"]],
];
let failed = 0;
for (const [name, command, args] of steps) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) failed++;
  console.log(`${String(name)}: ${status === 0 ? "ok" : "FAILED"}`);
}
process.exit(failed === 0 ? 0 : 1);
