import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { renderReport } from "@crossbill/report";
import test from "ava";
import type { Browser, Page } from "playwright-core";
import { withChromium } from "./chromium.js";
import { contactSheet, inks, type Sheet } from "./contact-sheet.js";
import { fullInput } from "./full-fixture.js";

/**
 * Contact sheets of the page that somebody looked at. `CROSSBILL_GOLDENS=write` makes them anew: look at the pictures before you commit them.
 * Tolerances: blocks in three other fonts had at least 0.41 of the ink and 0.7 to 1.5 times the height (short ones up to 2 times: a line breaks);
 * most charts and tables without their content have 0.06 to 0.3 of the ink.
 */
const golden = (width: number, kind: "png" | "json"): string => fileURLToPath(new URL(`../test/goldens/report-${width}.${kind}`, import.meta.url));
const LEAST_INK = 0.35;
const MOST_HEIGHT = 1.6;
const SHORT = 0.1;

/** What differs more than fonts do. */
async function problems(browser: Browser, width: number, found: Sheet): Promise<string[]> {
  const kept: Sheet = {
    blocks: JSON.parse(fs.readFileSync(golden(width, "json"), "utf8")) as Sheet["blocks"],
    image: fs.readFileSync(golden(width, "png")).toString("base64"),
  };
  const names = (sheet: Sheet): string[] => sheet.blocks.map(({ name }) => name);
  const missing = names(kept).filter((name) => !names(found).includes(name));
  const more = names(found).filter((name) => !names(kept).includes(name));
  if (missing.length + more.length > 0) return [...missing.map((name) => `missing: ${name}`), ...more.map((name) => `new: ${name}`)];
  if (names(kept).join() !== names(found).join()) return ["the order differs"];
  const tiles = await inks(browser, kept, found);
  return kept.blocks.flatMap(({ name, width: w, height: h }, i) => {
    const [other, ink] = [found.blocks[i]!, tiles[i]!];
    const taller = Math.abs(other.height - h) <= SHORT ? 1 : Math.max(other.height / h, h / other.height);
    const told = `${name}: ${ink.toFixed(2)} of the ink, height ${other.height} was ${h}, width ${other.width} was ${w}`;
    return ink < LEAST_INK || taller > MOST_HEIGHT || Math.abs(other.width - w) > 0.15 ? [told] : [];
  });
}

for (const width of [1280, 390]) {
  test(`the page looks as it did, ${width} pixels wide; other fonts pass, what goes missing does not`, async (t) => {
    await withChromium(t, async ({ browser, open }) => {
      const { html } = await renderReport(fullInput());
      const changed = async (change?: string, style?: string): Promise<Sheet> => {
        const { page } = await open(html, { viewport: { width, height: 900 }, deviceScaleFactor: 0.5, bypassCSP: true });
        if (change !== undefined) await page.evaluate(change);
        if (style !== undefined) await page.addStyleTag({ content: style });
        const sheet = await contactSheet(browser, page as Page);
        await page.close();
        return sheet;
      };
      const now = await changed();
      if (process.env["CROSSBILL_GOLDENS"] === "write") {
        fs.writeFileSync(golden(width, "png"), Buffer.from(now.image, "base64"));
        fs.writeFileSync(
          golden(width, "json"),
          `[\n${now.blocks.map(({ name, width: w, height: h }) => `  { "name": ${JSON.stringify(name)}, "width": ${w}, "height": ${h} }`).join(",\n")}\n]\n`,
        );
      }
      t.deepEqual(await problems(browser, width, now), []);
      if (width < 1000) return;
      t.deepEqual(await problems(browser, width, await changed(undefined, "body,.chart{font-family:serif!important}")), [], "with serifs");
      const bad = async (change: string): Promise<string> => (await problems(browser, width, await changed(change))).join("; ");
      const lost = await bad('document.querySelector("#fairness").remove(); document.querySelector("#slices figure").remove()');
      t.regex(lost, /missing: fairness/);
      t.regex(lost, /missing: slices\/figure 2/);
      const emptied = await bad(
        'document.querySelector("#weights svg").replaceChildren(); document.querySelector("#slices tbody").style.visibility = "hidden"',
      );
      t.regex(emptied, /weights\/figure: /);
      t.regex(emptied, /slices\/tabular: /);
    });
  });
}
