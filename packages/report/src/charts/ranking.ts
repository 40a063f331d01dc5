import { format } from "../format.js";
import type { JsonTest, Num } from "../json.js";
import type { Markup } from "../markup.js";
import { figure, INK, type Painter, thin } from "./painter.js";

interface Point {
  x: number;
  y: number;
  threshold: Num;
}

const MAX_POINTS = 1000;
const TOOLTIPS = 24;

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

/** Receiver operating characteristic: share of positives found against share of negatives called positive. */
export function rocFigure(painter: Painter, test: JsonTest): Markup {
  const heading = "ROC curve";
  if (test.head !== "logistic") return figure(heading, "A model of numbers has no ROC curve.", []);
  const curve = points(test.roc.falsePositiveRate, test.roc.truePositiveRate, test.roc.thresholds);
  if (test.auc === null || curve.length < 2) return figure(heading, "Undefined: the test rows hold one class only, or none.", []);
  const { plot } = painter;
  const svg = painter.draw(`ROC curve, area under it ${format("metric", test.auc)}`, {
    ...SQUARE,
    x: { ...UNIT, label: "false positive rate" },
    y: { ...UNIT, label: "true positive rate" },
    marks: [
      plot.areaY(curve, { x: "x", y1: 0, y2: "y", fill: INK.line, fillOpacity: 0.1 }),
      plot.line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: INK.faint, strokeDasharray: "4 4" },
      ),
      plot.line(curve, { x: "x", y: "y", stroke: INK.line, strokeWidth: 2 }),
      plot.dot(spread(curve), {
        x: "x",
        y: "y",
        r: 5,
        fill: INK.line,
        fillOpacity: 0,
        stroke: "none",
        title: (p: Point) =>
          `threshold ${format("metric", p.threshold)}\ntrue positive rate ${format("metric", p.y)}\nfalse positive rate ${format("metric", p.x)}`,
      }),
    ],
  });
  return figure(heading, svg, [
    { mark: "\u2501", colour: "line", text: "model" },
    { mark: "\u254c", colour: "faint", text: "chance" },
  ]);
}

/** Precision against recall, with the share of positives as the level of chance. */
export function precisionRecallFigure(painter: Painter, test: JsonTest): Markup {
  const heading = "Precision and recall";
  if (test.head !== "logistic") return figure(heading, "A model of numbers has no precision.", []);
  const curve = points(test.precisionRecall.recall, test.precisionRecall.precision, test.precisionRecall.thresholds);
  if (test.averagePrecision === null || curve.length < 2) return figure(heading, "Undefined: the test rows hold no positive row.", []);
  const { plot } = painter;
  const share = test.weight !== null && test.positiveWeight !== null && test.weight > 0 ? test.positiveWeight / test.weight : Number.NaN;
  const svg = painter.draw(`Precision against recall, average precision ${format("metric", test.averagePrecision)}`, {
    ...SQUARE,
    x: { ...UNIT, label: "recall" },
    y: { ...UNIT, label: "precision" },
    marks: [
      Number.isFinite(share) ? plot.ruleY([share], { stroke: INK.faint, strokeDasharray: "4 4" }) : null,
      plot.line(curve, { x: "x", y: "y", stroke: INK.line, strokeWidth: 2 }),
      plot.dot(spread(curve), {
        x: "x",
        y: "y",
        r: 5,
        fill: INK.line,
        fillOpacity: 0,
        stroke: "none",
        title: (p: Point) => `threshold ${format("metric", p.threshold)}\nprecision ${format("metric", p.y)}\nrecall ${format("metric", p.x)}`,
      }),
    ],
  });
  return figure(heading, svg, [
    { mark: "\u2501", colour: "line", text: "model" },
    { mark: "\u254c", colour: "faint", text: "chance (share of positives)" },
  ]);
}
