import { v1 } from "@crossbill/messages";
import { renderReport, summarize } from "@crossbill/report";
import test from "ava";
import { parseHTML } from "linkedom";
import { logTicks } from "../dist/charts/axis.js";
import { exampleInput } from "./fixture.js";
import { addLayers } from "./full-fixture.js";
import { HOSTILE } from "./hostile.js";

interface Node {
  textContent: string;
  outerHTML: string;
  querySelectorAll(selector: string): Iterable<Node>;
}

function sectionOf(html: string): Node | null {
  return parseHTML(html).document.querySelector("#layers") as unknown as Node | null;
}

const texts = (node: Node | null, selector: string): string[] => [...(node?.querySelectorAll(selector) ?? [])].map(({ textContent }) => textContent);

/** The section of a network with these layers, and their input, which `change` may alter. */
async function rendered(names: readonly string[], change: (input: ReturnType<typeof exampleInput>) => void = () => {}) {
  const input = exampleInput({ rows: 800 });
  addLayers(input, names);
  change(input);
  const { html, json } = await renderReport(input);
  return { section: sectionOf(html), html, json };
}

test("the table has every layer as the last evaluation saw it, and the menu leads there", async (t) => {
  const { section, html } = await rendered(["layer 1", "layer 2", "output"], ({ train }) => {
    Object.assign(train.curve.at(-1)!.layers![1]!, { saturated: Number.NaN });
  });
  t.true(html.includes('<a href="#layers">Layers</a>'));
  const rows = [...(section?.querySelectorAll("tbody tr") ?? [])].map((row) => texts(row, "th, td"));
  t.deepEqual(rows, [
    ["layer 1", "64", "70%", "15", "0%", "0.000250", "0.075%"],
    ["layer 2", "32", "60%", "0", "undefined", "0.00125", "0.075%"],
    ["output", "16", "0%", "0", "2%", "0.000250", "0.075%"],
  ]);
  t.true(section?.textContent.includes("the last evaluation, step 480"));
});

test("charts draw a line and a mark an evaluation for each layer, told apart without colour", async (t) => {
  const { section } = await rendered(["layer 1", "layer 2", "output"]);
  t.deepEqual(texts(section, "h3"), ["Activations that are 0", "Gradients"]);
  t.deepEqual(texts(section, ".legend")[1], "\u25cf layer 1\u25c6 layer 2\u25b2 output");
  const svgs = [...(section?.querySelectorAll("svg") ?? [])];
  t.deepEqual(
    svgs.map(({ outerHTML }) => outerHTML.match(/<title>/g)?.length),
    [48, 48],
  );
  t.true(svgs[1]?.outerHTML.includes("<title>layer 2\nstep 480\ngradient 0.00125</title>"));
  t.is(new Set(svgs[1]?.outerHTML.match(/stroke-dasharray="[^"]*"/g)).size, 2);
});

test("what cannot stand on a logarithmic axis is left out, a chart without anything too", async (t) => {
  const { section } = await rendered(["layer 1", "layer 2"], ({ train }) => {
    for (const { layers } of train.curve) for (const layer of layers!) Object.assign(layer, { zeros: 0, gradient: 0 });
    Object.assign(train.curve[3]!.layers![0]!, { gradient: 1e-12 });
    Object.assign(train.curve[4]!.layers![0]!, { gradient: Number.NaN });
  });
  t.deepEqual(texts(section, "h3"), ["Gradients"]);
  t.deepEqual(section?.outerHTML.match(/<title>/g)?.length, 1);
  t.notRegex(section?.outerHTML ?? "", /NaN|Infinity/);
  const none = await rendered(["layer 1"], ({ train }) => {
    for (const { layers } of train.curve) for (const layer of layers!) Object.assign(layer, { zeros: Number.NaN, gradient: 0 });
  });
  t.deepEqual(texts(none.section, "h3"), []);
});

test("the verdicts of training are told in words", async (t) => {
  const quiet = await rendered(["layer 1"]);
  t.true(quiet.section?.textContent.includes("Training reports no dead units, saturated activations, vanishing or exploding gradients."));
  const loud = await rendered(["layer 1"], ({ train }) => {
    train.diagnostics = ["D_EXPLODING_GRADIENT", "D_DEAD_UNITS", "D_DEAD_UNITS"].map((code) => v1.Diagnostic.create({ code, message: "layer 1" }));
  });
  t.true(loud.section?.textContent.includes("Training found dead units, exploding gradients:"));
  t.true(loud.html.includes('id="diagnostics"'), "where the words lead");
});

test("names of layers are only ever text, and a deep network's page stays small", async (t) => {
  const names = [...HOSTILE, ...Array.from({ length: 100 }, (_, i) => `${"<&'".repeat(2000)}${i}`)];
  const change = ({ train }: ReturnType<typeof exampleInput>): void => {
    train.curve = Array.from({ length: 100 }, (_, i) => ({ ...train.curve[i % 16]!, step: i + 1 }));
  };
  const bad = await rendered(names, change);
  const plain = await rendered(
    names.map((_, i) => `layer ${i}`),
    change,
  );
  t.true(Buffer.byteLength(bad.html) < 2 ** 21, `${Buffer.byteLength(bad.html)} bytes`);
  const outside = ({ section }: typeof bad, selector: string): number => [...(section?.querySelectorAll(selector) ?? [])].length;
  for (const selector of ["script", "img", "iframe", "svg", "style", "a", "circle", "path"]) t.is(outside(bad, selector), outside(plain, selector), selector);
  t.notRegex(bad.section?.outerHTML ?? "", /(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  t.true(bad.section?.textContent.includes(`of ${names.length} layers; all are in report.json`));
  t.true(bad.section?.textContent.includes(`Shown are 4 of ${names.length} layers in the charts`));
  t.is(summarize(exampleInput()).train?.curve[0]?.layers, undefined);
});

test("a model without a network has no such section", async (t) => {
  const { html } = await renderReport(exampleInput({ rows: 800 }));
  t.is(sectionOf(html), null);
  t.false(html.includes("#layers"));
});

test("marks of a logarithmic axis are round, inside, and few", (t) => {
  t.deepEqual(logTicks(0.003, 0.3), [0.005, 0.01, 0.02, 0.05, 0.1, 0.2]);
  t.deepEqual(logTicks(0.9e-5, 2), [1e-5, 1e-4, 1e-3, 0.01, 0.1, 1]);
  for (const [low, high] of [
    [1e-40, 1e3],
    [Number.MIN_VALUE, 1],
    [2e-3, 3e-3],
  ] as const) {
    const ticks = logTicks(low, high);
    t.true(ticks.length >= 1 && ticks.length <= 12, ticks.join());
    t.true(ticks.every((x) => x >= low && x <= high));
  }
});
