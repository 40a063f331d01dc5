import { format } from "../format.js";
import type { JsonBin, JsonCurve, JsonTest } from "../json.js";
import type { Markup } from "../markup.js";
import { logit, percentLabel, probabilityTicks } from "./axis.js";
import { figure, INK, type Painter, span } from "./painter.js";

const MAX_BINS = 100;
const HEIGHT = 414;

interface Place {
  bin: JsonBin;
  x: number;
  y: number;
  low: number;
  high: number;
  allLow: number;
  allHigh: number;
  /** The mean label lies beyond the axis (0 or 1, on log-odds). */
  beyond: -1 | 0 | 1;
}

function tooltip(bin: JsonBin): string {
  return [
    `predictions ${format("metric", bin.low)} to ${format("metric", bin.high)}`,
    `mean prediction ${format("metric", bin.meanPrediction)}`,
    `mean label ${format("metric", bin.meanLabel)} (${format("metric", bin.labelLow)} to ${format("metric", bin.labelHigh)})`,
    ...(bin.allLow === null ? [] : [`all bins at once ${format("metric", bin.allLow)} to ${format("metric", bin.allHigh)}`]),
    `rows ${format("count", bin.rows)}, weight ${format("weight", bin.weight)}`,
  ].join("\n");
}

function drawable(bins: readonly JsonBin[]): JsonBin[] {
  const found = bins.filter((b) => b.meanPrediction !== null && b.meanLabel !== null && b.rows > 0);
  if (found.length <= MAX_BINS) return found;
  const heaviest = [...found].sort((a, b) => (b.weight ?? 0) - (a.weight ?? 0)).slice(0, MAX_BINS);
  return found.filter((b) => heaviest.includes(b));
}

/** The common range of both axes, from all bins of all the curves drawn beside each other. */
function range(bins: readonly JsonBin[], place: (p: number) => number): [number, number] {
  const means = bins.flatMap((b) => [place(b.meanPrediction ?? Number.NaN), place(b.meanLabel ?? Number.NaN)]);
  const inner = span(means, 0.05, 0.5);
  // Intervals may widen the axes by a quarter of what the points need at each end; past that they are cut at the edge.
  const margin = (inner[1] - inner[0]) / 4;
  const ends = bins.flatMap((b) => [b.labelLow, b.labelHigh, b.allLow, b.allHigh].map((end) => place(end ?? Number.NaN))).filter(Number.isFinite);
  return span([...inner, ...ends.map((end) => Math.min(Math.max(end, inner[0] - margin), inner[1] + margin))], 0.03, 0.5);
}

function places(bins: readonly JsonBin[], [low, high]: [number, number], place: (p: number) => number): Place[] {
  const clamp = (v: number): number => Math.min(Math.max(v, low), high);
  return bins.map((bin) => {
    const x = place(bin.meanPrediction ?? Number.NaN);
    const y = place(bin.meanLabel ?? Number.NaN);
    return {
      bin,
      x: clamp(x),
      y: clamp(y),
      low: clamp(place(bin.labelLow ?? Number.NaN)),
      high: clamp(place(bin.labelHigh ?? Number.NaN)),
      allLow: clamp(place(bin.allLow ?? Number.NaN)),
      allHigh: clamp(place(bin.allHigh ?? Number.NaN)),
      beyond: y < low ? -1 : y > high ? 1 : 0,
    };
  });
}

function curveFigure(painter: Painter, heading: string, bins: readonly JsonBin[], domain: [number, number], logOdds: boolean): Markup {
  const { plot } = painter;
  const at = places(bins, domain, logOdds ? logit : (v) => v);
  const heaviest = Math.max(...bins.map((b) => b.weight ?? 0), 0);
  const size = (p: Place): number => (heaviest > 0 ? 2.5 + 4.5 * Math.sqrt((p.bin.weight ?? 0) / heaviest) : 4);
  const axis = (gap: number): { ticks: number[]; tickFormat: (v: number) => string } | { ticks: number } => {
    if (!logOdds) return { ticks: 5 };
    const probabilities = probabilityTicks(domain[0], domain[1], gap);
    const ticks = probabilities.map(logit);
    return { ticks, tickFormat: (v) => percentLabel(probabilities[ticks.indexOf(v)] ?? Number.NaN) };
  };
  const x = axis(0.12);
  const y = axis(0.05);
  const svg = painter.draw(`Calibration, ${heading}: mean label against mean prediction of ${bins.length} bins`, {
    height: HEIGHT,
    marginLeft: 58,
    marginBottom: 40,
    marginTop: 26,
    marginRight: 16,
    x: { domain, label: logOdds ? "mean prediction (log-odds axis)" : "mean prediction" },
    y: { domain, label: logOdds ? "mean label (log-odds axis)" : "mean label" },
    marks: [
      plot.gridX({ ticks: x.ticks as number[] }),
      plot.gridY({ ticks: y.ticks as number[] }),
      plot.axisX(x as object),
      plot.axisY(y as object),
      plot.line(
        [
          [domain[0], domain[0]],
          [domain[1], domain[1]],
        ],
        { stroke: INK.faint, strokeDasharray: "4 4" },
      ),
      plot.link(
        at.filter((p) => Number.isFinite(p.allLow) && Number.isFinite(p.allHigh)),
        { x1: "x", x2: "x", y1: "allLow", y2: "allHigh", stroke: INK.line, strokeWidth: 7, strokeOpacity: 0.18, strokeLinecap: "butt" },
      ),
      plot.link(at, { x1: "x", x2: "x", y1: "low", y2: "high", stroke: INK.line, strokeWidth: 1.25, strokeOpacity: 0.75 }),
      plot.dot(
        at.filter((p) => p.beyond === 0),
        { x: "x", y: "y", r: size, fill: INK.line, stroke: "var(--paper)", strokeWidth: 0.75, title: (p: Place) => tooltip(p.bin) },
      ),
      plot.dot(
        at.filter((p) => p.beyond !== 0),
        {
          x: "x",
          y: "y",
          r: 4,
          symbol: "triangle",
          rotate: (p: Place) => (p.beyond < 0 ? 180 : 0),
          fill: "var(--paper)",
          stroke: INK.line,
          title: (p: Place) => tooltip(p.bin),
        },
      ),
    ],
  });
  const beyond = at.filter((p) => p.beyond !== 0).length;
  return figure(heading, svg, [
    { mark: "\u25cf", colour: "line", text: "bin with its interval" },
    ...(bins.some((b) => b.allLow !== null) ? [{ mark: "\u2588", colour: "band", text: "interval for all bins at once" } as const] : []),
    { mark: "\u254c", colour: "faint", text: "perfect" },
    ...(beyond > 0 ? [{ mark: "\u25b3", colour: "line", text: "beyond the axis" } as const] : []),
  ]);
}

const HEADINGS: ReadonlyMap<string, string> = new Map([
  ["quantile", "Bins of equal weight"],
  ["uniform", "Bins of equal width"],
  ["logit", "Bins of equal width on log-odds"],
]);

/** What a bucketing is called. `undefined`: it has no name of ours. */
export const bucketing = (strategy: string): string | undefined => HEADINGS.get(strategy);

/** Every curve of the evaluation by its bucketing, bins of equal weight first, on one pair of axes. Curves without bins are left out. */
export function calibrationCharts(painter: Painter, test: JsonTest): { curve: JsonCurve; index: number; chart: Markup }[] {
  const known = [test.calibrationErrorBins, ...HEADINGS.keys()];
  const rank = (strategy: string): number => (known.includes(strategy) ? known.indexOf(strategy) : known.length);
  const chosen = test.calibration
    .map((curve, index) => ({ curve, index, bins: drawable(curve.bins) }))
    .filter(({ bins }) => bins.length > 0)
    .sort((a, b) => rank(a.curve.strategy) - rank(b.curve.strategy));
  const logOdds = test.head === "logistic";
  const domain = range(
    chosen.flatMap(({ bins }) => bins),
    logOdds ? logit : (v) => v,
  );
  return chosen.map(({ curve, index, bins }) => ({
    curve,
    index,
    chart: curveFigure(painter, HEADINGS.get(curve.strategy) ?? "Bins", bins, domain, logOdds),
  }));
}

/** Probability of the predicted class against whether it is right. */
export function topLabelFigure(painter: Painter, curve: JsonCurve): Markup {
  const bins = drawable(curve.bins);
  if (bins.length === 0) return figure("Predicted class: is it right as often as said?", "Undefined: no test rows.", []);
  return curveFigure(painter, "Predicted class: is it right as often as said?", bins, range(bins, logit), true);
}
