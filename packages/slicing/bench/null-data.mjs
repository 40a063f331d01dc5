// Tables without any effect: in how many of them a search finds something, with the exact (Clopper-Pearson) 95% interval of that share, which must not lie above the false discovery rate asked for.
// 5% positives, columns that go with each other. BENCH_TABLES and BENCH_ROWS change the size.
import { findSlices } from "@crossbill/slicing";
import { makeRows } from "./support/rows.mjs";

const tables = Number(process.env.BENCH_TABLES ?? 1000);
const rows = Number(process.env.BENCH_ROWS ?? 4000);
const RATE = 0.05;

/** P(X <= k) of a binomial number. */
function binomialCdf(k, n, p) {
  let term = (1 - p) ** n;
  let sum = term;
  for (let i = 1; i <= k; i++) {
    term *= ((n - i + 1) / i) * (p / (1 - p));
    sum += term;
  }
  return sum;
}

function bisect(holds) {
  let [low, high] = [0, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

for (const metric of ["bias", "logLoss"])
  for (const weighted of [false, true]) {
    let some = 0;
    for (let table = 0; table < tables; table++) {
      const { labels, probabilities, slices } = makeRows(rows, 6, { seed: 1 + table, base: -3, spread: 0.5 });
      const weights = weighted ? Float64Array.from(labels, (_, row) => 0.5 + (row % 7) / 4) : undefined;
      if (
        findSlices(labels, probabilities, slices, { metric, minRows: 100, falseDiscoveryRate: RATE, seed: table, ...(weighted ? { weights } : {}) }).length > 0
      )
        some++;
    }
    const low = some === 0 ? 0 : bisect((p) => 1 - binomialCdf(some - 1, tables, p) < 0.025);
    const high = bisect((p) => binomialCdf(some, tables, p) > 0.025);
    console.log(
      `${metric}${weighted ? ", importance weights" : ""}: something found in ${some} of ${tables} tables of ${rows} rows: ${((100 * some) / tables).toFixed(1)}%, interval ${(100 * low).toFixed(2)}% to ${(100 * high).toFixed(2)}%; asked for ${100 * RATE}%`,
    );
  }
