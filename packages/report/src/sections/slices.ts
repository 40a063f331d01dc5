import { type ForestRow, forest } from "../charts/forest.js";
import { figure, type Painter } from "../charts/painter.js";
import { format } from "../format.js";
import type { JsonSlice, ReportJson } from "../json.js";
import { h, type Markup } from "../markup.js";
import { interval, intervalName, limited, notAll, number, numberCell, type Page, pointer, rowHead, sliceCell, sliceLabel, sliceShort, table } from "./cells.js";
import { lossName, ofClasses } from "./loss-name.js";

const CHART_ROWS = 30;
const TABLE_ROWS = 200;
const TABLE_CHARACTERS = 280_000;

function noBias({ slices, sliceSummary }: ReportJson): string {
  if (slices.length === 0) return "No slices are configured.";
  return sliceSummary.withRows > 0 ? "Undefined: the rows of the slices have no weight." : "Every slice is without rows: n = 0, undefined.";
}

function biasForest(painter: Painter, page: Page, json: ReportJson): Markup {
  const heading = "Bias by slice";
  const rows: ForestRow[] = json.slices.flatMap((s) =>
    s.bias.difference === null
      ? []
      : [
          {
            label: sliceLabel(s.slice),
            short: sliceShort(s.slice),
            several: Object.keys(s.slice).length > 1,
            rows: s.rows,
            value: s.bias.difference,
            low: s.bias.low,
            high: s.bias.high,
            details: `bias ${format("signed", s.bias.difference)} (${format("signed", s.bias.low)} to ${format("signed", s.bias.high)})\nmean prediction ${format("metric", s.bias.meanPrediction)}, mean label ${format("metric", s.bias.meanLabel)}\nrows ${format("count", s.rows)}`,
          },
        ],
  );
  if (rows.length === 0) return figure(heading, noBias(json), []);
  const shown = rows.slice(0, CHART_ROWS);
  const chart = forest(
    painter,
    page.names,
    `Bias of ${shown.length} slices with intervals`,
    "mean prediction \u2212 mean label",
    shown,
    json.test?.bias.difference ?? null,
  );
  return figure(
    heading,
    chart,
    [
      { mark: "\u25c6", colour: "line", text: `${intervalName(json.test?.level ?? null)} leaves out 0` },
      { mark: "\u25cb", colour: "line", text: "it does not" },
      { mark: "\u2506", colour: "second", text: "all rows" },
    ],
    "Right of 0: predicted too high; left: too low. Most surprising first (|bias| in standard errors).",
    rows.length > shown.length ? ` Drawn are ${shown.length} of ${format("count", rows.length)} slices.` : "",
  );
}

function lossForest(painter: Painter, page: Page, json: ReportJson): Markup | null {
  const c = json.comparison;
  if (c === null) return null;
  const loss = lossName(json);
  const heading = `Change of ${loss} by slice`;
  const rows: ForestRow[] = c.slices.flatMap((s) =>
    s.difference === null
      ? []
      : [
          {
            label: sliceLabel(s.slice),
            short: sliceShort(s.slice),
            several: Object.keys(s.slice).length > 1,
            rows: s.rows,
            value: s.difference,
            low: s.low,
            high: s.high,
            details: `${loss} ${format("metric", s.lossNew)}, was ${format("metric", s.lossCurrent)}\ndifference ${format("signed", s.difference)} (${format("signed", s.low)} to ${format("signed", s.high)})\nrows ${format("count", s.rows)}`,
          },
        ],
  );
  const small = c.smallSlices > 0 ? `${format("count", c.smallSlices)} slices with fewer than ${format("count", c.minSliceRows)} rows are left out.` : "";
  if (rows.length === 0) return figure(heading, `No slice was compared. ${small}`, []);
  const shown = rows.slice(0, CHART_ROWS);
  const chart = forest(
    painter,
    page.names,
    `Change of loss of ${shown.length} slices with intervals`,
    "new \u2212 current model",
    shown,
    c.overall?.difference ?? null,
  );
  return figure(
    heading,
    chart,
    [
      { mark: "\u25c6", colour: "line", text: `${intervalName(c.level)} leaves out 0` },
      { mark: "\u25cb", colour: "line", text: "it does not" },
      { mark: "\u2506", colour: "second", text: "all rows" },
    ],
    "Left of 0: better than the current model. ",
    small,
    rows.length > shown.length ? ` Drawn are ${shown.length} of ${format("count", rows.length)} slices.` : "",
  );
}

type Measure = readonly [key: "logLoss" | "auc" | "rmse" | "deviance", title: string];

/** What the table says of a slice beside its bias. */
function measures({ test }: ReportJson): readonly Measure[] {
  if (test?.head === "squared") return [["rmse", "rmse"]];
  if (test?.head === "poisson")
    return [
      ["deviance", "deviance"],
      ["rmse", "rmse"],
    ];
  if (ofClasses(test)) return [["logLoss", "log-loss"]];
  return [
    ["logLoss", "log-loss"],
    ["auc", "AUC"],
  ];
}

function row(page: Page, s: JsonSlice, i: number, columns: readonly Measure[], hasBias: boolean): Markup {
  const of = pointer("slices", i);
  const head = rowHead(sliceCell(page, s.slice));
  if (s.rows === 0)
    return h(
      "tr",
      {},
      head,
      numberCell(number(`${of}/rows`, "count", 0)),
      h("td", { colspan: (hasBias ? 5 : 0) + columns.length, class: "soft" }, "n = 0, undefined"),
    );
  return h(
    "tr",
    {},
    head,
    numberCell(number(`${of}/rows`, "count", s.rows)),
    ...(hasBias
      ? [
          numberCell(number(`${of}/bias/meanPrediction`, "metric", s.bias.meanPrediction)),
          numberCell(number(`${of}/bias/meanLabel`, "metric", s.bias.meanLabel)),
          numberCell(number(`${of}/bias/difference`, "signed", s.bias.difference)),
          numberCell(interval(`${of}/bias`, "low", "high", "signed", s.bias.low, s.bias.high)),
          numberCell(number(`${of}/z`, "z", s.z)),
        ]
      : []),
    ...columns.map(([key]) => numberCell(number(`${of}/${key}`, "metric", s[key] ?? null))),
  );
}

/** Bias by slice: a forest plot of the most surprising, a table of (nearly) all. Of several classes the loss of each alone. */
export function sliceSection(painter: Painter, page: Page, json: ReportJson): Markup {
  const columns = measures(json);
  const hasBias = !ofClasses(json.test);
  const rows = limited(json.slices, TABLE_ROWS, TABLE_CHARACTERS, (s, i) => row(page, s, i, columns, hasBias));
  const summary = json.sliceSummary;
  return h(
    "section",
    { id: "slices" },
    h("h2", {}, "Slices"),
    hasBias && summary.withRows > 0
      ? h(
          "p",
          {},
          "Slices with rows: ",
          number("/sliceSummary/withRows", "count", summary.withRows),
          "; of them with an interval of the bias that leaves out 0: ",
          number("/sliceSummary/leaveOutZero", "count", summary.leaveOutZero),
          " (about ",
          number("/sliceSummary/byChance", "tenth", summary.byChance),
          " by chance alone in a model without bias).",
        )
      : null,
    h("div", { class: "charts" }, hasBias || json.slices.length === 0 ? biasForest(painter, page, json) : null, lossForest(painter, page, json)),
    rows.length > 0
      ? table(
          "Slices",
          true,
          [
            ["slice", "text"],
            ["rows", "n"],
            ...(hasBias
              ? ([
                  ["mean prediction", "n"],
                  ["mean label", "n"],
                  ["bias", "n"],
                  [intervalName(json.test?.level ?? null), "n"],
                  ["z", "n"],
                ] as const)
              : []),
            ...columns.map(([, title]) => [title, "n"] as const),
          ],
          rows,
        )
      : null,
    notAll(rows.length, json.slices.length, "slices"),
  );
}
