import { listItemsTwin } from "./list-items.js";

/** How a text holds several values. */
export type ItemSplit =
  | { readonly kind: "words"; readonly least: number; readonly most: number }
  | { readonly kind: "list" }
  | { readonly kind: "separated"; readonly separator: string; readonly weighted: boolean; readonly least: number; readonly most: number };

/** One value of a text, and the text of its weight where it has one. */
export interface Item {
  readonly text: string;
  readonly weight: string | null;
}

/**
 * Slow twin of items_split for one text; null: no list, or an item without a name. Items in their order; with least..most behind the single ones (or in their
 * place) the runs of 2, 3, ... consecutive items, joined by a space.
 */
export function splitItems(text: string, split: ItemSplit): Item[] | null {
  if (split.kind === "list") return listItemsTwin(text);
  const single = split.kind === "words" ? words(text) : separated(text, split.separator, split.weighted);
  return single === null ? null : [...(split.least < 2 ? single : []), ...runs(single, Math.max(2, split.least), split.most)];
}

function words(text: string): Item[] {
  const items: Item[] = [];
  let word = "";
  const end = (): void => {
    if (word !== "") items.push({ text: word, weight: null });
    word = "";
  };
  for (const letter of text) {
    const code = letter.codePointAt(0)!;
    if (isLetter(code)) word += String.fromCodePoint(lower(code));
    else end();
  }
  end();
  return items;
}

const SIGNS: readonly (readonly [number, number])[] = [
  [0x80, 0xbf],
  [0xd7, 0xd7],
  [0xf7, 0xf7],
  [0x2000, 0x206f],
  [0x20a0, 0x20cf],
  [0x3000, 0x303f],
  [0xd800, 0xdfff],
  [0xff01, 0xff0f],
  [0xff1a, 0xff20],
  [0xff3b, 0xff40],
  [0xff5b, 0xff65],
  [0xfeff, 0xfeff],
  [0xfffd, 0xfffd],
];

function isLetter(code: number): boolean {
  if (code < 0x80) return /[0-9A-Za-z]/.test(String.fromCharCode(code));
  return !SIGNS.some(([low, high]) => code >= low && code <= high);
}

function lower(c: number): number {
  if (c >= 0x41 && c <= 0x5a) return c + 0x20;
  if (c >= 0xc0 && c <= 0xde) return c + 0x20;
  if (c === 0x178) return 0xff;
  if (c !== 0x130 && ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177))) return c % 2 === 0 ? c + 1 : c;
  if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e)) return c % 2 === 1 ? c + 1 : c;
  if (c >= 0x391 && c <= 0x3a9 && c !== 0x3a2) return c + 0x20;
  if (c >= 0x410 && c <= 0x42f) return c + 0x20;
  return c >= 0x400 && c <= 0x40f ? c + 0x50 : c;
}

function separated(text: string, separator: string, weighted: boolean): Item[] | null {
  const items: Item[] = [];
  for (const part of text.split(separator)) {
    const item = part.replace(/^[ \t-\r]+/, "").replace(/[ \t-\r]+$/, "");
    if (item === "") continue;
    const colon = weighted ? item.lastIndexOf(":") : -1;
    if (colon === 0) return null;
    items.push(colon < 0 ? { text: item, weight: null } : { text: item.slice(0, colon), weight: item.slice(colon + 1) });
  }
  return items;
}

function runs(single: readonly Item[], least: number, most: number): Item[] {
  const joined: Item[] = [];
  for (let n = least; n <= most; n++) {
    for (let i = 0; i + n <= single.length; i++) {
      const part = single.slice(i, i + n);
      joined.push({ text: part.map((item) => item.text).join(" "), weight: null });
    }
  }
  return joined;
}
