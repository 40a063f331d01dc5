import type { RunSummary } from "@crossbill/pipeline";
import test from "ava";
import fc from "fast-check";
import { showSummary } from "../dist/cli/show-summary.js";
import { harmless, nameOf, table } from "../dist/cli/terminal.js";

test("control and direction-changing characters of data become visible text", (t) => {
  t.is(harmless("\u001b[31mred"), "\\x1b[31mred");
  t.is(harmless("\u202eabc\u0000"), "\\u202eabc\\x00");
  t.is(harmless("日本, é\ttab\nline"), "日本, é\ttab\nline");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(harmless(text))));
});

test("a name in a table stays on one line and is cut where it is long", (t) => {
  t.is(nameOf("two\nlines\tand \u200f\u2067more"), "two\\nlines\\tand \\u200f\\u2067more");
  t.is(nameOf("x".repeat(10_000)), `${"x".repeat(60)}...`);
  t.is(nameOf(`${"x".repeat(59)}\ud83d\ude00`), `${"x".repeat(59)}...`);
  t.is(nameOf("__proto__"), "__proto__");
});

test("a table aligns columns; numbers are set right", (t) => {
  t.is(
    table([
      ["name", "rows"],
      ["a", "1,000"],
      ["long name", "2"],
    ]),
    "name        rows\na          1,000\nlong name      2",
  );
});

const none = Number.NaN;
const noBias = { meanPrediction: none, meanLabel: none, difference: none, ratio: none, low: none, high: none };

/** What `evaluate` prints. */
function shown(test: object, slices: readonly object[] = []): string {
  const lines: string[] = [];
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = ((text: string) => lines.push(text) > 0) as typeof process.stdout.write;
  try {
    const measured = { thresholdRule: "", bias: noBias, causes: [], ...test };
    const summary = { skipped: [], outliers: {}, rows: { read: 0, train: 1, validation: 0, test: 1 }, train: null, model: null, test: measured };
    const rest = { comparison: null, gate: null, published: null, seconds: { total: 0 }, report: null, tensorboard: null, slices, found: {} };
    showSummary("evaluate", { ...summary, ...rest } as unknown as RunSummary);
  } finally {
    process.stdout.write = write;
  }
  return lines.join("");
}

test("what was not measured is undefined in the summary, never NaN", (t) => {
  const text = shown({ poissonLoss: none, deviance: none, macroAuc: none });
  t.regex(text, /mean prediction \/ label +undefined \/ undefined \(difference undefined\)/);
  t.regex(text, /poisson loss \/ deviance +undefined \/ undefined/);
  t.notRegex(text, /NaN/);
});

test("slices are shown by what their head has: no undefined bias of several classes, errors of numbers", (t) => {
  const slices = [
    { slice: { site: "a" }, rows: 5, logLoss: 0.5, bias: noBias },
    { slice: { site: "b" }, rows: 7, logLoss: 0.75, bias: noBias },
  ];
  const classes = shown({}, slices).split("\n\n")[1];
  t.is(
    classes,
    "slice (highest log-loss first)  rows  log-loss\nsite=b                             7   0.75000\nsite=a                             5   0.50000\n",
  );
  const bias = { ...noBias, difference: 0.25, low: 0.125, high: 0.375 };
  const numbers = shown({}, [{ slice: { site: "a" }, rows: 5, logLoss: none, rmse: 2, bias }]);
  t.regex(numbers, /RMSE +bias[\s\S]*site=a +5 +2\.00000 +\+0\.25000/);
  t.notRegex(numbers, /log-loss/);
});
