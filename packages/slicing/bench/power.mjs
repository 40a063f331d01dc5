// How often a planted bias is found, by its size, against a test in one stage that knows the slice: all rows, Bonferroni over every conjunction that the search tested. Told is also how often the
// slice itself is found, how often any slice of it, and how often anything else. BENCH_TABLES and BENCH_ROWS change the size.
import { biasPValue, searchSlices } from "@crossbill/slicing";
import { makeRows } from "./support/rows.mjs";

const tables = Number(process.env.BENCH_TABLES ?? 200);
const rows = Number(process.env.BENCH_ROWS ?? 10_000);
const RATE = 0.05;
const PLANTED = { c0: "v1", c1: "v0" };

const percent = (n) => `${((100 * n) / tables).toFixed(1)}%`.padStart(9);
const isPlanted = ({ slice }) => Object.keys(slice).length === 2 && slice.c0 === PLANTED.c0 && slice.c1 === PLANTED.c1;
/** The planted slice, one of its columns alone, or a part of it. */
const overlaps = ({ slice }) => Object.entries(slice).some(([name, value]) => PLANTED[name] === value);

console.log(
  `${tables} tables of ${rows} rows; z: of the planted slice over all rows, mean of the tables; 200 tables: one standard error is at most 3.5 points`,
);
console.log("shift (log-odds)   z     one stage    two stages  that slice     other");
for (const shift of [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8]) {
  let [oracle, some, exact, other, sumZ] = [0, 0, 0, 0, 0];
  for (let table = 0; table < tables; table++) {
    const { labels, probabilities, slices } = makeRows(rows, 6, { seed: 1 + table, base: -2, spread: 0.5, shift });
    const { tested, found } = searchSlices(labels, probabilities, slices, { minRows: 50, falseDiscoveryRate: RATE, seed: table });
    const own = Array.from(labels, (_, row) => row).filter((row) => slices.c0[row] === PLANTED.c0 && slices.c1[row] === PLANTED.c1);
    const [y, p] = [own.map((row) => labels[row]), own.map((row) => probabilities[row])];
    if (biasPValue(y, p) * tested <= RATE) oracle++;
    if (found.some(overlaps)) some++;
    if (found.some(isPlanted)) exact++;
    if (found.some((one) => !overlaps(one))) other++;
    const excess = y.reduce((sum, label, k) => sum + label - p[k], 0);
    sumZ += excess / Math.sqrt(p.reduce((sum, q) => sum + q * (1 - q), 0));
  }
  console.log(
    `${shift.toFixed(1).padEnd(14)}${(sumZ / tables).toFixed(1).padStart(6)}    ${percent(oracle)}    ${percent(some)}   ${percent(exact)} ${percent(other)}`,
  );
}
