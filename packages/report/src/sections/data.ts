import type { ReportJson } from "../json.js";
import { type Child, h, type Markup } from "../markup.js";
import { cut, visibleLines } from "../text.js";
import { limited, notAll, number, numberCell, type Page, pointer, rowHead, table } from "./cells.js";

const MAX_CONFIGURATION = 50_000;

/** Rows read, rejected and used. */
export function dataSection(page: Page, json: ReportJson): Markup {
  const codes = Object.entries(json.rejects);
  const rejects = limited(codes, 100, 100_000, ([code, rows]) =>
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
    json.configuration === "" ? null : h("h3", {}, "Configuration"),
    json.configuration === "" ? null : h("pre", { tabindex: 0 }, cut(visibleLines(json.configuration), MAX_CONFIGURATION)),
  );
}
