// `npm test`: builds what is needed and runs every test of every package (nx target `test`), then prints one line of totals.
// Arguments are passed to nx, e.g. `npm test -- --projects=auc,calibration`.
import { spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const args = [
  path.join(root, "tools/run-nx.mjs"),
  "run-many",
  "-t",
  "test",
  "--output-style=stream",
  "--parallel=2",
  "--nxBail=false",
  ...process.argv.slice(2),
];
const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, FORCE_COLOR: "0" } });
let text = "";
for (const [stream, out] of [
  [child.stdout, process.stdout],
  [child.stderr, process.stderr],
]) {
  stream.setEncoding("utf8").on("data", (part) => {
    out.write(part);
    text += part;
  });
}
child.on("close", (code) => {
  const sum = (pattern) => [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
  // Every test that passed has a line; ava prints their number only where none failed.
  const passed = [...text.matchAll(/^(?:[\w-]+: )? {2}✔ \S/gm)].length;
  const failed =
    sum(/(\d+) (?:tests?|uncaught exceptions?|unhandled rejections?|known failures?) failed/g) +
    sum(/(\d+) uncaught exceptions?/g) +
    sum(/(\d+) tests? remained pending after a timeout/g) +
    sum(/(\d+) unhandled rejections?/g);
  console.log(`\n${passed} passed, ${code === 0 ? failed : Math.max(failed, 1)} failed`);
  process.exit(code === 0 && failed === 0 && passed > 0 ? 0 : 1);
});
