import type { ReportJson } from "../json.js";
import { h, type Markup } from "../markup.js";
import { limited, notAll, number, numberCell, type Page, pointer, rowHead, table } from "./cells.js";
import { ofNumbers } from "./loss-name.js";

const MAX_ROWS = 100;

/** Rows that the two models see most differently. null: nothing was compared, or nothing recorded. */
export function changedSection(page: Page, json: ReportJson): Markup | null {
  const changed = json.comparison?.changed ?? [];
  if (changed.length === 0) return null;
  const rows = limited(changed, MAX_ROWS, 60_000, (row, i) => {
    const of = pointer("comparison", "changed", i);
    return h(
      "tr",
      {},
      rowHead(page.names.name(row.key)),
      numberCell(number(`${of}/label`, "plain", row.label)),
      numberCell(number(`${of}/predictionNew`, "metric", row.predictionNew)),
      numberCell(number(`${of}/predictionCurrent`, "metric", row.predictionCurrent)),
      numberCell(number(`${of}/difference`, "signed", row.difference)),
    );
  });
  return h(
    "section",
    { id: "changed" },
    h("h2", {}, "Rows that changed most"),
    h(
      "p",
      {},
      `The rows whose predictions differ most between this model and the current one${ofNumbers(json.test) ? "" : ", by log-odds"}. What do they have in common?`,
    ),
    table(
      "Rows that changed most",
      true,
      [
        ["row", "text"],
        ["label", "n"],
        ["new prediction", "n"],
        ["current prediction", "n"],
        [ofNumbers(json.test) ? "difference" : "difference of log-odds", "n"],
      ],
      rows,
    ),
    notAll(rows.length, changed.length, "rows"),
  );
}
