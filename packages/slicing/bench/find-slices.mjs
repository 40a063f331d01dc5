// Seconds of a search through 1,000,000 rows with 20 slice columns, and of its plain twin's counting (a map of texts for every pair of columns) over a twentieth of the rows, times 20.
// Processor seconds (of all threads, garbage collection among them) change little with what else the machine does. BENCH_ROWS and BENCH_COLUMNS change the size.
import { searchSlices } from "@crossbill/slicing";
import { makeRows } from "./support/rows.mjs";

const rows = Number(process.env.BENCH_ROWS ?? 1_000_000);
const columns = Number(process.env.BENCH_COLUMNS ?? 20);
const { labels, probabilities, slices } = makeRows(rows, columns, { shift: 0.5 });
const weights = Float64Array.from(labels, (_, row) => 0.5 + (row % 7) / 4);

const seconds = (run) => {
  const start = performance.now();
  const before = process.cpuUsage();
  const answer = run();
  const { user, system } = process.cpuUsage(before);
  return [(performance.now() - start) / 1000, answer, (user + system) / 1e6];
};
function search(name, options) {
  const [time, { tested, candidates, confirmed, found }, cpu] = seconds(() => searchSlices(labels, probabilities, slices, { minRows: 300, ...options }));
  console.log(
    `${name.padEnd(36)}${time.toFixed(2).padStart(7)} s ${cpu.toFixed(2).padStart(7)} cpu s   ${tested} tested, ${candidates} candidates, ${confirmed} on the other half, ${found.length} found; first ${JSON.stringify(found[0]?.slice)}`,
  );
  return cpu;
}

function naive(share) {
  const names = Object.keys(slices);
  const some = Math.floor(rows / share);
  for (let a = 0; a < names.length; a++)
    for (let b = a + 1; b < names.length; b++) {
      const cells = new Map();
      for (let row = 0; row < some; row++) {
        const key = `${slices[names[a]][row]}\n${slices[names[b]][row]}`;
        let cell = cells.get(key);
        if (cell === undefined) {
          cell = { rows: 0, difference: 0, variance: 0 };
          cells.set(key, cell);
        }
        cell.rows++;
        cell.difference += probabilities[row] - labels[row];
        cell.variance += probabilities[row] * (1 - probabilities[row]);
      }
    }
}

console.log(`${rows} rows, ${columns} columns, one thread`);
const cpu = search("bias, depth 2", { metric: "bias" });
search("logLoss, depth 2", { metric: "logLoss" });
search("bias, depth 2, importance weights", { metric: "bias", weights });
search("logLoss, depth 2, importance weights", { metric: "logLoss", weights });
if (process.env.BENCH_DEPTH === "3") search("bias, depth 3", { metric: "bias", depth: 3, minRows: 3000 });
const [, , twin] = seconds(() => naive(20));
console.log(`plain counting of pairs: ${(20 * twin).toFixed(0)} cpu s, ${((20 * twin) / cpu).toFixed(1)} times the whole search`);
console.log(`peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
