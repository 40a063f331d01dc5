import { SPARSE_ERRORS, SPARSE_ROW_BYTES } from "../exports-sparse.js";
import { featuresText, labelText, numberText, SparseError, type SparseRow, sparseRow } from "./sparse.js";

/** Slow twin of vw_rows for one row, without the blanks around it, a byte a character: label, weight, tag, features. */
export function vwRowTwin(row: string): SparseRow {
  return sparseRow(4, () => {
    const bar = row.indexOf("|");
    if (bar < 0) throw new SparseError(SPARSE_ERRORS.BAR, 0);
    return [...labelArea(row.slice(0, bar)), featuresText(features(row, bar))];
  });
}

function words(text: string, from: number): { text: string; at: number }[] {
  return [...text.matchAll(/[^ \t\r]+/g)].map((found) => ({ text: found[0], at: from + found.index }));
}

/** label, weight, tag */
function labelArea(area: string): [string | null, string, string | null] {
  const all = words(area, 0);
  const last = all.at(-1);
  let tag: string | null = null;
  if (last !== undefined && (last.at + last.text.length === area.length || last.text.startsWith("'"))) {
    tag = last.text.replace(/^'/, "");
    all.pop();
  }
  const [label, weight, more] = all;
  const check = (word: { text: string; at: number } | undefined, read: (text: string) => string | null, kind: number): string | null => {
    if (word === undefined) return null;
    const text = read(word.text);
    if (text === null) throw new SparseError(kind, word.at);
    return text;
  };
  const texts = [check(label, labelText, SPARSE_ERRORS.LABEL), check(weight, numberText, SPARSE_ERRORS.WEIGHT)] as const;
  if (more !== undefined) throw new SparseError(numberText(more.text) === null ? SPARSE_ERRORS.LABEL : SPARSE_ERRORS.BASE, more.at);
  return [texts[0], texts[1] ?? "1", tag];
}

function features(row: string, bar: number): [string, string][] {
  const list: [string, string][] = [];
  let at = bar;
  let length = 0;
  for (const part of row.slice(bar + 1).split("|")) {
    const from = at + 1;
    at = from + part.length;
    const [space = ""] = /^[^ \t\r]*/.exec(part) ?? [];
    const [, name = "", scale] = /^([^:]*)(?::(.*))?$/s.exec(space) ?? [];
    const factor = scale === undefined ? "1" : numberText(scale);
    if (factor === null || (scale !== undefined && name === "")) throw new SparseError(SPARSE_ERRORS.NAMESPACE, from);
    for (const word of words(part.slice(space.length), from + space.length)) {
      const [, feature = "", value] = /^([^:]*)(?::(.*))?$/s.exec(word.text) ?? [];
      if (feature === "") throw new SparseError(SPARSE_ERRORS.NAME, word.at);
      length += name.length + feature.length;
      if (length > SPARSE_ROW_BYTES) throw new SparseError(SPARSE_ERRORS.ROOM, 0);
      const number = value === undefined ? "1" : numberText(value);
      if (number === null) throw new SparseError(SPARSE_ERRORS.VALUE, word.at + feature.length + 1);
      list.push([name === "" ? feature : `${name}^${feature}`, scale === undefined || scale === "1" ? number : scaled(number, factor, word.at)]);
    }
  }
  return list;
}

/** The product in float64, as JavaScript writes it. */
function scaled(number: string, factor: string, at: number): string {
  const product = Number(number) * Number(factor);
  if (!Number.isFinite(product)) throw new SparseError(SPARSE_ERRORS.SCALE, at);
  return String(product + 0);
}
