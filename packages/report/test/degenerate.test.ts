import { createHash } from "node:crypto";
import { v1 } from "@crossbill/messages";
import { renderReport } from "@crossbill/report";
import test from "ava";
import { parseHTML } from "linkedom";
import { exampleInput } from "./fixture.js";

type Input = ReturnType<typeof exampleInput>;

/** What no page may hold: coordinates that are not numbers, or an empty chart. */
function sound(html: string): string[] {
  const problems: string[] = [];
  const { document } = parseHTML(html);
  for (const svg of document.querySelectorAll("svg") as unknown as Iterable<{ outerHTML: string; querySelectorAll(s: string): { length: number } }>) {
    if (/="[^"]*(NaN|Infinity|undefined)[^"]*"/.test(svg.outerHTML.replace(/aria-label="[^"]*"/g, "")))
      problems.push(`not a number: ${/="[^"]*(?:NaN|Infinity|undefined)[^"]*"/.exec(svg.outerHTML)?.[0]}`);
    if (svg.querySelectorAll("path, circle, rect, line").length === 0) problems.push("an empty chart");
  }
  if (/\bNaN\b|\[object|Infinity/.test(html)) problems.push("NaN, Infinity or an object in the text");
  return problems;
}

const cases: Record<string, (input: Input) => void> = {
  "no slices": (i) => void (i.evaluation.slices = []),
  "only slices without rows": (i) => void (i.evaluation.slices = i.evaluation.slices.slice(-1)),
  "no validation": (i) => {
    i.train.validationLoss = Number.NaN;
    for (const point of i.train.curve) point.validationLoss = Number.NaN;
  },
  "one point of the learning curve": (i) => void (i.train.curve = i.train.curve.slice(0, 1)),
  "no learning curve": (i) => void (i.train.curve = []),
  "one class": (i) => {
    const e = i.evaluation;
    e.auc = e.averagePrecision = Number.NaN;
    e.positiveWeight = 0;
    e.roc.falsePositiveRate = e.roc.falsePositiveRate.slice(0, 5);
    e.roc.truePositiveRate = [0, 0, 0, 0, 0].fill(Number.NaN);
    for (const curve of e.calibration) for (const bin of curve.bins) Object.assign(bin, { meanLabel: 0, labelLow: 0 });
  },
  "every label 1": (i) => {
    for (const curve of i.evaluation.calibration) for (const bin of curve.bins) Object.assign(bin, { meanLabel: 1, labelHigh: 1 });
  },
  "one bin": (i) => {
    for (const curve of i.evaluation.calibration) curve.bins = curve.bins.slice(0, 1);
    Object.assign(i.evaluation.histogram, { rows: [6000], weight: [6000], positiveWeight: [600] });
  },
  "one prediction for all rows": (i) => {
    for (const curve of i.evaluation.calibration)
      curve.bins = curve.bins
        .slice(0, 1)
        .map((b) => Object.assign(b, { low: 0.1, high: 0.1, meanPrediction: 0.1, meanLabel: 0.1, labelLow: 0.1, labelHigh: 0.1 }));
    Object.assign(i.evaluation.histogram, { low: 0.1, high: 0.1, rows: [6000], weight: [6000], positiveWeight: [600] });
  },
  "predictions of 0 and 1": (i) => {
    for (const curve of i.evaluation.calibration) {
      curve.bins = [0, 1].map((p) =>
        v1.CalibrationBin.create({ low: p, high: p, rows: 5, weight: 5, meanPrediction: p, meanLabel: p, labelLow: p / 2, labelHigh: (1 + p) / 2 }),
      );
    }
  },
  "nothing undefined in a slice but its interval": (i) => {
    for (const s of i.evaluation.slices) Object.assign(s.bias, { low: Number.NaN, high: Number.NaN });
  },
  "a slice of one row and one of endless interval": (i) => {
    const bias = i.evaluation.slices[0]?.bias;
    if (bias) Object.assign(bias, { low: -1e300, high: 1e300 });
  },
  "every weight zero": (i) => Object.assign(i.weights, { strongest: [], histogram: { low: 0, high: 0, rows: [], weight: [], positiveWeight: [] } }),
  "all differences zero": (i) => {
    for (const s of i.evaluation.slices) Object.assign(s.bias, { difference: 0, low: 0, high: 0 });
    for (const s of i.comparison.slices) Object.assign(s.difference, { difference: 0, low: 0, high: 0, z: Number.NaN });
  },
  "a thousand points, bins and steps": (i) => {
    const many = <T>(items: readonly T[]): T[] => Array.from({ length: 2000 }, (_, k) => items[k % items.length] as T);
    i.train.curve = many(i.train.curve);
    for (const curve of i.evaluation.calibration) curve.bins = many(curve.bins);
    Object.assign(i.evaluation.histogram, {
      rows: many(i.evaluation.histogram.rows),
      weight: many(i.evaluation.histogram.weight),
      positiveWeight: many(i.evaluation.histogram.positiveWeight),
    });
  },
  "a model of several classes, trained exactly": (i) => {
    const undefinedOnes = { auc: Number.NaN, averagePrecision: Number.NaN, brier: Number.NaN, calibrationError: Number.NaN, threshold: Number.NaN };
    Object.assign(i.evaluation, undefinedOnes, { head: v1.Head.SOFTMAX, calibration: [], roc: null, precisionRecall: null, histogram: null });
    for (const bias of [i.evaluation.bias, ...i.evaluation.slices.map((s) => s.bias)])
      for (const key of ["meanPrediction", "meanLabel", "difference", "ratio", "low", "high", "standardError"] as const) bias[key] = Number.NaN;
    for (const s of i.evaluation.slices) Object.assign(s, { auc: Number.NaN, z: Number.NaN, pValue: Number.NaN });
    i.train.certificate = v1.Certificate.create({ objective: 0.3, relativeGradientNorm: 1e-9, dualityGap: Number.NaN, sumPredictions: 7, sumLabels: 7 });
  },
  "a model of numbers": (i) => {
    i.evaluation.head = v1.Head.SQUARED;
    i.evaluation.rmse = 3.25;
    Object.assign(i.evaluation.bias, { meanPrediction: 1234.5, meanLabel: -7 });
    for (const curve of i.evaluation.calibration)
      for (const bin of curve.bins)
        Object.assign(bin, {
          meanPrediction: 1000 * bin.meanPrediction,
          meanLabel: 1000 * bin.meanLabel,
          labelLow: 900 * bin.labelLow,
          labelHigh: 1100 * bin.labelHigh,
        });
  },
  "a model of counts": (i) => {
    Object.assign(i.evaluation, { head: v1.Head.POISSON, rmse: 3.25, poissonLoss: -1.5, deviance: 0.75, calibration: [], roc: null, precisionRecall: null });
    for (const s of i.evaluation.slices) Object.assign(s, { deviance: 0.5, rmse: 1, auc: Number.NaN, logLoss: Number.NaN });
  },
  "a model of several classes a row": (i) => {
    const bias = v1.Bias.create({ meanPrediction: 0.1, meanLabel: 0.1, difference: 0, low: -0.1, high: 0.1 });
    const classes = ["a", "b"].map((name) => v1.ClassEvaluation.create({ name, positiveWeight: 9, logLoss: 0.2, auc: name === "a" ? 0.8 : Number.NaN, bias }));
    Object.assign(i.evaluation, { head: v1.Head.MULTI_LABEL, macroAuc: 0.8, classes, calibration: [], roc: null, precisionRecall: null, histogram: null });
  },
  "no test rows": (i) => {
    const nothing = v1.Evaluation.create({ part: v1.Part.TEST, level: 0.95 });
    for (const key of ["logLoss", "auc", "averagePrecision", "brier", "accuracy", "rmse", "calibrationError", "logLossLow", "logLossHigh"] as const)
      nothing[key] = Number.NaN;
    i.evaluation = nothing;
    i.comparison = null as never;
  },
};

for (const [title, change] of Object.entries(cases)) {
  test(`a report is drawn with ${title}`, async (t) => {
    const input = exampleInput({ rows: 1200 });
    change(input);
    const { html } = await renderReport(input);
    t.deepEqual(sound(html), []);
  });
}

test("an empty input gives a page that says so", async (t) => {
  const { html, json } = await renderReport({});
  t.deepEqual(sound(html), []);
  t.true(html.includes("No gate has decided yet"));
  t.true(html.includes("not evaluated"));
  t.is(json.test, null);
  t.is(json.gate, null);
});

test("slices without rows say n = 0, undefined", async (t) => {
  const { html } = await renderReport(exampleInput({ rows: 1200 }));
  t.true(/XX<\/bdi>.{0,200}n = 0, undefined/.test(html));
});

test("a model of several classes says nothing about bias by slice or a curve of one probability", async (t) => {
  const input = exampleInput({ rows: 1200 });
  cases["a model of several classes, trained exactly"]!(input);
  const { document } = parseHTML((await renderReport(input)).html);
  t.is(document.querySelector("#calibration"), null);
  const text = document.querySelector("#slices")?.textContent ?? "";
  t.notRegex(text, /without rows|by chance alone|mean label|AUC/);
  t.regex(text, /log-loss/);
  t.deepEqual(
    [...(document.querySelectorAll('#slices [data-table="Slices"] th[scope="col"], #slices thead th') as unknown as Iterable<{ textContent: string }>)].map(
      (head) => head.textContent.trim(),
    ),
    ["slice", "rows", "log-loss"],
  );
});

test("rows without weight are not said to be no rows", async (t) => {
  const input = exampleInput({ rows: 1200 });
  input.evaluation.calibration = [];
  for (const s of input.evaluation.slices) Object.assign(s.bias, { difference: Number.NaN });
  const { document } = parseHTML((await renderReport(input)).html);
  t.regex(document.querySelector("#calibration")?.textContent ?? "", /Undefined: the test rows have no weight/);
  t.regex(document.querySelector("#slices")?.textContent ?? "", /Undefined: the rows of the slices have no weight/);
});

test("a rejected model says so first, with every reason", async (t) => {
  const input = exampleInput({ rows: 1200 });
  input.gate.accepted = false;
  input.gate.reasons = ["bias +0.031 is over 0.02"];
  const { html } = await renderReport(input);
  t.true(html.indexOf("Rejected by the gate") < html.indexOf("<h2>"));
  t.true(html.indexOf("bias +0.031 is over 0.02") < html.indexOf("<h2>"));
});

test("the page forbids everything from outside and has a chart of each kind", async (t) => {
  const { html } = await renderReport(exampleInput({ rows: 1200 }));
  const { document } = parseHTML(html);
  const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute("content") as string;
  t.deepEqual(
    policy.split("; ").map((rule) => rule.replace(/'sha256-[^']+'/, "hash")),
    ["default-src 'none'", "script-src hash", "style-src hash", "img-src data:", "base-uri 'none'", "form-action 'none'"],
  );
  const hash = (selector: string): string =>
    `'sha256-${createHash("sha256")
      .update(document.querySelector(selector)?.textContent ?? "")
      .digest("base64")}'`;
  t.true(policy.includes(`script-src ${hash("script:not([type])")};`));
  t.true(policy.includes(`style-src ${hash("style")};`));
  t.is(document.querySelectorAll("[style], script:not([type]) ~ script:not([type])").length, 0);
  t.is(document.documentElement.getAttribute("lang"), "en");
  t.is(/.{0,40}(https?:|\/\/[a-z]|\burl\(|@import).{0,40}/i.exec(html.replace(/xmlns(:\w+)?="[^"]*"/g, "")), null);
  const labels = [...(document.querySelectorAll("svg") as unknown as Iterable<{ getAttribute(n: string): string | null }>)].map(
    (svg) => svg.getAttribute("aria-label") ?? "",
  );
  for (const kind of [
    /^ROC/,
    /^Precision/,
    /^Gain/,
    /^Calibration.*weight/,
    /^Calibration.*width/,
    /^Bias of/,
    /^Change of loss/,
    /^Learning/,
    /predictions/,
    /weights/,
  ])
    t.true(
      labels.some((label) => kind.test(label)),
      String(kind),
    );
});
