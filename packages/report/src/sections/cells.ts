import { format, type NumberKind, percentLevel } from "../format.js";
import type { JsonSliceKey, Num } from "../json.js";
import { type Child, h, type Markup, type Names } from "../markup.js";

/** What every section draws with. */
export interface Page {
  readonly names: Names;
}

/** A JSON pointer as RFC 6901 writes it in URIs (percent-encoded), without the `#`. `steps` are well-formed strings. */
export function pointer(...steps: readonly (string | number)[]): string {
  return steps.map((step) => `/${encodeURIComponent(String(step).replaceAll("~", "~0").replaceAll("/", "~1"))}`).join("");
}

/** A number of `report.json`: `of` is its JSON pointer there, `value` its full precision, the text its rounding. */
export function number(of: string, kind: NumberKind, value: Num): Markup {
  return h("data", { value: value === null ? "" : String(value), "data-of": of, "data-kind": kind }, format(kind, value));
}

/** "a to b" of an interval, or "undefined" where an end is. */
export function interval(of: string, lowKey: string, highKey: string, kind: NumberKind, low: Num, high: Num): Child {
  if (low === null || high === null) return "undefined";
  return [number(`${of}/${lowKey}`, kind, low), " to ", number(`${of}/${highKey}`, kind, high)];
}

/** "(a to b)" in a table, or nothing where there is no interval. */
export function inBrackets(of: string, lowKey: string, highKey: string, kind: NumberKind, low: Num, high: Num): Child {
  return low === null || high === null ? null : h("span", { class: "sub" }, interval(of, lowKey, highKey, kind, low, high));
}

export function intervalName(level: Num): string {
  return `${percentLevel(level)} interval`;
}

/** Values that are empty, or begin or end with a space, stand in quotes. */
const quote = (value: string): string => (/^\s|\s$|^$/.test(value) ? '"' : "");
const quoted = (value: string): string => `${quote(value)}${value}${quote(value)}`;

/** A slice as text: "country = DE, device missing". */
export function sliceLabel(slice: JsonSliceKey): string {
  const parts = Object.entries(slice).map(([field, value]) => (value === null ? `${field} missing` : `${field} = ${quoted(value)}`));
  return parts.length === 0 ? "all rows" : parts.join(", ");
}

/** The values alone, for where the fields do not fit: "DE \u00d7 phone". */
export function sliceShort(slice: JsonSliceKey): string {
  return Object.values(slice)
    .map((value) => (value === null ? "(missing)" : quoted(value)))
    .join(" \u00d7 ");
}

/** A slice in a table, every name isolated. */
export function sliceCell(page: Page, slice: JsonSliceKey): Child {
  const entries = Object.entries(slice);
  if (entries.length === 0) return "all rows";
  return entries.map(([field, value], i) => [
    i === 0 ? null : ", ",
    page.names.name(field),
    value === null ? " missing" : [" = ", quote(value), page.names.name(value), quote(value)],
  ]);
}

/** A table in a box that scrolls sideways by itself, so that the page never does. `label` is the program's own text; the page's script offers it as CSV. */
export function table(label: string, tall: boolean, head: readonly (readonly [string, "n" | "text"])[], body: readonly Markup[]): Markup {
  return boxed(
    label,
    tall,
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...head.map(([text, kind]) => h("th", { scope: "col", class: kind === "n" ? "n" : undefined }, text)))),
      h("tbody", {}, ...body),
    ),
  );
}

/** The box of {@link table}, for tables of another shape. */
export function boxed(label: string, tall: boolean, made: Markup): Markup {
  return h(
    "div",
    { class: "tabular", "data-table": fileName(label) },
    h("div", { class: tall ? "scroll tall" : "scroll", tabindex: 0, role: "region", "aria-label": label }, made),
  );
}

/** Lower case, digits and hyphens: "By country" is "by-country". */
export function fileName(label: string): string {
  return label
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

export const rowHead = (...children: readonly Child[]): Markup => h("th", { scope: "row" }, ...children);
export const numberCell = (...children: readonly Child[]): Markup => h("td", { class: "n" }, ...children);

/** Rows of a table until `count` or `characters` are reached. */
export function limited<T>(items: readonly T[], count: number, characters: number, row: (item: T, index: number) => Markup): Markup[] {
  const rows: Markup[] = [];
  let length = 0;
  for (const [index, item] of items.slice(0, count).entries()) {
    const made = row(item, index);
    length += made.html.length;
    if (length > characters) break;
    rows.push(made);
  }
  return rows;
}

/** "Shown are n of m; all are in report.json.", or nothing when all are shown. */
export function notAll(shown: number, all: number, what: string): Markup | null {
  return shown >= all ? null : h("p", { class: "soft" }, `Shown are ${format("count", shown)} of ${format("count", all)} ${what}; all are in report.json.`);
}
