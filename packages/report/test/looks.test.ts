import { renderReport, renderTune } from "@crossbill/report";
import test from "ava";
import { withChromium } from "./chromium.js";
import { fullInput } from "./full-fixture.js";

/** Words whose contrast with what is behind them is below WCAG AA (4.5, or 3 for large ones); runs in the browser, so it is text. */
const FAINT = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a)];
  const light = (rgb) => { const [r, g, b] = rgb.map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const paper = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) layers.unshift(rgba(getComputedStyle(at).backgroundColor));
    return layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const found = [];
  let words = 0;
  for (const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walk.nextNode(); ) {
    const node = walk.currentNode, parent = node.parentElement;
    if (!node.nodeValue.trim() || ["SCRIPT", "STYLE", "title"].includes(parent.tagName) || !parent.checkVisibility() || parent.closest(".unseen, [aria-hidden=true]")) continue;
    const style = getComputedStyle(parent), behind = paper(parent);
    const svg = parent.closest("svg") !== null;
    const [r, g, b, a] = rgba(svg ? style.fill : style.color);
    const front = over([r, g, b, a * (svg ? Number(style.fillOpacity) : 1)], behind);
    const [high, low] = [light(front), light(behind)].sort((x, y) => y - x);
    const ratio = (high + 0.05) / (low + 0.05), size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    words++;
    if (ratio < (large ? 3 : 4.5)) found.push(ratio.toFixed(2) + " " + node.nodeValue.trim().slice(0, 40));
  }
  return { words, found: [...new Set(found)].slice(0, 10) };
})()`;

test("every word stands out from what is behind it, in light and in dark", async (t) => {
  await withChromium(t, async ({ open }) => {
    const { html } = await renderReport(fullInput({ rows: 1500 }));
    for (const colorScheme of ["light", "dark"] as const) {
      const { page } = await open(html, { colorScheme });
      const { words, found } = (await page.evaluate(FAINT)) as { words: number; found: string[] };
      t.true(words > 500, `${words} words`);
      t.deepEqual(found, [], colorScheme);
      await page.evaluate('document.documentElement.style.setProperty("--soft", getComputedStyle(document.body).backgroundColor)');
      const hidden = (await page.evaluate(FAINT)) as { found: string[] };
      t.true(hidden.found.length > 0, "a colour like the paper's is found");
    }
  });
});

/** What lies outside of its scrolling box, and tables that are not shown. */
const CUT = `(() => {
  const boxes = [...document.querySelectorAll(".scroll, pre")];
  return {
    hidden: [...document.querySelectorAll("table")].filter((table) => !table.checkVisibility() || table.getBoundingClientRect().height < 20).length,
    cut: boxes.filter((box) => getComputedStyle(box).overflowY !== "visible" && box.scrollHeight > box.clientHeight + 1).map((box) => box.getAttribute("aria-label")),
    rows: document.querySelectorAll("tr").length,
    tables: document.querySelectorAll("table").length,
  };
})()`;

test("paper loses no table and no row: what scrolls or folds on the screen stands there whole", async (t) => {
  await withChromium(t, async ({ open }) => {
    const input = fullInput({ rows: 1500 });
    input.gate.limits = Array.from({ length: 30 }, (_, i) => ({ name: `limit ${i}`, limit: 1, value: 0.5, low: 0, high: 1, passed: true })) as never;
    const { html } = await renderReport(input);
    const { page } = await open(html);
    const screen = (await page.evaluate(CUT)) as { hidden: number; cut: string[]; rows: number; tables: number };
    t.true(screen.hidden > 0 && screen.cut.length > 0, "on the screen something folds and something scrolls");
    const pdf = (await page.pdf({ format: "A4", tagged: true })).toString("latin1");
    t.is((pdf.match(/\/S \/Table\b/g) ?? []).length, screen.tables);
    t.is((pdf.match(/\/S \/TR\b/g) ?? []).length, screen.rows);
    t.true((pdf.match(/\/Type \/Page\b/g) ?? []).length >= 4);
    await page.emulateMedia({ media: "print" });
    const paper = (await page.evaluate(CUT)) as typeof screen;
    t.deepEqual(paper.cut, []);
    t.true(((await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")) as number) <= 0);
  });
});

test("the page of a search shows without trouble, and saves its table", async (t) => {
  await withChromium(t, async ({ open }) => {
    const numbers = {
      loss: 0.5,
      lossStandardError: 0.01,
      logLoss: 0.5,
      auc: 0.7,
      nonZero: 10,
      weights: 20,
      bytes: 100,
      epochs: 1,
      rows: 100,
      modelSha256: "a",
    };
    const { html } = await renderTune({
      title: "clicks",
      search: "grid",
      metric: "loss",
      head: "logistic",
      parameters: [{ path: "model.l1", values: "[1,2]", log: false }],
      trials: [1, 2].map((number) => ({ number, values: [String(number)], result: numbers, difference: 0, differenceStandardError: 0 })),
      best: 1,
      bestConfiguration: "{}",
      sparsest: 1,
      sparsestConfiguration: "{}",
      limit: 0.51,
    });
    const { page, troubles } = await open(html, { viewport: { width: 390, height: 800 } });
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator('[data-table="trials"] > button').click()]);
    t.is(download.suggestedFilename(), "trials.csv");
    t.deepEqual(troubles, []);
    t.true(((await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")) as number) <= 0);
  });
});
