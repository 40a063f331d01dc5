import type { WeightRow } from "./weight-rows.js";

const FORMULA = /^[=+\-@]/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const ESCAPES: Readonly<Record<string, string>> = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\" };

/**
 * Lines `column id name weight`, of several classes `column id name class weight`, the first one of these names. Of an intercept column and id are empty. In a text
 * a tab, line feed, carriage return and backslash are written \t \n \r \\; one that a spreadsheet would take for a formula (= + - @ first, and no number) gets an apostrophe first.
 */
export function* tsvLines(rows: Iterable<WeightRow>, several: boolean): Generator<string> {
  yield ["column", "id", "name", ...(several ? ["class"] : []), "weight"].join("\t");
  for (const { column, id, name, output, weight } of rows)
    yield [tsvCell(column ?? ""), id === null ? "" : String(id), tsvCell(name), ...(several ? [tsvCell(output ?? "")] : []), String(weight)].join("\t");
}

export function tsvCell(text: string): string {
  const escaped = text.replace(/[\t\n\r\\]/g, (one) => ESCAPES[one]!);
  return FORMULA.test(escaped) && !NUMBER.test(escaped) ? `'${escaped}` : escaped;
}
