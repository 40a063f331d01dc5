import { format } from "../format.js";
import type { JsonTrain } from "../json.js";
import type { Markup } from "../markup.js";
import { byStep } from "./by-step.js";
import { figure, INK, type LegendItem, type Painter, span, thin } from "./painter.js";

const MAX_POINTS = 300;

type Point = JsonTrain["curve"][number];

function tooltip(p: Point): string {
  return `step ${format("count", p.step)}, epoch ${format("ratio", p.epoch)}\nprogressive loss ${format("metric", p.progressiveLoss)}\nvalidation loss ${format("metric", p.validationLoss)}\ngradient norm ${format("metric", p.gradientNorm)}\nnon-zero weights ${format("count", p.nonZero)}`;
}

/** The kept step: a line with its number, which stands on the side of the middle. */
function keptMarks({ plot }: Painter, bestStep: number, middle: number) {
  if (bestStep === 0) return [];
  const late = bestStep > middle;
  return [
    plot.ruleX([bestStep], { stroke: INK.text, strokeDasharray: "1 3" }),
    plot.text([bestStep], {
      x: (step: number) => step,
      frameAnchor: "top",
      dx: late ? -4 : 4,
      dy: 2,
      textAnchor: late ? "end" : "start",
      text: (step: number) => `kept: step ${format("count", step)}`,
    }),
  ];
}

/** Loss against steps: of each block before its update, and of the validation rows; the step that was kept is marked. */
export function learningFigure(painter: Painter, train: JsonTrain | null): Markup {
  const heading = "Learning curve";
  const curve = thin(train?.curve ?? [], MAX_POINTS).filter((p) => p.progressiveLoss !== null || p.validationLoss !== null);
  if (train === null || curve.length === 0) return figure(heading, "No losses were recorded.", []);
  const { plot } = painter;
  const progressive = curve.filter((p) => p.progressiveLoss !== null);
  const validation = curve.filter((p) => p.validationLoss !== null);
  const [first, last] = span([...curve.map((p) => p.step), train.bestStep > 0 ? train.bestStep : Number.NaN], 0.02, 2);
  const losses = span(
    curve.flatMap((p) => [p.progressiveLoss ?? Number.NaN, p.validationLoss ?? Number.NaN]),
    0.08,
    1e-4,
  );
  const dense = curve.length > 40;
  const radius = dense ? 1.5 : 3;
  const svg = painter.draw("Learning curve: progressive and validation loss by step", {
    ...byStep([first, last], losses, "mean loss"),
    marks: [
      ...keptMarks(painter, train.bestStep, (first + last) / 2),
      plot.line(progressive, { x: "step", y: "progressiveLoss", stroke: INK.line, strokeWidth: 1.75 }),
      plot.line(validation, { x: "step", y: "validationLoss", stroke: INK.second, strokeWidth: 1.75, strokeDasharray: "6 3" }),
      plot.dot(progressive, { x: "step", y: "progressiveLoss", r: radius, fill: INK.line, title: tooltip }),
      plot.dot(validation, { x: "step", y: "validationLoss", r: radius, symbol: "diamond", fill: "var(--paper)", stroke: INK.second, title: tooltip }),
    ],
  });
  const legend: LegendItem[] = [{ mark: "\u25cf", colour: "line", text: "progressive (each block before its update)" }];
  if (validation.length > 0) legend.push({ mark: "\u25c7", colour: "second", text: "validation" });
  return figure(heading, svg, legend, validation.length > 0 ? "" : "There are no validation rows.");
}

/** The metric that decided the kept step against steps; null where it is the validation loss, which the learning curve shows. */
export function metricFigure(painter: Painter, train: JsonTrain | null): Markup | null {
  const curve = thin(train?.curve ?? [], MAX_POINTS).filter((p) => p.metric !== null);
  if (train === null || curve.every((p) => p.metric === p.validationLoss)) return null;
  const { plot } = painter;
  const [first, last] = span([...curve.map((p) => p.step), train.bestStep > 0 ? train.bestStep : Number.NaN], 0.02, 2);
  const title = (p: Point): string => `step ${format("count", p.step)}, epoch ${format("ratio", p.epoch)}\nmetric ${format("metric", p.metric)}`;
  const svg = painter.draw("The metric that decided the kept step, by step", {
    ...byStep(
      [first, last],
      span(
        curve.map((p) => p.metric ?? Number.NaN),
        0.08,
        1e-4,
      ),
      "metric",
    ),
    marks: [
      ...keptMarks(painter, train.bestStep, (first + last) / 2),
      plot.line(curve, { x: "step", y: "metric", stroke: INK.second, strokeWidth: 1.75, strokeDasharray: "6 3" }),
      plot.dot(curve, { x: "step", y: "metric", r: curve.length > 40 ? 1.5 : 3, symbol: "diamond", fill: "var(--paper)", stroke: INK.second, title }),
    ],
  });
  return figure("Metric of the validation rows", svg, [{ mark: "\u25c7", colour: "second", text: "what decided the kept step, of the validation rows" }]);
}
