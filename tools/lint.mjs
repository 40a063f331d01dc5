// `npm run lint`: formatting (biome), type-aware lint (oxlint), the walls of the workspace, and generated code that is up to date.
import { spawn } from "node:child_process";
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
// At once: most of them use one core. What each says comes in one piece.
const ended = await Promise.all(
  steps.map(([name, command, args]) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (status) => {
        console.log(`${said}${String(name)}: ${status === 0 ? "ok" : "FAILED"}`);
        resolve(status === 0);
      });
    });
  }),
);
process.exit(ended.every(Boolean) ? 0 : 1);
