import type { ReportJson } from "../json.js";
import { type Child, h, type Markup } from "../markup.js";
import { cut, visibleLines } from "../text.js";
import { limited, notAll, number, numberCell, type Page, pointer, rowHead, table } from "./cells.js";

const MAX_CONFIGURATION = 20_000;

/** Rows read, rejected and used. */
export function dataSection(page: Page, json: ReportJson): Markup {
  const codes = Object.entries(json.rejects);
  const rejects = limited(codes, 100, 40_000, ([code, rows]) =>
    h("tr", {}, rowHead(page.names.name(code)), numberCell(number(pointer("rejects", code), "count", rows))),
  );
  const row = (name: string, key: keyof ReportJson["rows"]): Markup =>
    h("tr", {}, rowHead(name), numberCell(number(pointer("rows", key), "count", json.rows[key])));
  return h(
    "section",
    { id: "data" },
    h("h2", {}, "Data"),
    h(
      "div",
      { class: "charts" },
      table(
        "Rows",
        false,
        [
          ["rows", "text"],
          ["", "n"],
        ],
        [
          row("read by this run", "read"),
          row("rejected by this run", "rejected"),
          row("training", "train"),
          row("validation", "validation"),
          row("test", "test"),
        ],
      ),
      codes.length === 0
        ? h("p", { class: "soft" }, json.rows.rejected === 0 ? "No row was rejected." : "The reasons of rejection were not recorded.")
        : h(
            "div",
            {},
            table(
              "Rejected rows by reason",
              false,
              [
                ["reason of rejection", "text"],
                ["rows", "n"],
              ],
              rejects,
            ),
            notAll(rejects.length, codes.length, "reasons"),
          ),
    ),
    checkTable(page, json),
  );
}

const MAX_CHECKS = 100;
const MESSAGE_LENGTH = 300;

/** What the data checks found: fields that came, went or drifted. */
function checkTable(page: Page, { checks }: ReportJson): Markup | null {
  if (checks.length === 0) return null;
  const rows = limited(checks, MAX_CHECKS, 60_000, (one, i) => {
    const of = pointer("checks", i);
    return h(
      "tr",
      {},
      rowHead(one.field === "" ? "all fields" : page.names.name(one.field)),
      h("td", { class: "text" }, page.names.name(one.check)),
      h("td", {}, one.level === "fail" ? "\u2717 failed" : "! warning"),
      numberCell(one.value === null ? "" : number(`${of}/value`, "metric", one.value)),
      numberCell(one.limit === null ? "" : number(`${of}/limit`, "plain", one.limit)),
      h("td", { class: "text" }, page.names.name(one.message, MESSAGE_LENGTH)),
    );
  });
  return h(
    "div",
    { id: "checks", class: "after" },
    h("h3", {}, "Data checks and drift"),
    table(
      "Data checks",
      true,
      [
        ["field", "text"],
        ["check", "text"],
        ["", "text"],
        ["found", "n"],
        ["limit", "n"],
        ["what to know", "text"],
      ],
      rows,
    ),
    notAll(rows.length, checks.length, "findings"),
  );
}

/** What stands for the solution of the exact solver: anybody can recompute it from the rows and the weights. */
function certificate(json: ReportJson): Markup | null {
  const c = json.train?.certificate ?? null;
  if (c === null) return null;
  const at = (key: string): string => pointer("train", "certificate", key);
  const pair = (term: string, ...value: readonly Child[]): Child => [h("dt", {}, term), h("dd", {}, ...value)];
  return h(
    "div",
    { id: "certificate" },
    h("h3", {}, "Certificate of the optimum"),
    h(
      "dl",
      { class: "pairs" },
      pair("sum of predictions", number(at("sumPredictions"), "weight", c.sumPredictions)),
      pair("sum of labels", number(at("sumLabels"), "weight", c.sumLabels), " (equal at the optimum, over the training rows)"),
      pair("difference", number(at("sumDifference"), "signed", c.sumDifference)),
      pair("objective", number(at("objective"), "metric", c.objective)),
      pair("gradient norm", number(at("gradientNorm"), "metric", c.gradientNorm)),
      pair(
        "relative gradient norm",
        number(at("relativeGradientNorm"), "metric", c.relativeGradientNorm),
        c.converged ? " (within the tolerance)" : " (above the tolerance)",
      ),
      c.dualityGap === null ? null : pair("duality gap", number(at("dualityGap"), "metric", c.dualityGap)),
    ),
  );
}

/** What this model was made of. */
export function lineageSection(page: Page, json: ReportJson): Markup {
  const { lineage, model } = json;
  const pair = (term: string, value: Child): Child => [h("dt", {}, term), h("dd", {}, value)];
  const hash = (text: string): Child => (text === "" ? "not said" : h("span", { class: "hash" }, page.names.name(text)));
  return h(
    "section",
    { id: "lineage" },
    h("h2", {}, "Lineage"),
    h(
      "dl",
      { class: "pairs" },
      pair("model version", model.version === "" ? "not published" : page.names.name(model.version)),
      pair("model sha256", hash(model.sha256)),
      json.comparison === null ? null : pair("compared with sha256", hash(json.comparison.againstSha256)),
      pair("build", hash(lineage.build)),
      pair("configuration sha256", hash(lineage.configSha256)),
      pair("ingestion key", hash(lineage.ingestKey)),
      pair("seed", number("/lineage/seed", "plain", lineage.seed)),
    ),
    certificate(json),
    json.configuration === "" ? null : h("h3", {}, "Configuration"),
    json.configuration === "" ? null : h("pre", { tabindex: 0 }, cut(visibleLines(json.configuration), MAX_CONFIGURATION)),
  );
}
