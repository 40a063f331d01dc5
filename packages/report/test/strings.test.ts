import { v1 } from "@crossbill/messages";
import { renderReport } from "@crossbill/report";
import test from "ava";
import { parseHTML } from "linkedom";
import { Names } from "../dist/markup.js";
import { cut, cutWidth, escapeHtml, visible } from "../dist/text.js";
import { exampleInput } from "./fixture.js";
import { fullInput } from "./full-fixture.js";
import { HOSTILE } from "./hostile.js";

/** As many hostile strings as places that show one: names of slices, features, reasons, codes, versions, title, configuration. */
function withNames(names: readonly string[]): Parameters<typeof renderReport>[0] {
  const at = (i: number): string => names[i % names.length] ?? "";
  const input = exampleInput({ rows: 1500, names, config: names.join("\n") });
  input.title = at(0);
  input.optimizer = at(1);
  input.rejects = names.map((code) => v1.RejectCount.create({ code, rows: 1 }));
  input.gate = { accepted: false, reasons: [...names], limits: names.map((name) => ({ name, limit: 1, value: 2, low: 1, high: 3, passed: false })) } as never;
  input.model.version = at(2);
  input.model.sha256 = at(3);
  input.lineage.build = at(4);
  input.lineage.configSha256 = at(5);
  input.lineage.ingestKey = at(6);
  input.comparison.againstSha256 = at(7);
  for (const [i, slice] of input.evaluation.slices.entries()) for (const key of slice.slice) key.field = at(i);
  return input;
}

/** The page of the hostile strings, rendered once for all tests that read it. */
const hostile = renderReport(withNames(HOSTILE));

function counts(html: string): Record<string, number> {
  const { document } = parseHTML(html);
  const found: Record<string, number> = { script: 0, iframe: 0, img: 0, svg: 0, object: 0, form: 0, handlers: 0, links: 0, elements: 0 };
  for (const element of document.querySelectorAll("*") as unknown as Iterable<{
    localName: string;
    attributes: Iterable<{ name: string }>;
    getAttribute(name: string): string | null;
  }>) {
    found["elements"] = (found["elements"] ?? 0) + 1;
    if (element.localName in found) found[element.localName] = (found[element.localName] ?? 0) + 1;
    for (const { name } of element.attributes) if (/^on/i.test(name)) found["handlers"] = (found["handlers"] ?? 0) + 1;
    if (!(element.getAttribute("href") ?? "#").startsWith("#")) found["links"] = (found["links"] ?? 0) + 1;
  }
  return found;
}

test("hostile strings leave the page with the same elements as plain ones", async (t) => {
  const bad = await hostile;
  const clean = await renderReport(withNames(HOSTILE.map((_, i) => `plain${i}`)));
  t.deepEqual(counts(bad.html), counts(clean.html));
  for (const pattern of [/<script/gi, /<img/gi, /<iframe/gi, /<svg/gi, /<\/script/gi, /<!--/g, /\son\w+\s*=\s*["']?[^"'>\s]/gi]) {
    t.is((bad.html.match(pattern) ?? []).length, (clean.html.match(pattern) ?? []).length, String(pattern));
  }
});

test("hostile strings are shown as text", async (t) => {
  const { html } = await hostile;
  t.true(html.includes("&lt;img src=x"));
  const { document } = parseHTML(html);
  const isolated = new Set([...(document.querySelectorAll("bdi") as unknown as Iterable<{ textContent: string }>)].map((node) => node.textContent));
  for (const text of HOSTILE) t.true(isolated.has(cut(visible(text))), JSON.stringify(text.slice(0, 60)));
});

test("no control, bidirectional or escape character of the data reaches the page", async (t) => {
  const { html } = await hostile;
  const found = /.{0,40}(?![\n\t])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066\u2067].{0,40}/u.exec(html);
  t.is(found, null);
  t.is(visible("\u202eabc\u001b[31m\n"), "[U+202E]abc\u241b[31m\u240a");
  t.is(visible("\ud800x\u{1f600}"), "\ufffdx\u{1f600}");
});

test("report.json keeps hostile names whole, also __proto__", async (t) => {
  const { json } = await hostile;
  const read = JSON.parse(JSON.stringify(json)) as typeof json;
  const values = new Set(read.slices.flatMap((s) => Object.entries(s.slice).flat()));
  for (const text of HOSTILE) t.true(values.has(text), JSON.stringify(text.slice(0, 60)));
  t.is(Object.getPrototypeOf({}), Object.prototype);
  t.true(Object.hasOwn(read.rejects, "__proto__"));
});

test("names are cut at 80 characters and keep their full text in the title, while there is room for it", (t) => {
  const names = new Names(200);
  t.is(names.name("a".repeat(80)).html, `<bdi>${"a".repeat(80)}</bdi>`);
  t.is(names.name("b".repeat(81)).html, `<bdi title="${"b".repeat(81)}">${"b".repeat(79)}\u2026</bdi>`);
  t.is(names.name("c".repeat(150)).html, `<bdi>${"c".repeat(79)}\u2026</bdi>`);
  t.is(cut("\u{1f600}".repeat(81)), `${"\u{1f600}".repeat(79)}\u2026`);
  t.is(cutWidth("\u6f22\u5b57\u6f22\u5b57", 5), "\u6f22\u5b57\u2026");
});

test("one escape function serves text and attributes", (t) => {
  t.is(escapeHtml(`<a b="c" d='e'>&\``), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;&#96;");
  t.is(escapeHtml("x onload = 1"), "x onload &#61; 1");
});

test("a page full of endless names stays under 2 MB", async (t) => {
  const input = exampleInput({ rows: 800 });
  const slice = input.evaluation.slices[0];
  if (!slice) return t.fail();
  input.evaluation.slices = Array.from({ length: 3000 }, (_, i) => ({
    ...slice,
    slice: [{ field: "`".repeat(5000), value: `${"&".repeat(5000)}${i}` }],
  })) as never;
  input.weights.strongest = Array.from({ length: 1000 }, (_, i) => ({ feature: "<".repeat(9000), weight: i })) as never;
  const { html, json } = await renderReport(input);
  t.true(html.length < 2 ** 21, `${html.length}`);
  t.is(json.slices.length, 3000);
  t.true(html.includes("all are in report.json"));
});

test("a page of every part at its longest stays under 2 MB", async (t) => {
  const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
  const long = "&<'".repeat(2000);
  const name = "&<'".repeat(200); // of slices there are thousands
  const input = fullInput({ rows: 1200, config: "<".repeat(100_000), words: [long] });
  const e = input.evaluation;
  const slice = (i: number): v1.SliceEvaluation =>
    v1.SliceEvaluation.create({
      ...v1.SliceEvaluation.create(e.slices[0]),
      slice: many(5, (k) => v1.SliceKey.create({ field: `${name}${k}`, value: `${name}${i}` })),
    });
  for (const found of [e.foundBias, e.foundLoss])
    found.found = many(600, (i) => v1.FoundSlice.create({ slice: slice(i), effect: 0.123456789, low: 0.1, high: 0.2, z: 3 + i }));
  e.slices = many(600, slice);
  e.causes = many(100, () => v1.BiasCause.create({ code: long, message: long, fields: many(20, () => long) }));
  e.fairness = many(50, () =>
    v1.GroupFairness.create({
      field: long,
      groups: many(500, () => v1.GroupRates.create(e.fairness[0]?.groups[0])),
      differences: e.fairness[0]?.differences ?? [],
    }),
  );
  e.calibration = many(9, (i) =>
    v1.CalibrationCurve.create({ strategy: `${long}${i}`, bins: many(2000, (k) => v1.CalibrationBin.create(e.calibration[0]?.bins[k % 10])) }),
  );
  e.multiClass.classes = many(50, () => long);
  e.multiClass.confusion = many(2500, (i) => 0.123456789012345 * i);
  e.multiClass.each = many(2000, () => v1.ClassEvaluation.create(e.multiClass.each[0]));
  input.comparison.changed = many(5000, () => v1.ChangedRow.create(input.comparison.changed[0]));
  input.comparison.slices = many(600, (i) => v1.SliceComparison.create({ ...input.comparison.slices[0], slice: slice(i).slice }));
  input.checks = many(3000, () => v1.ReportCheck.create(input.checks[0]));
  input.rejects = many(600, (i) => v1.RejectCount.create({ code: `${long}${i}`, rows: 1 }));
  input.gate.limits = many(600, () => v1.ReportLimit.create({ name: long, limit: 1, value: 2, low: 1, high: 3, passed: false }));
  input.gate.reasons = many(300, () => long);
  input.train.diagnostics = many(300, () => v1.Diagnostic.create({ code: long, message: long }));
  const { html } = await renderReport(input);
  t.true(html.length < 2 ** 21, `${html.length}`);
  t.true(Buffer.byteLength(html) < 2 ** 21, `${Buffer.byteLength(html)} bytes`);
});
