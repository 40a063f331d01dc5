// Writes the click log's files that are not there yet: node generate.mjs --days 7 writes days 1 to 7 of 8. The same bytes on every machine.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { dayFile, dayFileName, rowsOfDay } from "@crossbill/synthetic";

const { values } = parseArgs({ options: { days: { type: "string", default: "8" }, rows: { type: "string", default: "200000" } } });
const options = { rows: Number(values.rows), days: 8, seed: 7 };
const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), "data");
fs.mkdirSync(folder, { recursive: true });
for (let day = 0; day < Number(values.days); day++) {
  const file = path.join(folder, dayFileName(options, day));
  if (fs.existsSync(file)) {
    console.log(`${path.basename(file)}: there already`);
    continue;
  }
  const out = fs.openSync(`${file}.part`, "w");
  for (const chunk of dayFile(options, day)) fs.writeSync(out, chunk);
  fs.closeSync(out);
  fs.renameSync(`${file}.part`, file);
  console.log(`${path.basename(file)}: ${rowsOfDay(options, day)} rows written`);
}
