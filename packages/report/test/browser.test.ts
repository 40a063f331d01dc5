import { renderReport } from "@crossbill/report";
import test from "ava";
import { withChromium } from "./chromium.js";
import { exampleInput } from "./fixture.js";
import { fullInput } from "./full-fixture.js";
import { HOSTILE } from "./hostile.js";

/** What the page tells of itself; runs in the browser, so it is text. */
const MEASURE = `(() => ({
  charts: [...document.querySelectorAll("svg")].filter((svg) => svg.checkVisibility()).map((svg) => { const box = svg.getBoundingClientRect(); return [box.width, box.height, svg.textContent.length]; }),
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  paper: getComputedStyle(document.body).backgroundColor,
  text: document.body.innerText.length,
}))()`;

interface Measured {
  charts: [number, number, number][];
  overflow: number;
  paper: string;
  text: number;
}

test("a real browser shows the page: charts, no error, no request, nothing wider than a phone", async (t) => {
  await withChromium(t, async ({ open }) => {
    const long = "x".repeat(300);
    const names = ["phone", long, "\u202eright to left", "<b>bold</b>"];
    const { html } = await renderReport(fullInput({ rows: 2000, names, config: long.repeat(5) }));
    const papers = new Set<string>();
    for (const [width, colorScheme] of [
      [1280, "light"],
      [400, "dark"],
      [320, "light"],
    ] as const) {
      const { page, troubles } = await open(html, { viewport: { width, height: 800 }, colorScheme });
      const measured = (await page.evaluate(MEASURE)) as Measured;
      t.deepEqual(troubles, []);
      t.true(measured.charts.length >= 8, `${measured.charts.length} charts`);
      for (const [w, h, text] of measured.charts) t.true(w > 200 && h > 60 && text > 10, `${width} px: chart of ${w} x ${h}`);
      t.true(measured.overflow <= 0, `${width} px: ${measured.overflow} px too wide`);
      t.true(measured.text > 4000);
      papers.add(measured.paper);
      await page.close();
    }
    t.is(papers.size, 2, "light and dark differ");
  });
});

test("without the script everything is there to read, and the buckets switch", async (t) => {
  await withChromium(t, async ({ open }) => {
    const { html } = await renderReport(fullInput({ rows: 1500 }));
    const { page, troubles } = await open(html, { javaScriptEnabled: false });
    for (const id of ["verdict", "ranking", "threshold", "calibration", "found", "fairness", "lineage"]) t.true(await page.locator(`#${id}`).isVisible(), id);
    t.false(await page.locator("#threshold-range").isVisible(), "controls without a script would do nothing");
    t.is(await page.locator("button").count(), 2, "of the threshold, hidden");
    t.regex((await page.locator("#threshold").textContent()) ?? "", /precision\s*0\.\d+/);
    await page.getByText("Bins of equal width on log-odds", { exact: true }).first().click();
    t.true(await page.locator(".switch .of-3").first().isVisible());
    t.false(await page.locator(".switch .of-1").first().isVisible());
    t.deepEqual(troubles, []);
  });
});

test("hostile strings do nothing in a real browser", async (t) => {
  await withChromium(t, async ({ open }) => {
    const names = [...HOSTILE, "z".repeat(10_000)];
    const input = fullInput({ rows: 1500, names: names.slice(0, 20), words: names });
    input.title = names[0] ?? "";
    const { html } = await renderReport(input);
    const { page, troubles } = await open(html, { viewport: { width: 390, height: 800 } });
    const dialogs: string[] = [];
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await page.locator("#threshold-range").press("ArrowLeft");
    t.deepEqual([...troubles, ...dialogs], []);
    t.is(await page.locator("img, iframe, form, object, embed, base").count(), 0);
    t.is(await page.locator("script").count(), 2);
    t.true(((await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")) as number) <= 0);
    t.is(await page.evaluate("Object.keys(Object.prototype).length"), 0);
  });
});

test("a usual report has no empty section and no heading without words", async (t) => {
  await withChromium(t, async ({ open }) => {
    const { html } = await renderReport(exampleInput({ rows: 1500 }));
    const { page } = await open(html);
    for (const section of await page.locator("section").all()) t.true(((await section.textContent()) ?? "").length > 60);
    for (const link of await page.locator("a").all())
      t.is(await page.locator((await link.getAttribute("href")) ?? "nothing").count(), 1, (await link.getAttribute("href")) ?? "");
  });
});
