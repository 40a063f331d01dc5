import type { JsonFairness, JsonRate, JsonSliceKey, ReportJson } from "../json.js";
import { type Child, h, type Markup } from "../markup.js";
import { inBrackets, limited, notAll, number, numberCell, type Page, pointer, rowHead, sliceCell, table } from "./cells.js";

const MAX_FIELDS = 6;
const MAX_GROUPS = 100;

const MEANINGS: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["demographicParity", ["demographic parity", "share called positive"]],
  ["equalOpportunity", ["equal opportunity", "true positive rate"]],
  ["equalizedOdds", ["equalized odds", "the larger of the differences of true and false positive rate"]],
]);

const groupCell = (page: Page, key: JsonSliceKey | null): Child => (key === null ? "not said" : sliceCell(page, key));

function groups(page: Page, one: JsonFairness, field: number): Markup {
  const rows = limited(one.groups, MAX_GROUPS, 25_000, (g, i) => {
    const of = pointer("fairness", field, "groups", i);
    const head = rowHead(sliceCell(page, g.slice));
    if (g.rows === 0) return h("tr", {}, head, numberCell(number(`${of}/rows`, "count", 0)), h("td", { colspan: 5, class: "soft" }, "n = 0, undefined"));
    const rate = (key: "positiveRate" | "truePositiveRate" | "falsePositiveRate" | "precision"): Markup => {
      const r: JsonRate = g[key];
      return numberCell(number(`${of}/${key}/value`, "metric", r.value), inBrackets(`${of}/${key}`, "low", "high", "metric", r.low, r.high));
    };
    return h(
      "tr",
      {},
      head,
      numberCell(number(`${of}/rows`, "count", g.rows)),
      numberCell(number(`${of}/baseRate`, "metric", g.baseRate)),
      rate("positiveRate"),
      rate("truePositiveRate"),
      rate("falsePositiveRate"),
      rate("precision"),
    );
  });
  return h(
    "div",
    {},
    table(
      `Fairness groups ${field + 1}`,
      true,
      [
        ["group", "text"],
        ["rows", "n"],
        ["share of label 1", "n"],
        ["called positive", "n"],
        ["true positive rate", "n"],
        ["false positive rate", "n"],
        ["precision", "n"],
      ],
      rows,
    ),
    notAll(rows.length, one.groups.length, "groups"),
  );
}

function differences(page: Page, one: JsonFairness, field: number): Markup | null {
  if (one.differences.length === 0) return null;
  const rows = one.differences.map((d, i) => {
    const of = pointer("fairness", field, "differences", i);
    const [name, meaning] = MEANINGS.get(d.name) ?? [d.name, ""];
    return h(
      "tr",
      {},
      rowHead(page.names.name(name), meaning === "" ? null : h("span", { class: "sub" }, meaning)),
      numberCell(number(`${of}/value`, "metric", d.value), inBrackets(of, "low", "high", "metric", d.low, d.high)),
      h("td", { class: "text" }, groupCell(page, d.most)),
      h("td", { class: "text" }, groupCell(page, d.least)),
    );
  });
  return table(
    `Fairness differences ${field + 1}`,
    false,
    [
      ["largest difference", "text"],
      ["", "n"],
      ["highest", "text"],
      ["lowest", "text"],
    ],
    rows,
  );
}

/** Decisions at the threshold by group. null: none were measured. */
export function fairnessSection(page: Page, json: ReportJson): Markup | null {
  if (json.fairness.length === 0) return null;
  const shown = json.fairness.slice(0, MAX_FIELDS);
  return h(
    "section",
    { id: "fairness" },
    h("h2", {}, "Fairness by group"),
    h(
      "p",
      {},
      "Are groups decided on alike at threshold ",
      number("/test/threshold", "metric", json.test?.threshold ?? null),
      "? A difference is not yet unfair, and none is not yet fair: shares of label 1 may differ (Hardt, Price and Srebro 2016).",
    ),
    ...shown.map((one, field) =>
      h("div", {}, h("h3", { class: "part" }, "By ", page.names.name(one.field)), groups(page, one, field), differences(page, one, field)),
    ),
    notAll(shown.length, json.fairness.length, "fields"),
  );
}
