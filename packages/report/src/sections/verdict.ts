import type { ReportJson } from "../json.js";
import { h, type Markup } from "../markup.js";
import { interval, intervalName, limited, notAll, number, numberCell, type Page, pointer, rowHead, table } from "./cells.js";
import { lossName } from "./loss-name.js";

const MAX_REASONS = 50;
const REASON_LENGTH = 400;
const HASH_LENGTH = 12;

/** Limits shown at once: those that were exceeded, and the first ones (of all rows together); the others open on demand. */
const SHOWN = 4;

function limits(page: Page, json: ReportJson): Markup | null {
  const gate = json.gate;
  if (gate === null || gate.limits.length === 0) return null;
  const all = gate.limits.map((limit, i) => ({ limit, i }));
  const few = all.length <= SHOWN + 2;
  const shown = few ? all : all.filter(({ limit, i }) => i < 2 || !limit.passed).slice(0, 50);
  const rest = few ? [] : all.filter((entry) => !shown.includes(entry));
  const [main, others] = [limitTable(page, shown, "Limits of the gate"), limitTable(page, rest, "Other limits")];
  return h(
    "div",
    {},
    main.markup,
    rest.length === 0
      ? null
      : h(
          "details",
          {},
          h("summary", {}, `${rest.length} more limits, ${rest.every(({ limit }) => limit.passed) ? "all within" : "some exceeded"}`),
          others.markup,
        ),
    notAll(main.rows + others.rows, all.length, "limits"),
  );
}

function limitTable(
  page: Page,
  entries: readonly { limit: NonNullable<ReportJson["gate"]>["limits"][number]; i: number }[],
  caption: string,
): { markup: Markup; rows: number } {
  const rows = limited(entries, 100, 50_000, ({ limit, i }) =>
    h(
      "tr",
      {},
      rowHead(page.names.name(limit.name)),
      numberCell(number(pointer("gate", "limits", i, "value"), "metric", limit.value)),
      numberCell(limit.low === null && limit.high === null ? "" : interval(pointer("gate", "limits", i), "low", "high", "metric", limit.low, limit.high)),
      numberCell(number(pointer("gate", "limits", i, "limit"), "plain", limit.limit)),
      h("td", {}, limit.passed ? "\u2713 within" : "\u2717 exceeded"),
    ),
  );
  const heads: [string, "text" | "n"][] = [
    ["limit", "text"],
    ["found", "n"],
    ["interval", "n"],
    ["allowed", "n"],
    ["", "text"],
  ];
  return { markup: table(caption, false, heads, rows), rows: rows.length };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The one sentence about the new model against the current one. */
function against(page: Page, json: ReportJson): Markup | null {
  const c = json.comparison;
  if (c?.overall == null || c.overall.rows === 0) return null;
  const of = pointer("comparison", "overall");
  return h(
    "p",
    {},
    c.verdict === "" ? null : [h("strong", { class: "said" }, page.names.name(c.verdict, REASON_LENGTH)), " "],
    `${capital(lossName(json))} changed by `,
    number(`${of}/difference`, "signed", c.overall.difference),
    ` (${intervalName(c.level)} `,
    interval(of, "low", "high", "signed", c.overall.low, c.overall.high),
    ") against the current model ",
    h("span", { class: "hash" }, page.names.name(c.againstSha256.slice(0, HASH_LENGTH))),
    " on ",
    number(`${of}/rows`, "count", c.overall.rows),
    " rows; negative is better.",
  );
}

/** What the gate decided and why. The word and the sign say it, colour only repeats it. */
export function verdictSection(page: Page, json: ReportJson): Markup {
  const { gate } = json;
  const status = gate === null ? "none" : gate.accepted ? "accepted" : "rejected";
  const words = { none: "\u2013 No gate has decided yet", accepted: "\u2713 Accepted by the gate", rejected: "\u2717 Rejected by the gate" }[status];
  const reasons = (gate?.reasons ?? []).slice(0, MAX_REASONS);
  return h(
    "section",
    { class: `verdict ${status}`, id: "verdict", "aria-label": "Verdict" },
    h("p", {}, h("strong", {}, words)),
    reasons.length > 0 ? h("ul", {}, ...reasons.map((reason) => h("li", {}, page.names.name(reason, REASON_LENGTH)))) : null,
    gate === null ? h("p", {}, "This model was trained and measured, but not held against the limits of the configuration.") : null,
    gate !== null && reasons.length === 0 ? h("p", {}, gate.accepted ? "Every limit of the configuration is kept." : "The gate gave no reason.") : null,
    against(page, json),
    limits(page, json),
    gate === null ? null : notAll(reasons.length, gate.reasons.length, "reasons"),
  );
}
