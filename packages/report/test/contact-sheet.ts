import type { Browser, Page } from "playwright-core";

/** Tiles of a contact sheet: every block of a page, in grey, stretched to one size. */
const TILE = { width: 36, height: 36, columns: 10 } as const;
/** A section, chart, table or panel that is shown. */
export interface Block {
  /** "slices/figure 2" */
  name: string;
  /** Of the page's width. */
  width: number;
  /** In widths of its own. */
  height: number;
}

export interface Sheet {
  blocks: Block[];
  /** PNG, as base64. */
  image: string;
}

/** Runs in the browser: the blocks, and where they are on the page. */
const BLOCKS = `[...document.querySelectorAll("section")].flatMap((section) => {
  const counts = new Map();
  return [section, ...section.querySelectorAll("figure, .tabular, .cards, .panel, .glance, ol, pre, dl.pairs")].filter((node) => node.checkVisibility()).map((node) => {
    const kind = node === section ? "" : "/" + (node.className || node.localName);
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    const box = node.getBoundingClientRect();
    return { name: section.id + kind + (count > 1 ? " " + count : ""), x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height };
  });
})`;

/** Runs in the browser: draws the sheet from a picture of the whole page. */
const DRAW = `async ({ picture, boxes, tile, scale }) => {
  const image = new Image();
  image.src = "data:image/png;base64," + picture;
  await image.decode();
  const sheet = document.createElement("canvas");
  sheet.width = tile.columns * tile.width;
  sheet.height = Math.ceil(boxes.length / tile.columns) * tile.height;
  const context = sheet.getContext("2d");
  context.filter = "grayscale(1)";
  context.imageSmoothingQuality = "high";
  boxes.forEach((box, i) =>
    context.drawImage(image, box.x * scale, box.y * scale, box.width * scale, box.height * scale, (i % tile.columns) * tile.width, Math.floor(i / tile.columns) * tile.height, tile.width, tile.height),
  );
  return sheet.toDataURL("image/png").split(",")[1];
}`;

/** Runs in the browser: for each tile the ink of the lighter one by that of the inkier one. */
const COMPARE = `async ({ one, other, count, tile }) => {
  const inks = async (picture) => {
    const image = new Image();
    image.src = "data:image/png;base64," + picture;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    return Array.from({ length: count }, (_, i) => {
      const { data } = context.getImageData((i % tile.columns) * tile.width, Math.floor(i / tile.columns) * tile.height, tile.width, tile.height);
      let ink = 1;
      for (let at = 0; at < data.length; at += 4) ink += Math.max(0, 250 - data[at]);
      return ink;
    });
  };
  const [a, b] = [await inks(one), await inks(other)];
  return a.map((ink, i) => Math.min(ink, b[i]) / Math.max(ink, b[i]));
}`;

/** A contact sheet of the blocks of `page`. */
export async function contactSheet(browser: Browser, page: Page): Promise<Sheet> {
  const boxes = (await page.evaluate(BLOCKS)) as (Block & { x: number; y: number })[];
  const picture = (await page.screenshot({ fullPage: true })).toString("base64");
  const desk = await browser.newPage();
  const image = (await desk.evaluate(`(${DRAW})(${JSON.stringify({ picture, boxes, tile: TILE, scale: await page.evaluate("devicePixelRatio") })})`)) as string;
  await desk.close();
  const whole = page.viewportSize()?.width ?? 1;
  const hundredths = (x: number): number => Math.round(100 * x) / 100;
  return { blocks: boxes.map(({ name, width, height }) => ({ name, width: hundredths(width / whole), height: hundredths(height / width) })), image };
}

/** The ink of the lighter tile by that of the inkier one, in [0, 1], for each block of two sheets of as many. */
export async function inks(browser: Browser, one: Sheet, other: Sheet): Promise<number[]> {
  const desk = await browser.newPage();
  const given = { one: one.image, other: other.image, count: one.blocks.length, tile: TILE };
  const found = (await desk.evaluate(`(${COMPARE})(${JSON.stringify(given)})`)) as number[];
  await desk.close();
  return found;
}
