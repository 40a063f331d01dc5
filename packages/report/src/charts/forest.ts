import { format } from "../format.js";
import type { Num } from "../json.js";
import type { Markup, Names } from "../markup.js";
import { cutWidth, visible } from "../text.js";
import { INK, type Painter, span, WIDTH } from "./painter.js";

/** One line of a forest plot: a value with its interval. */
export interface ForestRow {
  label: string;
  /** Drawn where `label` is too long. */
  short: string;
  /** Whether it has several fields. */
  several: boolean;
  rows: number;
  value: number;
  low: Num;
  high: Num;
  details: string;
}

interface Line extends ForestRow {
  y: number;
  from: number;
  to: number;
  cutLeft: boolean;
  cutRight: boolean;
  at: number;
  beyond: boolean;
  sure: boolean;
}

const LINE_HEIGHT = 18;
const LABEL_COLUMNS = 27;
const LEFT = 192;
const RIGHT = 54;

/**
 * The axis holds most intervals whole and every value that is surely not zero; slices of a few rows would press the others into
 * one line, so what lies farther out is cut at the edge and marked with an arrow.
 */
function domainOf(rows: readonly ForestRow[], reference: number | null): [number, number] {
  const reach = rows.map((r) => Math.max(Math.abs(r.low ?? r.value), Math.abs(r.high ?? r.value))).sort((a, b) => a - b);
  const usual = reach[Math.min(reach.length - 1, Math.floor(0.8 * reach.length))] ?? 0;
  const sure = Math.max(0, ...rows.filter(significant).map((r) => Math.abs(r.value)));
  const limit = Math.max(1.2 * usual, 1.15 * sure, Math.abs(reference ?? 0), 1e-9);
  const clamp = (v: number): number => Math.min(Math.max(v, -limit), limit);
  return span([0, reference ?? 0, ...rows.flatMap((r) => [r.value, r.low ?? r.value, r.high ?? r.value]).map(clamp)], 0.04, 1e-9);
}

const significant = (r: ForestRow): boolean => r.low !== null && r.high !== null && r.low < r.high && (r.low > 0 || r.high < 0);

/** Values with intervals, one a line, around zero; `reference` is drawn as a dotted line (the value over all rows). */
export function forest(painter: Painter, names: Names, label: string, axis: string, rows: readonly ForestRow[], reference: number | null): Markup {
  const { plot } = painter;
  const domain = domainOf(rows, reference);
  const clamp = (v: number): number => Math.min(Math.max(v, domain[0]), domain[1]);
  const lines: Line[] = rows.map((row, y) => ({
    ...row,
    y,
    from: clamp(row.low ?? row.value),
    to: clamp(row.high ?? row.value),
    at: clamp(row.value),
    cutLeft: Math.min(row.low ?? row.value, row.value) < domain[0],
    cutRight: Math.max(row.high ?? row.value, row.value) > domain[1],
    beyond: row.value < domain[0] || row.value > domain[1],
    sure: significant(row),
  }));
  const titles = new Map(lines.map((line) => [line, names.title(line.label, LABEL_COLUMNS) ?? visible(line.label).slice(0, 80)]));
  const fits = ({ label: whole }: Line): boolean => cutWidth(visible(whole), LABEL_COLUMNS) === visible(whole);
  // Lines of several fields are all named alike.
  const crowded = lines.some((line) => line.several && !fits(line));
  const shown = (line: Line): string => (fits(line) && !(line.several && crowded) ? visible(line.label) : cutWidth(visible(line.short), LABEL_COLUMNS));
  const tooltip = (line: Line): string => `${titles.get(line) ?? ""}\n${line.details}`;
  const arrow = (at: Line[], x: number, symbol: string): ReturnType<typeof plot.text> =>
    plot.text(at, { x: () => x, y: "y", text: () => symbol, fill: INK.line, fontSize: 13, title: tooltip });
  return painter.draw(label, {
    height: LINE_HEIGHT * rows.length + 58,
    marginLeft: LEFT,
    marginRight: RIGHT,
    marginTop: 18,
    marginBottom: 40,
    x: { domain, label: axis, labelAnchor: "center", ticks: 3, tickFormat: (v: number) => String(Number(v.toPrecision(6))).replace("-", "\u2212") },
    y: { type: "linear", domain: [-0.6, rows.length - 0.4], reverse: true, axis: null },
    marks: [
      plot.gridX({ ticks: 3 }),
      plot.ruleX([0], { stroke: INK.text, strokeOpacity: 0.6 }),
      reference === null ? null : plot.ruleX([reference], { stroke: INK.second, strokeDasharray: "1 3" }),
      plot.link(lines, { x1: "from", x2: "to", y1: "y", y2: "y", stroke: INK.line, strokeWidth: 1.5 }),
      arrow(
        lines.filter((l) => l.cutLeft),
        domain[0],
        "\u25c2",
      ),
      arrow(
        lines.filter((l) => l.cutRight),
        domain[1],
        "\u25b8",
      ),
      plot.dot(
        lines.filter((l) => !l.beyond),
        {
          x: "at",
          y: "y",
          r: 4,
          symbol: (l: Line) => (l.sure ? "diamond" : "circle"),
          fill: (l: Line) => (l.sure ? "var(--accent)" : "var(--paper)"),
          stroke: INK.line,
          strokeWidth: 1.5,
          title: tooltip,
        },
      ),
      plot.text(lines, {
        y: "y",
        frameAnchor: "left",
        textAnchor: "start",
        dx: 4 - LEFT,
        text: (l: Line) => `\u2068${shown(l)}\u2069`,
        title: tooltip,
      }),
      plot.text(lines, { y: "y", frameAnchor: "right", textAnchor: "end", dx: RIGHT - 2, text: (l: Line) => format("count", l.rows), fillOpacity: 0.75 }),
      plot.text(["rows"], { frameAnchor: "top-right", textAnchor: "end", dx: RIGHT - 2, dy: -13, text: (t: string) => t, fillOpacity: 0.75 }),
    ],
    color: { type: "identity" },
    symbol: { type: "identity" },
    width: WIDTH,
  });
}
