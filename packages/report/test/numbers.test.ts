import { v1 } from "@crossbill/messages";
import { type ReportJson, renderReport } from "@crossbill/report";
import test from "ava";
import { parseHTML } from "linkedom";
import { format, type NumberKind } from "../dist/format.js";
import { exampleInput } from "./fixture.js";
import { fullInput } from "./full-fixture.js";

/** RFC 6901. */
function resolve(json: unknown, pointer: string): unknown {
  return pointer
    .split("/")
    .slice(1)
    .reduce<unknown>((at, step) => (at as Record<string, unknown> | null)?.[decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~")], json);
}

interface Shown {
  of: string;
  kind: NumberKind;
  value: string;
  text: string;
}

function shown(html: string): Shown[] {
  const nodes = parseHTML(html).document.querySelectorAll("data") as unknown as Iterable<{ textContent: string; getAttribute(name: string): string | null }>;
  return [...nodes].map((node) => ({
    of: node.getAttribute("data-of") ?? "",
    kind: (node.getAttribute("data-kind") ?? "") as NumberKind,
    value: node.getAttribute("value") ?? "",
    text: node.textContent,
  }));
}

for (const [name, input, least] of [
  ["a usual report", exampleInput(), 350],
  ["a report with every part", fullInput(), 550],
] as const)
  test(`every number of the page is the rounding of the number in report.json: ${name}`, async (t) => {
    const { html, json } = await renderReport(input);
    const file = JSON.parse(JSON.stringify(json)) as ReportJson;
    const numbers = shown(html);
    t.true(numbers.length > least, `${numbers.length} numbers`);
    for (const { of, kind, value, text } of numbers) {
      const whole = resolve(file, of);
      t.true(whole === null || typeof whole === "number", of);
      t.is(text, format(kind, whole as number | null), of);
      t.is(value, whole === null ? "" : String(whole), of);
    }
    for (const key of ["logLoss", "auc", "averagePrecision", "brier", "accuracy", "calibrationError", "rows"])
      t.true(
        numbers.some(({ of }) => of === `/test/${key}`),
        key,
      );
  });

test("numbers move together: other data gives other figures, the same in the page and in report.json", async (t) => {
  const before = await renderReport(exampleInput({ seed: 7 }));
  const after = await renderReport(exampleInput({ seed: 8 }));
  const figure = (html: string, of: string): string => shown(html).find((n) => n.of === of)?.text ?? "";
  for (const of of ["/test/logLoss", "/test/auc", "/test/bias/difference", "/slices/0/logLoss", "/comparison/overall/lossNew"]) {
    t.not(figure(before.html, of), figure(after.html, of), of);
    t.is(figure(after.html, of), format(/difference/.test(of) ? "signed" : "metric", resolve(after.json, of) as number), of);
  }
});

test("report.json holds full precision and null for what is undefined", async (t) => {
  const input = exampleInput();
  const { json } = await renderReport(input);
  t.is(json.test?.logLoss, input.evaluation.logLoss);
  t.is(json.test?.rmse, null);
  t.is(json.test?.roc.thresholds[0], null);
  t.deepEqual(json.rows, { read: 175_000, rejected: 31, train: 140_000, validation: 17_000, test: 6000 });
  t.deepEqual({ ...json.rejects }, { E_NUMBER: 20, E_FIELD_COUNT: 11 });
  const empty = json.slices.at(-1);
  t.deepEqual({ ...empty?.slice }, { country: "XX" });
  t.is(empty?.bias.difference, null);
});

test("slices come by falling |z|, undefined ones last; rows without a value are null", async (t) => {
  const { json } = await renderReport(exampleInput());
  const strengths = json.slices.map((s) => (s.z === null ? -1 : Math.abs(s.z)));
  t.deepEqual(
    strengths,
    [...strengths].sort((a, b) => b - a),
  );
  t.deepEqual({ ...json.slices[0]?.slice }, { country: "FR", device: "phone" });
  t.true(json.slices.some((s) => s.slice["country"] === null));
});

test("equal inputs give equal bytes", async (t) => {
  const a = await renderReport(exampleInput());
  const b = await renderReport(exampleInput());
  t.is(a.html, b.html);
  t.is(JSON.stringify(a.json), JSON.stringify(b.json));
});

test("numbers are written without a locale", (t) => {
  const cases: [NumberKind, number | null, string][] = [
    ["metric", 0.290712, "0.2907"],
    ["metric", 0.00123456, "0.00123"],
    ["metric", 1.23e-7, "1.23e-7"],
    ["metric", 0, "0"],
    ["metric", -0, "0"],
    ["metric", Number.NaN, "undefined"],
    ["metric", Number.POSITIVE_INFINITY, "undefined"],
    ["metric", null, "undefined"],
    ["metric", 1234.5, "1,235"],
    ["signed", 0.0213, "+0.0213"],
    ["signed", -0.5, "\u22120.5000"],
    ["ratio", 1, "1.000"],
    ["z", -3.456, "\u22123.46"],
    ["p", 0.00001, "< 0.0001"],
    ["p", 0.04, "0.0400"],
    ["count", 1234567, "1,234,567"],
    ["weight", 12.5, "12.5000"],
    ["weight", 200000, "200,000"],
    ["tenth", 1.45, "1.4"],
    ["bytes", 345678, "346 kB"],
    ["bytes", 12, "12 B"],
    ["plain", 0.005, "0.005"],
  ];
  for (const [kind, value, text] of cases) t.is(format(kind, value), text, `${kind} ${value}`);
});

test("every part of a full report stands on the page, in the order of a reader's questions", async (t) => {
  const { html, json } = await renderReport(fullInput());
  const ids = [...html.matchAll(/<section[^>]* id="([^"]+)"/g)].map(([, id]) => id);
  t.deepEqual(ids, [
    "verdict",
    "glance",
    "numbers",
    "training",
    "layers",
    "ranking",
    "calibration",
    "slices",
    "found",
    "fairness",
    "classes",
    "changed",
    "weights",
    "data",
    "lineage",
  ]);
  for (const of of [
    "/test/aucLow",
    "/test/brierHigh",
    "/test/spiegelhalter/z",
    "/test/gain/3/lift",
    "/test/calibration/1/bins/2/allLow",
    "/decision/precision",
    "/decision/leastCost/cost",
    "/foundSlices/bias/tested",
    "/foundSlices/bias/found/0/adjustedPValue",
    "/foundSlices/logLoss/found/1/effect",
    "/fairness/0/groups/1/positiveRate/low",
    "/fairness/0/differences/2/value",
    "/multiClass/confusion/2/1",
    "/multiClass/top/1/accuracy",
    "/multiClass/each/0/auc",
    "/comparison/auc/difference",
    "/comparison/brier/pValue",
    "/comparison/changed/2/difference",
    "/checks/0/value",
    "/train/certificate/sumDifference",
  ])
    t.true(
      shown(html).some((n) => n.of === of),
      of,
    );
  t.is(json.decision?.truePositives, fullInput().evaluation.confusion.truePositives);
  t.is(json.decision?.cost, (json.decision?.falsePositives ?? 0) + 6 * (json.decision?.falseNegatives ?? 0));
});

test("a report without the newer parts has none of their sections", async (t) => {
  const { html, json } = await renderReport(exampleInput());
  for (const id of ["layers", "found", "fairness", "classes", "changed", "checks", "causes", "certificate"]) t.false(html.includes(`id="${id}"`), id);
  t.deepEqual([json.foundSlices.bias, json.multiClass, json.comparison?.auc, json.test?.aucLow, json.test?.confusion], [null, null, null, null, null]);
});

test("a configured slice that chance does not explain is told, also where a search found none", async (t) => {
  const input = fullInput();
  Object.assign(input.evaluation.slices[0] ?? {}, { z: -9, pValue: 1e-9 });
  const first = async (): Promise<string> => /<ul class="glance"><li>(.*?)<\/li>/.exec((await renderReport(input)).html)?.[1]?.replace(/<[^>]*>/g, "") ?? "";
  t.regex(await first(), /^Look at slices, first this one: .*Found among 312 that were tested/);
  input.evaluation.foundBias.found = [];
  t.regex(
    await first(),
    /^Look at a slice: predicted too low in device = phone: .*z −9\.00.*A search of 312 combinations, on half of the rows, found none by itself/,
  );
  Object.assign(input.evaluation.slices[0] ?? {}, { z: -2.5, pValue: 0.0124 });
  for (const slice of input.evaluation.slices) slice.pValue = 0.0124;
  t.regex(await first(), /^No biased slice found: 312 combinations were tested/);
});

test("many limits do not stand between the verdict and what to look at", async (t) => {
  const input = fullInput();
  input.gate.limits = Array.from({ length: 40 }, (_, i) => v1.ReportLimit.create({ name: `limit ${i}`, limit: 1, value: i === 20 ? 2 : 0, passed: i !== 20 }));
  const { html } = await renderReport(input);
  const [before = ""] = html.split('id="glance"');
  t.deepEqual(
    [...before.matchAll(/<bdi>(limit \d+)<\/bdi>/g)].map(([, name]) => name),
    ["limit 0", "limit 1", "limit 20"],
  );
  t.is([...html.matchAll(/<bdi>limit \d+<\/bdi>/g)].length, 40);
});
