import type { Item } from "./items.js";

const SPACE = /^[ \t\n\r]*/;
const NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/;
// The grammar of RFC 8259 but for lone surrogates, which are refused.
const STRING = /^"([^"\\\u0000-\u001f]|\\(["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/u;
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Slow twin of list_items: a JSON array of strings, numbers, booleans (null is left out), a JSON object from item to weight, else the text itself. null: malformed. */
export function listItemsTwin(text: string): Item[] | null {
  const open = text.replace(SPACE, "").at(0);
  if (open !== "[" && open !== "{") return text === "" ? [] : [{ text, weight: null }];
  const items: Item[] = [];
  let rest = text.replace(SPACE, "").slice(1);
  const close = open === "[" ? "]" : "}";
  const take = (pattern: RegExp): string | null => {
    const found = pattern.exec(rest)?.[0] ?? null;
    if (found !== null) rest = rest.slice(found.length);
    return found;
  };
  const string = (): string | null => {
    const token = take(STRING);
    if (token === null) return null;
    const value = JSON.parse(token) as string;
    return LONE.test(value) ? null : value;
  };
  take(SPACE);
  if (rest.startsWith(close)) return rest.slice(1).replace(SPACE, "") === "" ? items : null;
  for (;;) {
    if (open === "{") {
      const name = string();
      take(SPACE);
      if (name === null || take(/^:/) === null) return null;
      take(SPACE);
      const weight = take(NUMBER);
      if (weight !== null) items.push({ text: name, weight });
      else if (take(/^null/) === null) return null;
    } else if (rest.startsWith('"')) {
      const value = string();
      if (value === null) return null;
      items.push({ text: value, weight: null });
    } else {
      const value = take(NUMBER) ?? take(/^(true|false)/);
      if (value !== null) items.push({ text: value, weight: null });
      else if (take(/^null/) === null) return null;
    }
    take(SPACE);
    if (rest.startsWith(close)) return rest.slice(1).replace(SPACE, "") === "" ? items : null;
    if (take(/^,/) === null) return null;
    take(SPACE);
  }
}
