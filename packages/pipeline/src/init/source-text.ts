/** Ends a line, turns the direction of the text behind it, or cannot be seen. */
const UNSAFE = /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const COMMENT_TEXT = 60;

/** A text as a string of TypeScript, on one line, whatever it holds. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(UNSAFE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The same, cut for a comment. */
export function shown(text: string): string {
  return quoted(text.length <= COMMENT_TEXT ? text : `${text.slice(0, COMMENT_TEXT).replace(/[\ud800-\udbff]$/, "")}…`);
}

/** A comment of one line. `text` may hold {@link quoted} texts; nothing in it ends the comment. */
export function comment(text: string): string {
  return `// ${text.replace(/[\u0000-\u001f]/g, " ").replace(UNSAFE, " ")}`;
}

/** The key of an object's entry. */
export function entryKey(name: string): string {
  return IDENTIFIER.test(name) ? name : quoted(name);
}

/** `{ a: 1, b: "x" }`; "" for none. */
export function optionsText(options: Readonly<Record<string, number | string>>): string {
  const entries = Object.entries(options).map(([name, value]) => `${entryKey(name)}: ${typeof value === "string" ? quoted(value) : value}`);
  return entries.length === 0 ? "" : `{ ${entries.join(", ")} }`;
}
