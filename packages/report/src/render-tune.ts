import type { v1 } from "@crossbill/messages";
import { createPainter, type Painter } from "./charts/painter.js";
import { lossName, MAX_CHARTS, metricName, parameterFigure, pathFigures } from "./charts/trials.js";
import { document, TITLE_LENGTH } from "./document.js";
import { format } from "./format.js";
import { type Child, h, type Markup, Names } from "./markup.js";
import { number, type Page } from "./sections/cells.js";
import { configurationSection, parametersCell, trialsSection } from "./sections/trials.js";
import { summarizeTune } from "./summarize-tune.js";
import type { TuneJson } from "./tune-json.js";

/** The one-standard-error rule and its papers. */
const RULE = "Breiman, Friedman, Olshen and Stone 1984; Friedman, Hastie and Tibshirani 2010";

function verdict(page: Page, json: TuneJson): Markup {
  const { best, oneStandardError: sparse } = json;
  return h(
    "section",
    { class: "verdict", id: "best", "aria-label": "Best trial" },
    h("p", {}, h("strong", {}, "Best: trial ", number("/best/trial", "count", best.trial))),
    h("p", {}, parametersCell(page, best.parameters)),
    h(
      "p",
      {},
      `${metricName(json)} `,
      number(`/best/${json.metric}`, "metric", best[json.metric]),
      ...(json.metric === "loss" ? [" \u00b1 ", number("/best/lossStandardError", "metric", best.lossStandardError), " (one standard error)"] : []),
      ", ",
      number("/best/nonZero", "count", best.nonZero),
      " non-zero weights of ",
      number("/best/weights", "count", best.weights),
      ".",
    ),
    sparse === null
      ? null
      : h(
          "p",
          {},
          "Sparsest within one standard error (mean ",
          lossName(json.head),
          " at most ",
          number("/oneStandardError/limit", "metric", sparse.limit),
          "): trial ",
          number("/oneStandardError/trial", "count", sparse.trial),
          sparse.trial === best.trial
            ? ", the same."
            : [", ", parametersCell(page, sparse.parameters), ", ", number("/oneStandardError/nonZero", "count", sparse.nonZero), " non-zero weights."],
          ` (${RULE}.)`,
        ),
    h(
      "p",
      { class: "soft" },
      `Measured on the validation part (`,
      number("/rows/validation", "count", json.rows.validation),
      " rows; ",
      number("/rows/train", "count", json.rows.train),
      " to train on); no test row was read, so the test part still tells how good the chosen model is. The best of many is a little lucky: expect its loss to be somewhat higher there.",
    ),
  );
}

function charts(painter: Painter, json: TuneJson): Markup {
  const path = json.search === "path" ? json.parameters.find(({ log }) => log)?.path : undefined;
  const figures = path === undefined ? json.parameters.slice(0, MAX_CHARTS).map((_, i) => parameterFigure(painter, json, i)) : pathFigures(painter, json, path);
  return h(
    "section",
    { id: "charts" },
    h("h2", {}, path === undefined ? "By parameter" : "Along the path"),
    h("div", { class: "charts" }, ...figures),
    json.parameters.length > MAX_CHARTS && path === undefined
      ? h("p", { class: "soft" }, `Drawn are ${MAX_CHARTS} of ${json.parameters.length} parameters.`)
      : null,
  );
}

function body(painter: Painter, page: Page, json: TuneJson, title: string): Child[] {
  return [
    h(
      "header",
      {},
      h("h1", {}, page.names.name(title, TITLE_LENGTH)),
      h(
        "p",
        { class: "soft" },
        `Search for hyper-parameters: ${json.search}, ${format("count", json.trials.length)} trials, seed `,
        number("/seed", "plain", json.seed),
      ),
      verdict(page, json),
    ),
    h(
      "nav",
      { "aria-label": "Contents" },
      ...(["charts", "trials", "configuration"] as const).map((id) => h("a", { href: `#${id}` }, id[0]!.toUpperCase() + id.slice(1))),
    ),
    h("main", {}, charts(painter, json), trialsSection(page, json), configurationSection(json)),
    h("footer", {}, h("p", {}, "Made by Crossbill. Numbers are rounded here and whole in tune.json.")),
  ];
}

/**
 * The page of a search and what stands in `tune.json` beside it. The page is drawn from `json` alone; equal inputs give equal bytes.
 */
export async function renderTune(input: v1.ITuneInput): Promise<{ html: string; json: TuneJson }> {
  const json = summarizeTune(input);
  const painter = await createPainter();
  const title = json.title === "" ? "Crossbill search" : json.title;
  return { html: document(title, ...body(painter, { names: new Names() }, json, title)), json };
}
