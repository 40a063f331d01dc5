// Runs nx with this workspace's settings: no daemon, no colour codes forced, plain streaming output. Arguments go to nx.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const nx = path.join(root, "node_modules/nx/dist/bin/nx.js");
const result = spawnSync(process.execPath, [nx, ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, NX_DAEMON: "false", NX_TUI: "false" },
});
process.exit(result.status ?? 1);
