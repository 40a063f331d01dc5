import { h, type Markup, raw } from "./markup.js";
import { STYLE } from "./style.js";
import { cut, visible } from "./text.js";

/** No script, no font, no request. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
export const TITLE_LENGTH = 120;

/** A whole page around its body. */
export function document(title: string, body: Markup): string {
  const head = h(
    "head",
    {},
    h("meta", { charset: "utf-8" }),
    h("meta", { "http-equiv": "Content-Security-Policy", content: POLICY }),
    h("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
    h("meta", { name: "color-scheme", content: "light dark" }),
    h("title", {}, cut(visible(title), TITLE_LENGTH)),
    h("style", {}, raw(STYLE)),
  );
  return `<!doctype html>\n${h("html", { lang: "en" }, head, body).html}\n`;
}
