import type { JsonSlice, ReportJson } from "../json.js";
import { type Child, h, type Markup } from "../markup.js";
import { interval, intervalName, number, type Page, pointer, sliceCell } from "./cells.js";

const MAX_CAUSES = 10;
const MESSAGE_LENGTH = 500;

const item = (word: string, ...text: readonly Child[]): Markup => h("li", {}, h("strong", {}, word), " ", ...text);
const see = (id: string, text: string): Markup => h("a", { href: `#${id}` }, text);

/** Whether the interval of the overall bias leaves out 0. */
function overall(json: ReportJson): Markup | null {
  const { test } = json;
  if (test === null || test.bias.difference === null || test.bias.low === null || test.bias.high === null) return null;
  const { low, high, difference } = test.bias;
  const sure = low > 0 || high < 0;
  return item(
    !sure ? "No bias over all rows." : difference > 0 ? "Predictions are too high over all rows." : "Predictions are too low over all rows.",
    "Mean prediction ",
    number("/test/bias/meanPrediction", "metric", test.bias.meanPrediction),
    ", mean label ",
    number("/test/bias/meanLabel", "metric", test.bias.meanLabel),
    `, ${intervalName(test.level)} of the difference `,
    interval("/test/bias", "low", "high", "signed", low, high),
    ".",
  );
}

/** How many bins lie off the diagonal for sure. */
function calibration(json: ReportJson): Markup | null {
  const { calibrationSummary: found } = json;
  if (found === null) return null;
  const at = (key: string): string => pointer("calibrationSummary", key);
  const bins: Child = [number(at("outside"), "count", found.outside), " of ", number(at("bins"), "count", found.bins), " bins"];
  const how = found.simultaneous ? "the band that holds for all bins at once" : `their ${intervalName(json.test?.level ?? null)}s`;
  if (found.outside === 0) return item("Calibration holds:", "every bin is within ", how, ". ", see("calibration", "Calibration"));
  return item(
    "Look at calibration:",
    "the mean prediction of ",
    bins,
    ` lies outside ${how} (too high in `,
    number(at("tooHigh"), "count", found.tooHigh),
    ", too low in ",
    number(at("tooLow"), "count", found.tooLow),
    found.simultaneous ? "). " : ["; about ", number(at("byChance"), "tenth", found.byChance), " would by chance). "],
    see("calibration", "Calibration"),
  );
}

function biased(page: Page, of: string, s: JsonSlice): Child {
  return [
    (s.bias.difference ?? 0) > 0 ? "predicted too high in " : "predicted too low in ",
    h("strong", {}, sliceCell(page, s.slice)),
    ": mean prediction ",
    number(`${of}/bias/meanPrediction`, "metric", s.bias.meanPrediction),
    " where ",
    number(`${of}/bias/meanLabel`, "metric", s.bias.meanLabel),
    " was found, z ",
    number(`${of}/z`, "z", s.z),
    ", ",
    number(`${of}/rows`, "count", s.rows),
    " rows. ",
  ];
}

/** Smallest p of as many slices that chance brings at this rate (Bonferroni). */
const SURE = 0.05;

/** The slice most surely biased: one that a search found, else a configured one that even their number does not explain. */
function slices(page: Page, json: ReportJson): Markup | null {
  const search = json.foundSlices.bias;
  const tested = (): Markup => number("/foundSlices/bias/tested", "count", search?.tested ?? null);
  const top = search?.found[0];
  if (search !== null && top !== undefined)
    return item(
      search.found.length === 1 ? "Look at a slice:" : "Look at slices, first this one:",
      biased(page, pointer("foundSlices", "bias", "found", 0), top),
      "Found among ",
      tested(),
      " that were tested. ",
      see("found", "Found slices"),
    );
  const first = json.slices[0];
  if (first?.pValue != null && first.pValue * json.sliceSummary.withRows <= SURE)
    return item(
      "Look at a slice:",
      biased(page, pointer("slices", 0), first),
      "More than chance explains among the ",
      number("/sliceSummary/withRows", "count", json.sliceSummary.withRows),
      " configured slices. ",
      see("slices", "Slices"),
      search === null ? null : [". A search of ", tested(), " combinations, on half of the rows, found none by itself. ", see("found", "Found slices")],
    );
  return search === null ? null : item("No biased slice found:", tested(), " combinations were tested. ", see("found", "Found slices"));
}

function warnings(json: ReportJson): Markup | null {
  const told = json.train?.diagnostics.filter(({ level }) => level === "warn").length ?? 0;
  if (told === 0) return null;
  return item("Training warned", told === 1 ? "once. " : `${told} times. `, see("diagnostics", "What training found"));
}

function checks(json: ReportJson): Markup | null {
  if (json.checks.length === 0) return null;
  const failed = json.checks.filter(({ level }) => level === "fail").length;
  return item(
    "Data checks:",
    `${json.checks.length} ${json.checks.length === 1 ? "finding" : "findings"}${failed > 0 ? `, ${failed} failed` : ""}. `,
    see("checks", "Data checks"),
  );
}

/** What the evaluation takes to be behind a bias, with what to look at. */
function causes(page: Page, json: ReportJson): Markup | null {
  if (json.causes.length === 0) return null;
  return h(
    "div",
    { id: "causes" },
    h("h2", { class: "minor" }, "Likely causes of bias"),
    h(
      "ol",
      {},
      ...json.causes
        .slice(0, MAX_CAUSES)
        .map(({ code, message, fields }) =>
          h(
            "li",
            {},
            h("code", {}, page.names.name(code)),
            ": ",
            page.names.name(message, MESSAGE_LENGTH),
            fields.length === 0 ? null : [" (fields ", fields.slice(0, MAX_CAUSES).map((field, i) => [i === 0 ? null : ", ", page.names.name(field)]), ")"],
          ),
        ),
    ),
  );
}

/** What a reader should see first of everything below. */
export function glance(page: Page, json: ReportJson): Markup | null {
  const items = [slices(page, json), calibration(json), overall(json), warnings(json), checks(json)].filter((found) => found !== null);
  const likely = causes(page, json);
  if (items.length === 0 && likely === null) return null;
  return h("section", { id: "glance", "aria-label": "What to look at" }, items.length === 0 ? null : h("ul", { class: "glance" }, ...items), likely);
}
