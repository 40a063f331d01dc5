// node run.mjs [experiment ...]: runs the experiments and writes docs/<experiment>.md. The numbers are the same on every machine, but for seconds.
import fs from "node:fs";
import path from "node:path";
import { DOCS } from "./laboratory.mjs";

const EXPERIMENTS = [
  "first-intercept",
  "sparsity",
  "early-stopping",
  "sampled-softmax",
  "networks",
  "playground",
  "shared-factors",
  "words-and-rooms",
  "warm-start",
];
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !EXPERIMENTS.includes(name));
if (unknown.length > 0) {
  console.error(`no experiment is named ${unknown.join(", ")}; there are: ${EXPERIMENTS.join(", ")}`);
  process.exit(2);
}
fs.mkdirSync(DOCS, { recursive: true });
for (const name of asked.length > 0 ? asked : EXPERIMENTS) {
  const { title, run } = await import(`./${name}.mjs`);
  const file = path.join(DOCS, `${name}.md`);
  fs.writeFileSync(file, `# ${title}\n\nWritten by \`npx nx run experiments:${name}\`.\n\n${await run()}\n`);
  console.log(`${path.relative(process.cwd(), file)} is written`);
}
