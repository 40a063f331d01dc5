import type * as Plot from "@observablehq/plot";
import { format } from "../format.js";
import type { JsonDecision, JsonTest, Num, ReportJson } from "../json.js";
import type { Markup } from "../markup.js";
import { figure, INK, type LegendItem, type Painter, thin, WIDTH } from "./painter.js";

interface Point {
  x: number;
  y: number;
  threshold: Num;
}

const MAX_POINTS = 1000;
const TOOLTIPS = 24;

/** The first point of a curve predicts no row positive: its threshold is above every prediction. */
function thresholdOf({ threshold }: Point): string {
  return threshold === null ? "threshold above every prediction" : `threshold ${format("metric", threshold)}`;
}

function points(xs: readonly Num[], ys: readonly Num[], thresholds: readonly Num[]): Point[] {
  const found: Point[] = [];
  xs.forEach((x, i) => {
    const y = ys[i] ?? null;
    if (x !== null && y !== null) found.push({ x, y, threshold: thresholds[i] ?? null });
  });
  return thin(found, MAX_POINTS);
}

/** Every so many steps along the curve one point, so that tooltips are spread over what the eye sees. */
function spread(curve: readonly Point[]): Point[] {
  let length = 0;
  const along = curve.map((p, i) => {
    const q = curve[i - 1] ?? p;
    length += Math.sqrt((p.x - q.x) ** 2 + (p.y - q.y) ** 2);
    return length;
  });
  let next = 0;
  return curve.filter((_, i) => {
    if ((along[i] ?? 0) < next) return false;
    next = (along[i] ?? 0) + length / TOOLTIPS;
    return true;
  });
}

const SQUARE = { height: 414, marginLeft: 46, marginBottom: 40, marginTop: 26, marginRight: 12 } as const;
const UNIT = { domain: [0, 1] as [number, number], ticks: 5, grid: true };

/** Where [0, 1] x [0, 1] lies in a square chart, in its own pixels: left, right, bottom, top. */
const FRAME = [SQUARE.marginLeft, WIDTH - SQUARE.marginRight, SQUARE.height - SQUARE.marginBottom, SQUARE.marginTop].join(" ");

const MODEL: LegendItem = { mark: "\u2501", colour: "line", text: "model" };
const HERE: LegendItem = { mark: "\u25c9", colour: "second", text: "threshold" };

/** The decision at the threshold as a point, which the page's script moves; nothing where it is undefined. */
function here({ plot }: Painter, x: Num, y: Num): Plot.Markish[] {
  if (x === null || y === null) return [];
  return [plot.dot([[x, y]], { className: "here", r: 5.5, fill: INK.second, stroke: "var(--paper)", strokeWidth: 2 })];
}

/** Points with tooltips, spread along the curve. */
function tooltips({ plot }: Painter, curve: readonly Point[], title: (p: Point) => string): Plot.Markish {
  return plot.dot(spread(curve), { x: "x", y: "y", r: 5, fill: INK.line, fillOpacity: 0, stroke: "none", title });
}

const DIAGONAL = [
  [0, 0],
  [1, 1],
] as const;

/** FP / (FP + TN) */
function falsePositiveRate(at: JsonDecision | null): Num {
  if (at?.falsePositives == null || at.trueNegatives === null) return null;
  return at.falsePositives / (at.falsePositives + at.trueNegatives);
}

/** Receiver operating characteristic: share of positives found against share of negatives called positive. */
export function rocFigure(painter: Painter, test: JsonTest, decision: ReportJson["decision"]): Markup {
  const heading = "ROC curve";
  const curve = points(test.roc.falsePositiveRate, test.roc.truePositiveRate, test.roc.thresholds);
  if (test.auc === null || curve.length < 2) return figure(heading, "Undefined: the test rows hold one class only, or none.", []);
  const { plot } = painter;
  const svg = painter.draw(
    `ROC curve, area under it ${format("metric", test.auc)}`,
    {
      ...SQUARE,
      x: { ...UNIT, label: "false positive rate" },
      y: { ...UNIT, label: "true positive rate" },
      marks: [
        plot.areaY(curve, { x: "x", y1: 0, y2: "y", fill: INK.line, fillOpacity: 0.1 }),
        plot.line(DIAGONAL, { stroke: INK.faint, strokeDasharray: "4 4" }),
        plot.line(curve, { x: "x", y: "y", stroke: INK.line, strokeWidth: 2 }),
        tooltips(painter, curve, (p) => `${thresholdOf(p)}\ntrue positive rate ${format("metric", p.y)}\nfalse positive rate ${format("metric", p.x)}`),
        ...here(painter, falsePositiveRate(decision), decision?.recall ?? null),
      ],
    },
    { curve: "roc", frame: FRAME },
  );
  return figure(heading, svg, [MODEL, { mark: "\u254c", colour: "faint", text: "chance" }, HERE]);
}

/** Precision against recall, with the share of positives as the level of chance. */
export function precisionRecallFigure(painter: Painter, test: JsonTest, decision: ReportJson["decision"]): Markup {
  const heading = "Precision and recall";
  const curve = points(test.precisionRecall.recall, test.precisionRecall.precision, test.precisionRecall.thresholds);
  if (test.averagePrecision === null || curve.length < 2) return figure(heading, "Undefined: the test rows hold no positive row.", []);
  const { plot } = painter;
  const share = test.weight !== null && test.positiveWeight !== null && test.weight > 0 ? test.positiveWeight / test.weight : Number.NaN;
  const svg = painter.draw(
    `Precision against recall, average precision ${format("metric", test.averagePrecision)}`,
    {
      ...SQUARE,
      x: { ...UNIT, label: "recall" },
      y: { ...UNIT, label: "precision" },
      marks: [
        Number.isFinite(share) ? plot.ruleY([share], { stroke: INK.faint, strokeDasharray: "4 4" }) : null,
        plot.line(curve, { x: "x", y: "y", stroke: INK.line, strokeWidth: 2 }),
        tooltips(painter, curve, (p) => `${thresholdOf(p)}\nprecision ${format("metric", p.y)}\nrecall ${format("metric", p.x)}`),
        ...here(painter, decision?.recall ?? null, decision?.precision ?? null),
      ],
    },
    { curve: "precision", frame: FRAME },
  );
  return figure(heading, svg, [MODEL, { mark: "\u254c", colour: "faint", text: "chance (share of positives)" }, HERE]);
}

/** Share of the positives among the rows with the highest predictions, against their share of all rows; the slope from 0 is the lift. */
export function gainFigure(painter: Painter, test: JsonTest, decision: ReportJson["decision"]): Markup {
  const heading = "Gain";
  const positive = test.positiveWeight ?? Number.NaN;
  const negative = (test.weight ?? Number.NaN) - positive;
  const roc = points(test.roc.falsePositiveRate, test.roc.truePositiveRate, test.roc.thresholds);
  const curve = roc.map(({ x, y, threshold }) => ({ x: (y * positive + x * negative) / (positive + negative), y, threshold }));
  if (decision === null || curve.length < 2) return figure(heading, "Undefined: the test rows hold one class only, or none.", []);
  const { plot } = painter;
  const svg = painter.draw(
    "Gain: share of the positives found against share of the rows taken, highest predictions first",
    {
      ...SQUARE,
      x: { ...UNIT, label: "share of rows, highest predictions first" },
      y: { ...UNIT, label: "share of positives found" },
      marks: [
        plot.line(
          [
            [0, 0],
            [positive / (positive + negative), 1],
            [1, 1],
          ],
          { stroke: INK.faint },
        ),
        plot.line(DIAGONAL, { stroke: INK.faint, strokeDasharray: "4 4" }),
        plot.line(curve, { x: "x", y: "y", stroke: INK.line, strokeWidth: 2 }),
        tooltips(
          painter,
          curve,
          (p) => `${thresholdOf(p)}\nrows ${format("metric", p.x)}\npositives ${format("metric", p.y)}\nlift ${format("ratio", p.x > 0 ? p.y / p.x : null)}`,
        ),
        ...here(painter, decision.positiveShare, decision.recall),
      ],
    },
    { curve: "gain", frame: FRAME },
  );
  return figure(heading, svg, [MODEL, { mark: "\u2500", colour: "faint", text: "perfect order" }, { mark: "\u254c", colour: "faint", text: "chance" }, HERE]);
}
