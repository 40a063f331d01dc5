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

test("what was not measured is undefined in the summary, never NaN", (t) => {
  const none = Number.NaN;
  const bias = { meanPrediction: none, meanLabel: none, difference: none, ratio: none, low: none, high: none };
  const lines: string[] = [];
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = ((text: string) => lines.push(text) > 0) as typeof process.stdout.write;
  try {
    const measured = { head: "poisson", thresholdRule: "", poissonLoss: none, deviance: none, macroAuc: none, bias, causes: [] };
    const summary = { skipped: [], outliers: {}, rows: { read: 0, train: 1, validation: 0, test: 1 }, train: null, model: null, test: measured };
    const rest = { comparison: null, gate: null, published: null, seconds: { total: 0 }, report: null, tensorboard: null, slices: [], found: {} };
    showSummary("evaluate", { ...summary, ...rest } as unknown as RunSummary);
  } finally {
    process.stdout.write = write;
  }
  const text = lines.join("");
  t.regex(text, /mean prediction \/ label +undefined \/ undefined \(difference undefined\)/);
  t.regex(text, /poisson loss \/ deviance +undefined \/ undefined/);
  t.notRegex(text, /NaN/);
});
