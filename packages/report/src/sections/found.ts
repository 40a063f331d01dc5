import { type ForestRow, forest } from "../charts/forest.js";
import { figure, type Painter } from "../charts/painter.js";
import { format } from "../format.js";
import type { JsonFoundSlices, ReportJson } from "../json.js";
import { type Child, h, type Markup } from "../markup.js";
import { interval, intervalName, limited, notAll, number, numberCell, type Page, pointer, rowHead, sliceCell, sliceLabel, sliceShort, table } from "./cells.js";
import { lossName } from "./loss-name.js";

const CHART_ROWS = 30;
const TABLE_ROWS = 50;
const TABLE_CHARACTERS = 60_000;

type Metric = "bias" | "logLoss";

/** What was searched, and by which rule a slice counts as found. */
function rule(page: Page, metric: Metric, search: JsonFoundSlices): Markup {
  const at = (key: string): string => pointer("foundSlices", metric, key);
  const fields: Child = search.fields.slice(0, 30).map((field, i) => [i === 0 ? null : ", ", page.names.name(field)]);
  return h(
    "p",
    {},
    "Tested: ",
    number(at("tested"), "count", search.tested),
    " combinations of up to ",
    number(at("depth"), "count", search.depth),
    " of the fields ",
    fields,
    search.fields.length > 30 ? " and more" : null,
    ", with at least ",
    number(at("minRows"), "count", search.minRows),
    " rows in each half. On one half (",
    number(at("rowsSearched"), "count", search.rowsSearched),
    " rows) ",
    number(at("candidates"), "count", search.candidates),
    " passed at a false discovery rate of ",
    number(at("falseDiscoveryRate"), "plain", search.falseDiscoveryRate),
    " (Benjamini and Hochberg 1995); those that held on the other half (",
    number(at("rowsConfirmed"), "count", search.rowsConfirmed),
    " rows) stand here, with their numbers there.",
  );
}

function chart(painter: Painter, page: Page, json: ReportJson, metric: Metric, search: JsonFoundSlices, heading: string): Markup {
  const rows: ForestRow[] = search.found.flatMap((s) =>
    s.effect === null
      ? []
      : [
          {
            label: sliceLabel(s.slice),
            short: sliceShort(s.slice),
            several: Object.keys(s.slice).length > 1,
            rows: s.rows,
            value: s.effect,
            low: s.low,
            high: s.high,
            details: `${format("signed", s.effect)} (${format("signed", s.low)} to ${format("signed", s.high)}), z ${format("z", s.z)}\nadjusted p ${format("p", s.adjustedPValue)}\nrows ${format("count", s.rows)}`,
          },
        ],
  );
  if (rows.length === 0) return figure("How far off", "Undefined.", []);
  const shown = rows.slice(0, CHART_ROWS);
  const axis = metric === "bias" ? "mean prediction \u2212 mean label" : `${lossName(json)}: slice \u2212 other rows`;
  return figure(
    "How far off",
    forest(painter, page.names, `${heading}: ${shown.length} with intervals`, axis, shown, metric === "bias" ? (json.test?.bias.difference ?? null) : null),
    [{ mark: "\u25c6", colour: "line", text: `${intervalName(json.test?.level ?? null)} leaves out 0` }],
    metric === "bias" ? "Right of 0: predicted too high; left: too low. Strongest first." : "Right of 0: worse than the other rows. Strongest first.",
  );
}

function foundTable(page: Page, json: ReportJson, metric: Metric, search: JsonFoundSlices, heading: string): Markup | null {
  const bias = metric === "bias";
  const rows = limited(search.found, TABLE_ROWS, TABLE_CHARACTERS, (s, i) => {
    const of = pointer("foundSlices", metric, "found", i);
    return h(
      "tr",
      {},
      h("td", { class: "n" }, String(i + 1)),
      rowHead(sliceCell(page, s.slice)),
      numberCell(number(`${of}/rows`, "count", s.rows)),
      ...(bias
        ? [
            numberCell(number(`${of}/bias/meanPrediction`, "metric", s.bias.meanPrediction)),
            numberCell(number(`${of}/bias/meanLabel`, "metric", s.bias.meanLabel)),
          ]
        : [numberCell(number(`${of}/logLoss`, "metric", s.logLoss))]),
      numberCell(number(`${of}/effect`, "signed", s.effect)),
      numberCell(interval(of, "low", "high", "signed", s.low, s.high)),
      numberCell(number(`${of}/z`, "z", s.z)),
      numberCell(number(`${of}/adjustedPValue`, "p", s.adjustedPValue)),
      numberCell(number(`${of}/searchEffect`, "signed", s.searchEffect)),
      numberCell(number(`${of}/searchRows`, "count", s.searchRows)),
    );
  });
  if (rows.length === 0) return null;
  return h(
    "div",
    {},
    table(
      heading,
      true,
      [
        ["rank", "n"],
        ["slice", "text"],
        ["rows", "n"],
        ...(bias
          ? ([
              ["mean prediction", "n"],
              ["mean label", "n"],
            ] as const)
          : ([["log-loss", "n"]] as const)),
        [bias ? "bias" : "loss above the others", "n"],
        [intervalName(json.test?.level ?? null), "n"],
        ["z", "n"],
        ["adjusted p", "n"],
        ["in the first half", "n"],
        ["its rows", "n"],
      ],
      rows,
    ),
    notAll(rows.length, search.found.length, "slices"),
  );
}

/** Slices that nobody named: what a search over the fields confirmed, most surely off first. null: no search was made. */
export function foundSection(painter: Painter, page: Page, json: ReportJson): Markup | null {
  const { bias, logLoss } = json.foundSlices;
  if (bias === null && logLoss === null) return null;
  const part = (metric: Metric, search: JsonFoundSlices | null, heading: string): Child =>
    search === null
      ? null
      : [
          h("h3", { class: "part" }, heading),
          h(
            "div",
            { class: "charts" },
            rule(page, metric, search),
            search.found.length === 0 ? h("p", { class: "empty" }, "None held on both halves.") : chart(painter, page, json, metric, search, heading),
          ),
          foundTable(page, json, metric, search, heading),
        ];
  return h(
    "section",
    { id: "found" },
    h("h2", {}, "Found slices"),
    part("bias", bias, "Slices found with a bias"),
    part("logLoss", logLoss, `Slices found with a higher ${lossName(json)}`),
  );
}
