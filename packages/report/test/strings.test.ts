import { v1 } from "@crossbill/messages";
import { renderReport } from "@crossbill/report";
import test from "ava";
import { parseHTML } from "linkedom";
import { Names } from "../dist/markup.js";
import { cut, cutWidth, escapeHtml, visible } from "../dist/text.js";
import { exampleInput } from "./fixture.js";
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
  const bad = await renderReport(withNames(HOSTILE));
  const clean = await renderReport(withNames(HOSTILE.map((_, i) => `plain${i}`)));
  t.deepEqual(counts(bad.html), counts(clean.html));
  for (const pattern of [/<script/gi, /<img/gi, /<iframe/gi, /<svg/gi, /<\/script/gi, /<!--/g, /\son\w+\s*=\s*["']?[^"'>\s]/gi]) {
    t.is((bad.html.match(pattern) ?? []).length, (clean.html.match(pattern) ?? []).length, String(pattern));
  }
});

test("hostile strings are shown as text", async (t) => {
  const { html } = await renderReport(withNames(HOSTILE));
  t.true(html.includes("&lt;img src=x"));
  const { document } = parseHTML(html);
  const isolated = new Set([...(document.querySelectorAll("bdi") as unknown as Iterable<{ textContent: string }>)].map((node) => node.textContent));
  for (const text of HOSTILE) t.true(isolated.has(cut(visible(text))), JSON.stringify(text.slice(0, 60)));
});

test("no control, bidirectional or escape character of the data reaches the page", async (t) => {
  const { html } = await renderReport(withNames(HOSTILE));
  const found = /.{0,40}(?![\n\t])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066\u2067].{0,40}/u.exec(html);
  t.is(found, null);
  t.is(visible("\u202eabc\u001b[31m\n"), "[U+202E]abc\u241b[31m\u240a");
  t.is(visible("\ud800x\u{1f600}"), "\ufffdx\u{1f600}");
});

test("report.json keeps hostile names whole, also __proto__", async (t) => {
  const { json } = await renderReport(withNames(HOSTILE));
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
