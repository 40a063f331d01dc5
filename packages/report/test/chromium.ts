import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import test, { type ExecutionContext } from "ava";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

function findChromium(): string | null {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    const found = spawnSync("which", [name], { encoding: "utf8" });
    if (found.status === 0) return found.stdout.trim();
  }
  return null;
}

/** A page of the browser, and what went wrong in it so far: console messages, errors, requests. */
export interface Shown {
  page: Page;
  troubles: string[];
}

export interface Show {
  browser: Browser;
  open: (html: string, options?: BrowserContextOptions) => Promise<Shown>;
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "crossbill-report-"));
let launched: Promise<Browser> | undefined;
let pages = 0;

/** One browser for all tests of a file: every page has a context of its own. */
function launch(executablePath: string): Promise<Browser> {
  launched ??= import("playwright-core").then(({ chromium }) => chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] }));
  return launched;
}

test.after.always(async () => {
  await (await launched)?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Runs `body` with a real browser; without one the test passes, with the reason printed. */
export async function withChromium(t: ExecutionContext, body: (show: Show) => Promise<void>): Promise<void> {
  const executablePath = findChromium();
  if (executablePath === null) {
    t.log("skipped: no chromium, chromium-browser or google-chrome on this machine");
    t.pass();
    return;
  }
  const browser = await launch(executablePath);
  const open = async (html: string, options: BrowserContextOptions = {}): Promise<Shown> => {
    const file = path.join(folder, `${pages++}.html`);
    fs.writeFileSync(file, html);
    const url = pathToFileURL(file).href;
    const page = await (await browser.newContext(options)).newPage();
    const troubles: string[] = [];
    page.on("console", (message) => troubles.push(`console ${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => troubles.push(`error: ${error.message}`));
    page.on("request", (request) => {
      if (request.url().split("#")[0] !== url && !request.url().startsWith("blob:")) troubles.push(`request: ${request.url().slice(0, 100)}`);
    });
    await page.goto(url);
    return { page, troubles };
  };
  await body({ browser, open });
}
