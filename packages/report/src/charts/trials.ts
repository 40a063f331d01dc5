import { compact, format } from "../format.js";
import type { Markup } from "../markup.js";
import { cutWidth, visible } from "../text.js";
import type { TuneJson, TuneTrialJson } from "../tune-json.js";
import { figure, INK, type LegendItem, type Painter, span, thin } from "./painter.js";

/** Parameters that get a chart. */
export const MAX_CHARTS = 12;
/** Choices on an axis at most; the others share the last place. */
const MAX_CHOICES = 12;
const LABEL_COLUMNS = 9;
/** Points of all charts together, with tooltips of so many parameters: a page stays small whatever the search. */
const MAX_POINTS = 900;
const TOLD_PARAMETERS = 4;

/** What a metric is called on the page. */
export const METRIC_NAMES: Readonly<Record<TuneJson["metric"], string>> = {
  loss: "loss",
  logLoss: "log-loss",
  rmse: "root mean squared error",
  auc: "area under the ROC curve",
  averagePrecision: "average precision",
  brier: "Brier score",
  accuracy: "accuracy",
  macroAuc: "mean area under the classes' ROC curves",
  deviance: "Poisson deviance",
};

/** The name of the head's own loss. */
export function lossName(head: string): string {
  return head === "squared" ? "squared error" : head === "poisson" ? "Poisson loss" : "log-loss";
}

/** What the trials were compared by, as the page names it. */
export function metricName({ metric, head }: TuneJson): string {
  return metric === "loss" ? lossName(head) : METRIC_NAMES[metric];
}

interface Point {
  x: number;
  y: number;
  low: number;
  high: number;
  chosen: boolean;
  full: boolean;
  title: string;
}

/** A value of a parameter as people read it. */
export function shownValue(value: unknown): string {
  return visible(typeof value === "string" ? value : (JSON.stringify(value) ?? "undefined"));
}

/** Of all trials that have a `y`, as many as a chart takes, the best among them. */
function pointsOf(json: TuneJson, charts: number, y: (t: TuneTrialJson) => number | null, x: (t: TuneTrialJson) => number): Point[] {
  const last = json.trials.reduce((most, { rung }) => Math.max(most, rung), 0);
  const measured = json.trials.filter((t) => y(t) !== null);
  const others = measured.filter(({ trial }) => trial !== json.best.trial);
  const drawn = [...thin(others, Math.floor(MAX_POINTS / charts)), ...measured.filter(({ trial }) => trial === json.best.trial)];
  return drawn.flatMap((t) => {
    const value = y(t);
    if (value === null) return [];
    const reach = json.metric === "loss" && t.lossStandardError !== null ? t.lossStandardError : 0;
    const parameters = Object.entries(t.parameters).map(([path, v]) => `${cutWidth(visible(path), 30)} ${cutWidth(shownValue(v), 20)}`);
    const title = [
      `trial ${t.trial}`,
      ...parameters.slice(0, TOLD_PARAMETERS),
      `${metricName(json)} ${format("metric", t[json.metric])}`,
      `non-zero weights ${format("count", t.nonZero)}`,
    ].join("\n");
    return [{ x: x(t), y: value, low: value - reach, high: value + reach, chosen: t.trial === json.best.trial, full: t.rung === last, title }];
  });
}

const LEGEND: readonly LegendItem[] = [
  { mark: "\u25cb", colour: "line", text: "trial" },
  { mark: "\u25c6", colour: "second", text: "best" },
];

interface Axis {
  label: string;
  log: boolean;
  /** Labels of choices; null: numbers. */
  choices: readonly string[] | null;
}

function draw(
  painter: Painter,
  label: string,
  axis: Axis,
  yLabel: string,
  points: readonly Point[],
  options: { line: boolean; bars: boolean; limit: number | null },
): Markup {
  const { plot } = painter;
  const xs = points.map(({ x }) => x);
  const y = span([...points.flatMap(({ low, high }) => (options.bars ? [low, high] : [(low + high) / 2])), options.limit ?? Number.NaN], 0.08, 1e-9);
  const log = axis.log && xs.every((x) => x > 0);
  const logs = span(
    xs.map((x) => Math.log(x)),
    0.04,
    0.1,
  );
  const { choices } = axis;
  const x =
    choices !== null
      ? { domain: [-0.5, choices.length - 0.5], ticks: choices.map((_, i) => i), tickFormat: (i: number) => choices[i] ?? "" }
      : log
        ? { type: "log" as const, domain: logs.map((v) => Math.exp(v)), ticks: 5, tickFormat: (v: number) => String(Number(v.toPrecision(6))) }
        : { domain: span(xs, 0.04, 1e-9), ticks: 5, tickFormat: compact };
  const others = points.filter(({ chosen }) => !chosen);
  const best = points.filter(({ chosen }) => chosen);
  return painter.draw(label, {
    height: 300,
    marginLeft: 62,
    marginBottom: 40,
    marginTop: 26,
    marginRight: 16,
    x: { ...x, label: axis.label },
    y: { domain: y, label: yLabel, grid: true, ticks: 6 },
    marks: [
      options.limit === null ? null : plot.ruleY([options.limit], { stroke: INK.faint, strokeDasharray: "1 3" }),
      options.line
        ? plot.line(
            [...points].sort((a, b) => a.x - b.x),
            { x: "x", y: "y", stroke: INK.line, strokeWidth: 1.5 },
          )
        : null,
      options.bars ? plot.ruleX(points, { x: "x", y1: "low", y2: "high", stroke: INK.faint, strokeWidth: 1 }) : null,
      plot.dot(others, { x: "x", y: "y", r: 3.5, fill: "var(--paper)", stroke: INK.line, strokeOpacity: (p: Point) => (p.full ? 1 : 0.45), title: "title" }),
      plot.dot(best, { x: "x", y: "y", r: 5, symbol: "diamond", fill: INK.second, title: "title" }),
    ],
  });
}

/** A search's metric against one of its parameters. */
export function parameterFigure(painter: Painter, json: TuneJson, index: number): Markup {
  const { path, log } = json.parameters[index]!;
  const heading = `By ${cutWidth(visible(path), 48)}`;
  const values = json.trials.map((t) => t.parameters[path]);
  const numbers = values.every((v) => typeof v === "number");
  const distinct = [...new Set(values.map(shownValue))];
  const place = new Map(distinct.map((v, i) => [v, Math.min(i, MAX_CHOICES - 1)]));
  const labels = distinct.slice(0, MAX_CHOICES).map((v) => cutWidth(v, LABEL_COLUMNS));
  if (distinct.length > MAX_CHOICES) labels[MAX_CHOICES - 1] = "others";
  const x = numbers ? (t: TuneTrialJson) => t.parameters[path] as number : (t: TuneTrialJson) => place.get(shownValue(t.parameters[path])) ?? 0;
  const points = pointsOf(json, Math.min(MAX_CHARTS, json.parameters.length), (t) => t[json.metric], x);
  if (points.length === 0) return figure(heading, "No trial was measured.", []);
  const axis = { label: cutWidth(visible(path), 40), log, choices: numbers ? null : labels };
  const svg = draw(painter, `${metricName(json)} by parameter ${index + 1}`, axis, metricName(json), points, { line: false, bars: false, limit: null });
  const missing = json.trials.filter((t) => t[json.metric] === null).length;
  const words = json.rungs.length > 0 ? "Pale: trained for fewer epochs than the last rung." : "";
  return figure(heading, svg, LEGEND, words, missing > 0 ? ` Not drawn: ${format("count", missing)} trials that failed.` : "");
}

/** Log-loss, and non-zero weights, against lambda: what a regularisation path is looked at by. */
export function pathFigures(painter: Painter, json: TuneJson, path: string): Markup[] {
  const x = (t: TuneTrialJson): number => t.parameters[path] as number;
  const axis = { label: `lambda (${path}), logarithmic`, log: true, choices: null };
  const losses = pointsOf(json, 2, (t) => t[json.metric], x);
  const sizes = pointsOf(json, 2, (t) => t.nonZero, x).map((p) => ({ ...p, low: p.y, high: p.y }));
  if (losses.length === 0) return [figure("Along the path", "No trial was measured.", [])];
  const limit = json.metric === "loss" ? (json.oneStandardError?.limit ?? null) : null;
  return [
    figure(
      `${metricName(json)} against lambda`,
      draw(painter, "Validation loss against lambda", axis, metricName(json), losses, { line: true, bars: json.metric === "loss", limit }),
      [...LEGEND, ...(limit === null ? [] : [{ mark: "\u2508", colour: "faint", text: "best + one standard error" } as const])],
      json.metric === "loss" ? "Bars are one standard error of the mean." : "",
    ),
    figure(
      "Non-zero weights against lambda",
      draw(painter, "Non-zero weights against lambda", axis, "non-zero weights", sizes, { line: true, bars: false, limit: null }),
      LEGEND,
    ),
  ];
}
