import { compact, format } from "../format.js";
import type { JsonHistogram } from "../json.js";
import type { Markup } from "../markup.js";
import { figure, INK, type Painter } from "./painter.js";

const MAX_BARS = 60;

interface Bar {
  from: number;
  to: number;
  count: number;
  positive: number;
}

/** At most 60 bars: neighbours are added up where there are more bins. Empty bars at the ends are dropped. */
function barsOf(histogram: JsonHistogram, height: "rows" | "weight"): Bar[] {
  const bins = histogram.rows.length;
  const { low, high } = histogram;
  if (bins === 0 || low === null || high === null || !(high > low)) return [];
  const counts = height === "rows" ? histogram.rows : histogram.weight;
  const join = Math.ceil(bins / MAX_BARS);
  const edge = (i: number): number => low + ((high - low) * Math.min(i, bins)) / bins;
  const bars: Bar[] = [];
  for (let i = 0; i < bins; i += join) {
    const bar: Bar = { from: edge(i), to: edge(i + join), count: 0, positive: 0 };
    for (let j = i; j < Math.min(i + join, bins); j++) {
      bar.count += counts[j] ?? 0;
      bar.positive += histogram.positiveWeight[j] ?? 0;
    }
    bars.push(bar);
  }
  const first = bars.findIndex((b) => b.count > 0);
  const last = bars.findLastIndex((b) => b.count > 0);
  return first < 0 ? [] : bars.slice(first, last + 1);
}

function chart(painter: Painter, label: string, axis: string, bars: readonly Bar[], unit: string, positives: boolean): Markup {
  const { plot } = painter;
  const tooltip = (b: Bar): string =>
    `${format("metric", b.from)} to ${format("metric", b.to)}\n${unit} ${format("weight", b.count)}${positives ? `\nof them positive ${format("weight", b.positive)}` : ""}`;
  return painter.draw(label, {
    height: 300,
    marginLeft: 54,
    marginBottom: 40,
    marginTop: 26,
    marginRight: 16,
    x: { label: axis, ticks: 5, domain: [bars[0]?.from ?? 0, bars.at(-1)?.to ?? 1] },
    y: { label: `${unit} (square-root scale)`, type: "sqrt", grid: true, ticks: 6, tickFormat: compact, domain: [0, Math.max(...bars.map((b) => b.count))] },
    marks: [
      plot.rectY(bars, { x1: "from", x2: "to", y1: 0, y2: "count", fill: INK.line, fillOpacity: 0.25, stroke: INK.line, strokeWidth: 0.75, title: tooltip }),
      positives ? plot.rectY(bars, { x1: "from", x2: "to", y1: 0, y2: "positive", fill: INK.second, inset: 1, insetBottom: 0, title: tooltip }) : null,
      plot.ruleY([0], { stroke: INK.text }),
    ],
  });
}

/** How often which prediction was made, and how many of those rows were positive. */
export function predictionFigure(painter: Painter, histogram: JsonHistogram | null, logistic: boolean): Markup {
  const heading = "Predictions";
  const weighted = histogram !== null && histogram.weight.length === histogram.rows.length;
  const bars = histogram ? barsOf(histogram, weighted ? "weight" : "rows") : [];
  if (bars.length === 0) return figure(heading, "No predictions.", []);
  const positives = logistic && weighted && (histogram?.positiveWeight.length ?? 0) > 0;
  const svg = chart(painter, "Histogram of the predictions", "prediction", bars, weighted ? "weight" : "rows", positives);
  return figure(
    heading,
    svg,
    positives
      ? [
          { mark: "\u25a1", colour: "line", text: "all rows" },
          { mark: "\u25a0", colour: "second", text: "of them positive" },
        ]
      : [],
  );
}

/** How large the non-zero weights are. */
export function weightFigure(painter: Painter, histogram: JsonHistogram | null, nonZero: number): Markup {
  const bars = histogram ? barsOf(histogram, "rows") : [];
  if (bars.length === 0) return figure("Sizes of the non-zero weights", nonZero === 0 ? "Every weight is zero." : "Not recorded.", []);
  return figure("Sizes of the non-zero weights", chart(painter, "Histogram of the non-zero weights", "weight", bars, "features", false), []);
}
