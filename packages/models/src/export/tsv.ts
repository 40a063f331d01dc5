import type { AtomicWriter } from "@crossbill/storage";
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
  const escaped = tsvText(text);
  return FORMULA.test(escaped) && !NUMBER.test(escaped) ? `'${escaped}` : escaped;
}

/** A text with tab, line feed, carriage return and backslash as `\t`, `\n`, `\r`, `\\`. */
export function tsvText(text: string): string {
  return text.replace(/[\t\n\r\\]/g, (one) => ESCAPES[one]!);
}

/** The inverse of {@link tsvText}. */
export function textOf(cell: string): string {
  return cell.replace(/\\([tnr\\])/g, (_, one: string) => Object.keys(ESCAPES).find((text) => ESCAPES[text] === `\\${one}`)!);
}

const LINES_AT_ONCE = 4096;

/** Writes lines, some thousands at a time; for `atomicWrite`. */
export function linesOf(lines: Iterable<string>): (file: AtomicWriter) => Promise<void> {
  return async (file) => {
    let part: string[] = [];
    const flush = async (): Promise<void> => {
      if (part.length > 0) await file.write(Buffer.from(`${part.join("\n")}\n`));
      part = [];
    };
    for (const line of lines) if (part.push(line) === LINES_AT_ONCE) await flush();
    await flush();
  };
}
