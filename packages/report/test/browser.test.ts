import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { renderReport } from "@crossbill/report";
import test from "ava";
import { exampleInput } from "./fixture.js";

function findChromium(): string | null {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    const found = spawnSync("which", [name], { encoding: "utf8" });
    if (found.status === 0) return found.stdout.trim();
  }
  return null;
}

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
  const executablePath = findChromium();
  if (executablePath === null) {
    t.log("skipped: no chromium, chromium-browser or google-chrome on this machine");
    return t.pass();
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-report-"));
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const file = path.join(folder, "report.html");
    const long = "x".repeat(300);
    const { html } = await renderReport(exampleInput({ rows: 2000, names: ["phone", long, "\u202eright to left", "<b>bold</b>"], config: long.repeat(5) }));
    fs.writeFileSync(file, html);
    const url = pathToFileURL(file).href;
    const papers = new Set<string>();
    for (const [width, colorScheme] of [
      [1280, "light"],
      [400, "dark"],
      [320, "light"],
    ] as const) {
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
      const troubles: string[] = [];
      page.on("console", (message) => troubles.push(`console ${message.type()}: ${message.text()}`));
      page.on("pageerror", (error) => troubles.push(`error: ${error.message}`));
      page.on("request", (request) => {
        if (request.url() !== url) troubles.push(`request: ${request.url().slice(0, 100)}`);
      });
      await page.goto(url);
      const measured = (await page.evaluate(MEASURE)) as Measured;
      t.deepEqual(troubles, []);
      t.true(measured.charts.length >= 4);
      for (const [w, h, text] of measured.charts) t.true(w > 200 && h > 60 && text > 10, `${width} px: chart of ${w} x ${h}`);
      t.true(measured.overflow <= 0, `${width} px: ${measured.overflow} px too wide`);
      t.true(measured.text > 2000);
      papers.add(measured.paper);
      await page.close();
    }
    t.is(papers.size, 2, "light and dark differ");
  } finally {
    await browser.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
});
