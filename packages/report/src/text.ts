/** The longest name shown in a table or a chart, in code points; what is longer is cut, its full text is in `title`. */
export const NAME_LENGTH = 80;

// Controls a reader would not see, or that reorder what is around them: shown, never obeyed.
const HIDDEN = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

const LONE_SURROGATE = /\p{Cs}/gu;

function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`;
}

/** `text` with control and bidirectional formatting characters as visible ones, and unpaired surrogates as U+FFFD. */
export function visible(text: string): string {
  return text.replace(LONE_SURROGATE, "\ufffd").replace(HIDDEN, picture);
}

/** The same, but line ends and tabs stay: for preformatted text. */
export function visibleLines(text: string): string {
  return text
    .replace(LONE_SURROGATE, "\ufffd")
    .replace(/\r\n?/g, "\n")
    .replace(HIDDEN, (character) => (character === "\n" || character === "\t" ? character : picture(character)));
}

/** At most `length` code points of `text`; the last is an ellipsis where something was cut. */
export function cut(text: string, length: number = NAME_LENGTH): string {
  if (text.length <= length) return text;
  const points = Array.from(text.slice(0, 2 * length + 2));
  return points.length <= length ? text : `${points.slice(0, length - 1).join("")}\u2026`;
}

/** At most `columns` wide, where a full-width character takes two columns: for labels in charts, which do not wrap. */
export function cutWidth(text: string, columns: number): string {
  let width = 0;
  let kept = "";
  let room = "";
  for (const character of text) {
    width += (character.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1;
    if (width > columns) return `${room}\u2026`;
    kept += character;
    if (width < columns) room = kept;
  }
  return kept;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "`": "&#96;" };

/** Text that looks like an event handler (`onload=`) is broken up too, so that filters which read the page by patterns find none. */
export function breakHandlers(markup: string): string {
  return markup.replace(/(\bon\w+\s*)=/gi, "$1&#61;");
}

/** The one escape function: for text and for quoted attribute values of HTML. */
export function escapeHtml(text: string): string {
  return breakHandlers(text.replace(/[&<>"'`]/g, (character) => ENTITIES[character] ?? ""));
}
