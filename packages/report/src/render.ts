import type { v1 } from "@crossbill/messages";
import { calibrationFigures } from "./charts/calibration.js";
import { createPainter, type Painter } from "./charts/painter.js";
import { precisionRecallFigure, rocFigure } from "./charts/ranking.js";
import { document, TITLE_LENGTH } from "./document.js";
import type { JsonTest, ReportJson } from "./json.js";
import { h, type Markup, Names } from "./markup.js";
import type { Page } from "./sections/cells.js";
import { dataSection, lineageSection } from "./sections/data.js";
import { headlineSection } from "./sections/headline.js";
import { sliceSection } from "./sections/slices.js";
import { trainingSection, weightSection } from "./sections/training.js";
import { verdictSection } from "./sections/verdict.js";
import { summarize } from "./summary.js";

const CONTENTS = [
  ["numbers", "Numbers"],
  ["ranking", "Ranking"],
  ["calibration", "Calibration"],
  ["slices", "Slices"],
  ["training", "Training"],
  ["weights", "Weights"],
  ["data", "Data"],
  ["lineage", "Lineage"],
] as const;

function rankingSection(painter: Painter, test: JsonTest): Markup {
  return h(
    "section",
    { id: "ranking" },
    h("h2", {}, "Ranking"),
    h("p", {}, "Does a positive row get a higher prediction than a negative one?"),
    h("div", { class: "charts" }, rocFigure(painter, test), precisionRecallFigure(painter, test)),
  );
}

function calibrationSection(painter: Painter, test: JsonTest): Markup {
  return h(
    "section",
    { id: "calibration" },
    h("h2", {}, "Calibration"),
    h(
      "p",
      {},
      "Do the predictions mean what they say? Below the diagonal they are too high, above it too low. Bars are intervals of the bin's mean label; a larger point has more weight.",
    ),
    h("div", { class: "charts" }, ...calibrationFigures(painter, test)),
  );
}

function body(painter: Painter, page: Page, json: ReportJson, title: string): Markup {
  const { test, model } = json;
  const drawn = CONTENTS.filter(([id]) => (test !== null && test.head === "logistic") || id !== "ranking").filter(
    ([id]) => test !== null || id !== "calibration",
  );
  return h(
    "body",
    {},
    h(
      "header",
      {},
      h("h1", {}, page.names.name(title, TITLE_LENGTH)),
      h(
        "p",
        { class: "soft" },
        model.version === "" ? "Model not published" : ["Model ", page.names.name(model.version)],
        ", sha256 ",
        h("span", { class: "hash" }, page.names.name(model.sha256.slice(0, 16))),
      ),
      verdictSection(page, json),
    ),
    h("nav", { "aria-label": "Contents" }, ...drawn.map(([id, text]) => h("a", { href: `#${id}` }, text))),
    h(
      "main",
      {},
      headlineSection(page, json),
      test?.head === "logistic" ? rankingSection(painter, test) : null,
      test === null ? null : calibrationSection(painter, test),
      sliceSection(painter, page, json),
      trainingSection(painter, page, json),
      weightSection(painter, page, json),
      dataSection(page, json),
      lineageSection(page, json),
    ),
    h("footer", {}, h("p", {}, "Made by Crossbill. Numbers are rounded here and whole in report.json.")),
  );
}

/**
 * The report of one training run: one HTML page that needs nothing else, and what stands in `report.json` beside it.
 * The page is drawn from `json` alone; equal inputs give equal bytes. Plot and linkedom are loaded with the first call.
 */
export async function renderReport(input: v1.IReportInput): Promise<{ html: string; json: ReportJson }> {
  const json = summarize(input);
  const painter = await createPainter();
  const title = json.title === "" ? "Crossbill report" : json.title;
  const page: Page = { names: new Names() };
  return { html: document(title, body(painter, page, json, title)), json };
}
