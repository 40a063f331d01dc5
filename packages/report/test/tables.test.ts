import fs from "node:fs";
import { renderReport } from "@crossbill/report";
import test from "ava";
import { parse } from "csv-parse/sync";
import type { Download, Page } from "playwright-core";
import { withChromium } from "./chromium.js";
import { fullInput } from "./full-fixture.js";
import { HOSTILE } from "./hostile.js";

/** What the button of one table saves. */
async function saved(page: Page, name: string): Promise<string[][]> {
  const button = page.locator(`[data-table="${name}"] > button.csv`);
  const press = async (): Promise<void> => ((await button.isVisible()) ? button.press("Enter") : button.dispatchEvent("click"));
  // A busy browser loses a download now and then: a second press must bring it.
  const asked = async (): Promise<Download> => (await Promise.all([page.waitForEvent("download", { timeout: 15_000 }), press()]))[0];
  const download = await asked().catch(asked);
  if (download.suggestedFilename() !== `${name}.csv`) throw new Error(download.suggestedFilename());
  return parse(fs.readFileSync(await download.path()), { relax_column_count: false }) as string[][];
}

test("every table of the page has a button that saves it as CSV: numbers in full, names whole", async (t) => {
  await withChromium(t, async ({ open }) => {
    const input = fullInput({ rows: 1500 });
    const { html, json } = await renderReport(input);
    const { page, troubles } = await open(html);
    t.is(await page.locator("table").count(), await page.locator(".tabular > button.csv").count());
    const names = (await page.evaluate('[...document.querySelectorAll("[data-table]")].map((node) => node.dataset.table)')) as string[];
    t.is(new Set(names).size, names.length, "file names differ");
    for (const name of names) t.regex(name, /^[a-z0-9][a-z0-9-]*$/);
    const slices = await saved(page, "slices");
    t.is(slices.length, 1 + json.slices.length);
    t.deepEqual(slices[0]?.slice(0, 3), ["slice", "rows", "mean prediction"]);
    t.deepEqual(slices[1]?.slice(1, 5), [
      String(json.slices[0]?.rows),
      String(json.slices[0]?.bias.meanPrediction),
      String(json.slices[0]?.bias.meanLabel),
      String(json.slices[0]?.bias.difference),
    ]);
    const changed = await saved(page, "rows-that-changed-most");
    t.deepEqual(changed[1], ["row-0", "0", "0.61", "0.07", "3.1"]);
    t.deepEqual(troubles, []);
  });
});

test("no saved table holds a cell that a spreadsheet would run", async (t) => {
  await withChromium(t, async ({ open }) => {
    const formulas = ["=1+1", "@SUM(A1)", "+cmd|x", "-2+3", '=HYPERLINK("x")', ...HOSTILE];
    const { html } = await renderReport(fullInput({ rows: 1500, names: ["=phone", "@x"], words: formulas }));
    const { page } = await open(html, { acceptDownloads: true });
    const names = (await page.evaluate('[...document.querySelectorAll("[data-table]")].map((node) => node.dataset.table)')) as string[];
    const cells: string[] = [];
    for (const name of names) cells.push(...(await saved(page, name)).flat());
    t.deepEqual(
      cells.filter((cell) => /^[=@\t\r]|^[+-](?![\d.])/.test(cell)),
      [],
    );
    t.true(cells.length > 500, `${cells.length} cells`);
    t.true(cells.filter((cell) => /^'[=@+-]/.test(cell)).length >= 4, "formulas are there, as text");
  });
});
