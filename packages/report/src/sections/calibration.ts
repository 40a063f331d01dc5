import { bucketing, calibrationCharts } from "../charts/calibration.js";
import { predictionFigure } from "../charts/histogram.js";
import { figure, type Painter } from "../charts/painter.js";
import type { JsonCurve, JsonTest } from "../json.js";
import { h, type Markup } from "../markup.js";
import { interval, limited, notAll, number, numberCell, type Page, pointer, rowHead, table } from "./cells.js";
import { ofNumbers } from "./loss-name.js";

const MAX_CURVES = 5;
const MAX_BINS = 100;

function binTable(curve: JsonCurve, index: number): Markup {
  const all = curve.bins.some(({ allLow }) => allLow !== null);
  const rows = limited(curve.bins, MAX_BINS, 40_000, (bin, i) => {
    const of = pointer("test", "calibration", index, "bins", i);
    return h(
      "tr",
      {},
      rowHead(number(`${of}/low`, "metric", bin.low), " to ", number(`${of}/high`, "metric", bin.high)),
      numberCell(number(`${of}/rows`, "count", bin.rows)),
      numberCell(number(`${of}/meanPrediction`, "metric", bin.meanPrediction)),
      numberCell(number(`${of}/meanLabel`, "metric", bin.meanLabel)),
      numberCell(interval(of, "labelLow", "labelHigh", "metric", bin.labelLow, bin.labelHigh)),
      ...(all ? [numberCell(interval(of, "allLow", "allHigh", "metric", bin.allLow, bin.allHigh))] : []),
    );
  });
  return h(
    "div",
    {},
    table(
      `Calibration bins ${index + 1}`,
      true,
      [
        ["predictions", "text"],
        ["rows", "n"],
        ["mean prediction", "n"],
        ["mean label", "n"],
        ["its interval", "n"],
        ...(all ? ([["for all bins at once", "n"]] as const) : []),
      ],
      rows,
    ),
    notAll(rows.length, curve.bins.length, "bins"),
  );
}

/** Radio buttons, and their labels in a row. */
function options(page: Page, curves: readonly { curve: JsonCurve }[]): Markup[] {
  return [
    ...curves.map((_, i) => h("input", { type: "radio", name: "bucketing", id: `bucketing-${i + 1}`, ...(i === 0 ? { checked: "" } : {}) })),
    h(
      "div",
      { class: "options", role: "presentation" },
      ...curves.map(({ curve: { strategy } }, i) => h("label", { for: `bucketing-${i + 1}` }, bucketing(strategy) ?? page.names.name(strategy))),
    ),
  ];
}

/** The calibration plot of every bucketing, one at a time: radio buttons and style sheet alone, so that it works without the script. */
export function calibrationSection(painter: Painter, page: Page, test: JsonTest): Markup {
  const curves = calibrationCharts(painter, test).slice(0, MAX_CURVES);
  return h(
    "section",
    { id: "calibration" },
    h("h2", {}, "Calibration"),
    h("p", {}, "Do the predictions mean what they say? A bin below the diagonal is predicted too high, one above it too low; a larger point has more weight."),
    curves.length === 0
      ? figure("Mean label against mean prediction", test.rows > 0 ? "Undefined: the test rows have no weight." : "Undefined: no test rows.", [])
      : h(
          "div",
          { class: "switch" },
          ...(curves.length === 1 ? [] : options(page, curves)),
          ...curves.map(({ chart }, i) => h("div", { class: `of-${i + 1}` }, chart)),
          predictionFigure(painter, test.histogram, !ofNumbers(test)),
          ...curves.map(({ curve, index }, i) => h("div", { class: `bins of-${i + 1}` }, binTable(curve, index))),
        ),
  );
}
