// Cost of regularisation paths: node packages/trainer/bench/path.mjs [rows | file.csr] [lambdas] [workers] (after a build); rows as support/rows.mjs has them.
// Prints passes, seconds and CPU seconds of the path and of cold fits at its last lambda; asserts nothing.
import { performance } from "node:perf_hooks";
import { trainWith } from "../dist/train.js";
import { trainPathWith } from "../dist/train-path.js";
import { exactOptions, rowsFrom } from "./support/rows.mjs";

const [given = "200000", n = "20", workers = "2"] = process.argv.slice(2);
const data = rowsFrom(given);
const { rows, entries, inputs, seams } = data;
console.log(`${rows} rows, ${entries} entries, ${inputs.features} features, ${workers} workers`);
const options = (l1, exact) => exactOptions(data, Number(workers), l1, exact);

const whole = await timed(`path of ${n} lambdas to a gap of 1e-6`, () => trainPathWith(options(0), { lambdas: Number(n) }, seams));
for (const { l1, nonZero, logLoss, objective, gap, iterations, passes, partPasses } of whole.result.points)
  console.log(
    `  l1 ${l1.toExponential(3)}  non-zeros ${String(nonZero).padStart(6)}  loss ${logLoss.toFixed(6)}  objective ${objective.toFixed(9)}  gap ${gap.toExponential(1)}  steps ${iterations}  passes ${passes} and ${partPasses} of few features`,
  );
const { l1 } = whole.result.points.at(-1);
const loading = await timed("loading: a fit at ten times the first lambda, where all is 0", () => trainWith(options(10 * whole.result.points[0].l1), seams));
const accuracies = { "a gap of 1e-6": { tolerance: 1e-12, gap: 1e-6 }, "the default tolerance": {} };
for (const [name, exact] of Object.entries(accuracies)) {
  const cold = await timed(`cold fit at the last lambda to ${name}`, () => trainWith(options(l1, exact), seams));
  const { certificate, epochs, steps } = cold.result.metrics;
  console.log(`  objective ${certificate.objective.toFixed(9)}  gap ${certificate.relativeGap.toExponential(1)}  steps ${steps}  passes ${epochs}`);
  console.log(
    `  the path costs ${(whole.cpu / cold.cpu).toFixed(2)} of these in CPU seconds, without loading ${((whole.cpu - loading.cpu) / (cold.cpu - loading.cpu)).toFixed(2)}`,
  );
}

async function timed(name, run) {
  const [before, used] = [performance.now(), process.cpuUsage()];
  const result = await run();
  const { user, system } = process.cpuUsage(used);
  const cpu = (user + system) / 1e6;
  console.log(`${name}: ${((performance.now() - before) / 1000).toFixed(2)} s, ${cpu.toFixed(2)} CPU s`);
  return { result, cpu };
}
