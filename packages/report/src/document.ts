import { createHash } from "node:crypto";
import { PAGE_SCRIPT } from "./gen/page-script.js";
import { type Child, h, raw } from "./markup.js";
import { STYLE } from "./style.js";
import { cut, visible } from "./text.js";

const sha256 = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** No request and no font; the one script and the one style sheet, known by their hashes. */
const POLICY = [
  "default-src 'none'",
  `script-src ${sha256(PAGE_SCRIPT)}`,
  `style-src ${sha256(STYLE)}`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
export const TITLE_LENGTH = 120;

/** A whole page around the children of its body. */
export function document(title: string, ...children: readonly Child[]): string {
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
  const body = h("body", {}, ...children, h("script", {}, raw(PAGE_SCRIPT)));
  return `<!doctype html>\n${h("html", { lang: "en" }, head, body).html}\n`;
}
