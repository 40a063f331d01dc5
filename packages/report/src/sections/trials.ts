import { metricName, shownValue } from "../charts/trials.js";
import { format, type NumberKind } from "../format.js";
import { type Child, h, type Markup } from "../markup.js";
import { cut, visibleLines } from "../text.js";
import type { TuneJson, TuneTrialJson } from "../tune-json.js";
import { limited, number, numberCell, type Page, pointer, rowHead, table } from "./cells.js";

const TABLE_ROWS = 500;
const TABLE_CHARACTERS = 400_000;
const VALUE_LENGTH = 60;
const MAX_PARAMETERS = 20;
const MAX_CONFIGURATION = 50_000;

/** "model.l1 0.001, train.batchSize 64", every name isolated. */
export function parametersCell(page: Page, parameters: TuneTrialJson["parameters"]): Child {
  const entries = Object.entries(parameters);
  return entries
    .slice(0, MAX_PARAMETERS)
    .map(([path, value], i) => [i === 0 ? null : ", ", page.names.name(path), " ", page.names.name(shownValue(value), VALUE_LENGTH)])
    .concat(entries.length > MAX_PARAMETERS ? [[`, and ${entries.length - MAX_PARAMETERS} more`]] : []);
}

function note(json: TuneJson, t: TuneTrialJson, page: Page): Child {
  if (t.error !== null) return ["failed: ", page.names.name(t.error.code)];
  const notes = [t.trial === json.best.trial ? "best" : "", t.trial === json.oneStandardError?.trial ? "sparsest within one standard error" : ""];
  return notes.filter((text) => text !== "").join(", ");
}

function row(page: Page, json: TuneJson, i: number): Markup {
  const t = json.trials[i]!;
  const of = pointer("trials", i);
  const cell = (key: keyof TuneTrialJson, kind: NumberKind): Markup => numberCell(number(`${of}/${key}`, kind, t[key] as number | null));
  return h(
    "tr",
    {},
    rowHead(number(`${of}/trial`, "count", t.trial)),
    h("td", { class: "text" }, parametersCell(page, t.parameters)),
    cell(json.metric, "metric"),
    numberCell(
      t.difference === null
        ? ""
        : [number(`${of}/difference`, "signed", t.difference), " \u00b1 ", number(`${of}/differenceStandardError`, "metric", t.differenceStandardError)],
    ),
    ...(isLogistic(json) ? [cell("calibrationSlope", "metric")] : []),
    cell("nonZero", "count"),
    cell("epochs", "count"),
    h("td", {}, note(json, t, page)),
  );
}

const isLogistic = ({ head }: TuneJson): boolean => head === "logistic";

/** All trials, best first. */
export function trialsSection(page: Page, json: TuneJson): Markup {
  const rows = limited(json.bestFirst, TABLE_ROWS, TABLE_CHARACTERS, (trial) => row(page, json, trial - 1));
  return h(
    "section",
    { id: "trials" },
    h("h2", {}, "Trials"),
    h("p", {}, "Best first. The difference is that of the mean loss to the best trial's, paired by row, with its standard error."),
    isLogistic(json)
      ? h(
          "p",
          { class: "soft" },
          "The calibration slope is 1 where predictions are calibrated; above 1 they are drawn together (too much regularisation), below 1 spread too far.",
        )
      : null,
    table(
      "Trials",
      true,
      [
        ["trial", "text"],
        ["parameters", "text"],
        [metricName(json), "n"],
        ["loss against the best", "n"],
        ...(isLogistic(json) ? [["calibration slope", "n"] as const] : []),
        ["non-zero", "n"],
        ["epochs", "n"],
        ["", "text"],
      ],
      rows,
    ),
    rows.length >= json.trials.length
      ? null
      : h("p", { class: "soft" }, `Shown are ${format("count", rows.length)} of ${format("count", json.trials.length)} trials; all are in tune.json.`),
  );
}

/** What to write into the configuration. */
export function configurationSection(json: TuneJson): Markup {
  const block = (heading: string, configuration: unknown): Markup[] => [
    h("h3", {}, heading),
    h("pre", { tabindex: 0 }, cut(visibleLines(JSON.stringify(configuration, null, 2)), MAX_CONFIGURATION)),
  ];
  const sparse = json.oneStandardError;
  return h(
    "section",
    { id: "configuration" },
    h("h2", {}, "Configuration"),
    ...block("Of the best trial (tune.best.json)", json.best.configuration),
    ...(sparse === null || sparse.trial === json.best.trial ? [] : block("Of the sparsest within one standard error", sparse.configuration)),
  );
}
