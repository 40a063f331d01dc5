import type { JsonGate, ReportJson } from "../json.js";
import { type Child, h, type Markup } from "../markup.js";
import { interval, intervalName, limited, notAll, number, numberCell, type Page, pointer, rowHead, table } from "./cells.js";
import { lossName } from "./loss-name.js";

const MAX_REASONS = 20;
const REASON_LENGTH = 400;
const HASH_LENGTH = 12;

/** Limits in the verdict: those that were exceeded, and the first ones (of all rows together). */
const SHOWN = 4;

type Entry = { limit: JsonGate["limits"][number]; i: number };

function parted(gate: JsonGate | null): { main: Entry[]; others: Entry[] } {
  const all = (gate?.limits ?? []).map((limit, i) => ({ limit, i }));
  if (all.length <= SHOWN + 2) return { main: all, others: [] };
  const main = all.filter(({ limit, i }) => i < 2 || !limit.passed).slice(0, 50);
  return { main, others: all.filter((entry) => !main.includes(entry)) };
}

/** The limits that the verdict leaves out, to unfold. null: it has them all. */
export function otherLimits(page: Page, json: ReportJson): Markup | null {
  const { others } = parted(json.gate);
  if (others.length === 0) return null;
  const { markup, rows } = limitTable(page, others, "Other limits");
  return h(
    "details",
    { class: "after" },
    h("summary", {}, `${others.length} more limits of the gate, ${others.every(({ limit }) => limit.passed) ? "all within" : "some exceeded"}`),
    markup,
    notAll(rows, others.length, "of these limits"),
  );
}

function limits(page: Page, json: ReportJson): Markup | null {
  const { main, others } = parted(json.gate);
  if (main.length === 0) return null;
  const within = others.every(({ limit }) => limit.passed);
  return h(
    "div",
    {},
    limitTable(page, main, "Limits of the gate").markup,
    others.length === 0
      ? null
      : h(
          "p",
          { class: "soft" },
          `${others.length} more limits, ${within ? "all within" : "some exceeded"}: under `,
          h("a", { href: "#numbers" }, "Numbers"),
          ".",
        ),
  );
}

function limitTable(page: Page, entries: readonly Entry[], caption: string): { markup: Markup; rows: number } {
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
  const model: Child = [
    "the current model ",
    h("span", { class: "hash" }, page.names.name(c.againstSha256.slice(0, HASH_LENGTH))),
    " on ",
    number(`${of}/rows`, "count", c.overall.rows),
    " rows",
  ];
  if (c.verdict !== "") {
    const clause = c.verdict.search(/[:.](\s|$)/) + 1;
    const [first, rest] = clause === 0 ? [c.verdict, ""] : [c.verdict.slice(0, clause), c.verdict.slice(clause)];
    return h("p", {}, h("strong", { class: "said" }, page.names.name(first, REASON_LENGTH)), page.names.name(rest, REASON_LENGTH), " (Against ", model, ".)");
  }
  return h(
    "p",
    {},
    `${capital(lossName(json))} changed by `,
    number(`${of}/difference`, "signed", c.overall.difference),
    ` (${intervalName(c.level)} `,
    interval(of, "low", "high", "signed", c.overall.low, c.overall.high),
    ") against ",
    model,
    "; negative is better.",
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
