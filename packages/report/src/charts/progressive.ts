import { format } from "../format.js";
import type { JsonTrain } from "../json.js";
import type { Markup } from "../markup.js";
import { byStep } from "./by-step.js";
import { figure, INK, type Painter, span } from "./painter.js";

type Point = JsonTrain["progressive"][number];

function tooltip(p: Point): string {
  return `step ${format("count", p.step)}\nweight of the rows ${format("weight", p.weight)}\nthese blocks ${format("metric", p.windowLoss)}\nall so far ${format("metric", p.loss)}`;
}

/** Progressive validation of the first pass against steps: the mean of each window of blocks, and of all blocks so far. null where there are no two windows. */
export function progressiveFigure(painter: Painter, train: JsonTrain | null): Markup | null {
  const points = (train?.progressive ?? []).filter((p) => p.loss !== null && p.windowLoss !== null);
  if (points.length < 2) return null;
  const { plot } = painter;
  const [first, last] = span(
    points.map((p) => p.step),
    0.02,
    2,
  );
  const losses = span(
    points.flatMap((p) => [p.loss ?? Number.NaN, p.windowLoss ?? Number.NaN]),
    0.08,
    1e-4,
  );
  const svg = painter.draw("Progressive validation of the first pass: mean loss by step", {
    ...byStep([first, last], losses, "mean loss"),
    marks: [
      plot.line(points, { x: "step", y: "windowLoss", stroke: INK.line, strokeWidth: 1.25 }),
      plot.line(points, { x: "step", y: "loss", stroke: INK.second, strokeWidth: 1.75, strokeDasharray: "6 3" }),
      plot.dot(points, { x: "step", y: "windowLoss", r: 1.5, fill: INK.line, title: tooltip }),
    ],
  });
  return figure(
    "Progressive validation",
    svg,
    [
      { mark: "\u25cf", colour: "line", text: "blocks since the last point, before they were learned" },
      { mark: "\u2013", colour: "second", text: "all blocks so far" },
    ],
    "Of the first pass: no row had been seen before it was measured, so the mean of all is an honest estimate for new rows.",
  );
}
