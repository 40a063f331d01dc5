import { format, type NumberKind } from "../format.js";
import type { JsonLayer, JsonTrain } from "../json.js";
import type { Markup } from "../markup.js";
import { cutWidth, visible } from "../text.js";
import { logTicks } from "./axis.js";
import { byStep } from "./by-step.js";
import { figure, INK, type LegendItem, type Painter, span, thin } from "./painter.js";

const MAX_POINTS = 60;
const LABEL_WIDTH = 40;

/** One for each line that a chart can hold and a reader tell apart, also without colour. */
const LINES = [
  { colour: "line", mark: "\u25cf", symbol: "circle", dash: undefined },
  { colour: "second", mark: "\u25c6", symbol: "diamond", dash: "6 3" },
  { colour: "text", mark: "\u25b2", symbol: "triangle", dash: "1 3" },
  { colour: "faint", mark: "\u25a0", symbol: "square", dash: "8 2 2 2" },
] as const;

/** Layers in a chart. */
export const MAX_LINES = LINES.length;

interface Point {
  step: number;
  value: number;
}
type Quantity = "zeros" | "gradient";

interface Series {
  label: string;
  points: Point[];
}

/** Of at most four layers, the first and the last among them: what every evaluation saw that can be drawn. */
function seriesOf(train: JsonTrain, quantity: Quantity, drawable: (value: number) => boolean): Series[] {
  const curve = train.curve.filter(({ layers }) => layers !== undefined);
  const shown = thin([...(curve.at(-1)?.layers ?? []).entries()], MAX_LINES);
  return shown.map(([l, { name }]) => ({
    label: cutWidth(visible(name), LABEL_WIDTH),
    points: thin(curve, MAX_POINTS).flatMap(({ step, layers }) => {
      const value = (layers![l] as JsonLayer | undefined)?.[quantity] ?? null;
      return value !== null && drawable(value) ? [{ step, value }] : [];
    }),
  }));
}

interface Words {
  heading: string;
  /** Names the chart for those who do not see it. */
  label: string;
  axis: string;
  kind: NumberKind;
}

function lines(painter: Painter, series: readonly Series[], y: object, words: Words): Markup {
  const { plot } = painter;
  const steps = span(
    series.flatMap(({ points }) => points.map(({ step }) => step)),
    0.02,
    2,
  );
  const svg = painter.draw(words.label, {
    ...byStep(steps, [0, 1], words.axis),
    y: { label: words.axis, grid: true, ...y },
    marks: series.flatMap(({ label, points }, i) => {
      const { colour, symbol, dash } = LINES[i]!;
      const title = ({ step, value }: Point): string => `${label}\nstep ${format("count", step)}\n${words.axis} ${format(words.kind, value)}`;
      return [
        plot.line(points, { x: "step", y: "value", stroke: INK[colour], strokeWidth: 1.75, ...(dash === undefined ? {} : { strokeDasharray: dash }) }),
        plot.dot(points, { x: "step", y: "value", r: points.length > 40 ? 1.5 : 3, symbol, fill: INK[colour], title }),
      ];
    }),
  });
  const legend = series.map(({ label }, i): LegendItem => ({ mark: LINES[i]!.mark, colour: LINES[i]!.colour, text: label }));
  return figure(words.heading, svg, legend);
}

/** Share of activations that are 0 against steps; null where no layer has any. */
export function zerosFigure(painter: Painter, train: JsonTrain): Markup | null {
  const series = seriesOf(train, "zeros", (value) => value >= 0 && value <= 1);
  if (series.every(({ points }) => points.every(({ value }) => value === 0))) return null;
  return lines(
    painter,
    series,
    { domain: [0, 1], ticks: 5, tickFormat: (share: number) => format("percent", share) },
    { heading: "Activations that are 0", label: "Share of activations that are 0, by step and layer", axis: "share of zeros", kind: "percent" },
  );
}

/** Gradient of a parameter against steps, on a logarithmic axis; null where no layer has one above 0. */
export function gradientFigure(painter: Painter, train: JsonTrain): Markup | null {
  const series = seriesOf(train, "gradient", (value) => value > 0);
  const values = series.flatMap(({ points }) => points.map(({ value }) => value));
  if (values.length === 0) return null;
  const [low, high] = [Math.min(...values) / 1.5, Math.min(1.5 * Math.max(...values), Number.MAX_VALUE)];
  return lines(
    painter,
    series,
    { type: "log", domain: [low, high], ticks: logTicks(low, high), tickFormat: (x: number) => String(x) },
    { heading: "Gradients", label: "Gradient of a parameter, by step and layer, on a logarithmic axis", axis: "gradient", kind: "metric" },
  );
}
