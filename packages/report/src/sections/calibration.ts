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
  const rows = limited(curve.bins, MAX_BINS, 100_000, (bin, i) => {
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
    { class: "bins" },
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

/** The calibration plot of every bucketing, one at a time: radio buttons and style sheet alone, so that it works without the script. */
export function calibrationSection(painter: Painter, page: Page, test: JsonTest): Markup {
  const curves = calibrationCharts(painter, test).slice(0, MAX_CURVES);
  const name = ({ strategy }: JsonCurve) => bucketing(strategy) ?? page.names.name(strategy);
  return h(
    "section",
    { id: "calibration" },
    h("h2", {}, "Calibration"),
    h("p", {}, "Do the predictions mean what they say? A bin below the diagonal is predicted too high, one above it too low; a larger point has more weight."),
    curves.length === 0
      ? figure("Mean label against mean prediction", "Undefined: no test rows.", [])
      : h(
          "div",
          { class: "switch" },
          ...(curves.length === 1
            ? []
            : curves.flatMap(({ curve }, i) => [
                h("input", { type: "radio", name: "bucketing", id: `bucketing-${i}`, value: i, ...(i === 0 ? { checked: "" } : {}) }),
                h("label", { for: `bucketing-${i}` }, name(curve)),
              ])),
          ...curves.map(({ curve, index, chart }) => h("div", { class: "charts curve" }, chart, binTable(curve, index))),
        ),
    h("div", { class: "charts" }, predictionFigure(painter, test.histogram, !ofNumbers(test))),
  );
}
