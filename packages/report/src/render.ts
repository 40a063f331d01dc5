import type { v1 } from "@crossbill/messages";
import { createPainter, type Painter } from "./charts/painter.js";
import { document, TITLE_LENGTH } from "./document.js";
import type { ReportJson } from "./json.js";
import { type Child, h, type Markup, Names } from "./markup.js";
import { calibrationSection } from "./sections/calibration.js";
import type { Page } from "./sections/cells.js";
import { changedSection } from "./sections/changed.js";
import { classSection } from "./sections/classes.js";
import { dataSection, lineageSection } from "./sections/data.js";
import { fairnessSection } from "./sections/fairness.js";
import { foundSection } from "./sections/found.js";
import { glance } from "./sections/glance.js";
import { headlineSection } from "./sections/headline.js";
import { layerSection } from "./sections/layers.js";
import { ofClasses } from "./sections/loss-name.js";
import { rankingSection } from "./sections/ranking.js";
import { sliceSection } from "./sections/slices.js";
import { trainingSection, weightSection } from "./sections/training.js";
import { verdictSection } from "./sections/verdict.js";
import { summarize } from "./summary.js";

/** In the order of a reader's questions. A section that has nothing to say is null. */
function sections(painter: Painter, page: Page, json: ReportJson): readonly (readonly [id: string, name: string, section: Markup | null])[] {
  const { test } = json;
  return [
    ["numbers", "Numbers", headlineSection(page, json)],
    ["training", "Learning", trainingSection(painter, page, json)],
    ["layers", "Layers", layerSection(painter, page, json)],
    ["ranking", "Ranking and threshold", test?.head === "logistic" ? rankingSection(painter, json, test) : null],
    ["calibration", "Calibration", test === null || ofClasses(test) ? null : calibrationSection(painter, page, test)],
    ["slices", "Slices", sliceSection(painter, page, json)],
    ["found", "Found slices", foundSection(painter, page, json)],
    ["fairness", "Fairness", fairnessSection(page, json)],
    ["classes", "Classes", classSection(painter, page, json)],
    ["changed", "Changed rows", changedSection(page, json)],
    ["weights", "Weights", weightSection(painter, page, json)],
    ["data", "Data", dataSection(page, json)],
    ["lineage", "Lineage", lineageSection(page, json)],
  ];
}

function body(painter: Painter, page: Page, json: ReportJson, title: string): Child[] {
  const { model } = json;
  const drawn = sections(painter, page, json).filter(([, , section]) => section !== null);
  return [
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
      glance(page, json),
    ),
    h("nav", { "aria-label": "Contents" }, ...drawn.map(([id, text]) => h("a", { href: `#${id}` }, text))),
    h("main", {}, ...drawn.map(([, , section]) => section)),
    h("footer", {}, h("p", {}, "Made by Crossbill. Numbers are rounded here and whole in report.json.")),
  ];
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
  return { html: document(title, ...body(painter, page, json, title)), json };
}
