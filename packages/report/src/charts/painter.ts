import type * as Plot from "@observablehq/plot";
import { h, type Markup, raw } from "../markup.js";
import { breakHandlers } from "../text.js";

/** Width of every chart in CSS pixels: two fit beside each other on a screen, one on a phone without becoming unreadable. */
export const WIDTH = 440;

/** Colours, set for light and dark in the page's style. */
export const INK = { line: "var(--accent)", second: "var(--second)", faint: "var(--faint)", text: "currentColor" } as const;

/** What this package uses of linkedom's nodes. */
interface SvgNode {
  readonly outerHTML: string;
  readonly attributes: Iterable<{ readonly name: string; value: string }>;
  querySelectorAll(selector: string): Iterable<SvgNode>;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  remove(): void;
}

/** Two decimals of a pixel are plenty, and leave no room for the last bit of a logarithm. */
function rounded(text: string): string {
  return text.replace(/-?\d+\.\d{3,}(e-?\d+)?/g, (x) => String(Math.round(Number(x) * 100) / 100));
}
const COORDINATES = new Set(["d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "transform", "points"]);

/** Draws charts as static SVG, with Observable Plot in a document of linkedom. */
export class Painter {
  readonly #document: NonNullable<Plot.PlotOptions["document"]>;
  constructor(
    readonly plot: typeof Plot,
    document: unknown,
  ) {
    this.#document = document as NonNullable<Plot.PlotOptions["document"]>;
  }

  /** `label` names the chart for those who do not see it; it and `data` (attributes for the page's script) are the program's own text. */
  draw(label: string, options: Plot.PlotOptions, data: Readonly<Record<string, string>> = {}): Markup {
    const svg = this.plot.plot({
      width: WIDTH,
      document: this.#document,
      className: "chart",
      ...options,
    }) as unknown as SvgNode;
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
    for (const [name, value] of Object.entries(data)) svg.setAttribute(`data-${name}`, value);
    svg.removeAttribute("style");
    for (const style of Array.from(svg.querySelectorAll("style"))) style.remove();
    for (const node of svg.querySelectorAll("*"))
      for (const attribute of node.attributes) if (COORDINATES.has(attribute.name)) attribute.value = rounded(attribute.value);
    return raw(breakHandlers(svg.outerHTML));
  }
}

/** The libraries are loaded here and nowhere else: who imports this package without rendering does not pay for them. */
export async function createPainter(): Promise<Painter> {
  const [plot, { parseHTML }] = await Promise.all([import("@observablehq/plot"), import("linkedom")]);
  return new Painter(plot, parseHTML("<!doctype html><html><body></body></html>").document);
}

/** A line of a chart's legend: `mark` shows shape and dash with characters, in the colour of the marks it stands for. */
export interface LegendItem {
  mark: string;
  colour: "line" | "band" | "second" | "faint" | "text";
  text: string;
}

/** A chart with its heading, its legend and its words; without a chart, the reason why there is none. */
export function figure(heading: string, chart: Markup | string, legend: readonly LegendItem[], ...words: readonly (Markup | string)[]): Markup {
  if (typeof chart === "string") return h("figure", {}, h("h3", {}, heading), h("p", { class: "empty" }, chart));
  const items = legend.map((item) => h("li", {}, h("span", { class: `mark ${item.colour}`, "aria-hidden": "true" }, item.mark), ` ${item.text}`));
  return h(
    "figure",
    {},
    h("h3", {}, heading),
    items.length > 0 ? h("ul", { class: "legend" }, ...items) : null,
    chart,
    words.length > 0 ? h("figcaption", {}, ...words) : null,
  );
}

/** The range of the finite `values`, widened by `share` of itself on both sides; at least `least` wide. */
export function span(values: Iterable<number>, share: number, least: number): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, least];
  const margin = Math.max((high - low) * share, (least - (high - low)) / 2);
  return [low - margin, high + margin];
}

/** At most `count` of the items, the first and the last among them, evenly spread. */
export function thin<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  const kept: T[] = [];
  for (let i = 0; i < count; i++) kept.push(items[Math.round((i * (items.length - 1)) / (count - 1))] as T);
  return kept;
}
