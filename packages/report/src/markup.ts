import { cut, escapeHtml, NAME_LENGTH, visible } from "./text.js";

/** Finished HTML. Made only by {@link h}, {@link raw} and what builds on them; a plain string is always text. */
export class Markup {
  constructor(readonly html: string) {}
}

export type Child = Markup | string | null | readonly Child[];
export type Attributes = Readonly<Record<string, string | number | undefined>>;

const VOID = new Set(["meta", "br", "hr", "col", "input"]);

function inner(child: Child): string {
  if (child === null) return "";
  if (typeof child === "string") return escapeHtml(child);
  return child instanceof Markup ? child.html : child.map(inner).join("");
}

/** One element. Attribute names and tags are the program's own; values and text may be anybody's. */
export function h(tag: string, attributes: Attributes, ...children: readonly Child[]): Markup {
  let open = `<${tag}`;
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) open += ` ${name}="${escapeHtml(String(value))}"`;
  return new Markup(VOID.has(tag) ? `${open}>` : `${open}>${children.map(inner).join("")}</${tag}>`);
}

/** Markup of the program's own, or of a serializer that escapes. */
export function raw(html: string): Markup {
  return new Markup(html);
}

/**
 * Strings from data, isolated, made visible and cut. The full texts in `title` share a budget of characters (as they are escaped), so that a page stays small
 * whatever the data is; once it is spent, names are cut without it (`report.json` has them whole).
 */
export class Names {
  #budget: number;
  constructor(budget = 200_000) {
    this.#budget = budget;
  }

  /** `undefined` where `text` is short enough to be seen whole, or the budget is spent. */
  title(text: string, length: number = NAME_LENGTH): string | undefined {
    const whole = visible(text);
    const size = escapeHtml(whole).length;
    if (cut(whole, length) === whole || size > this.#budget) return undefined;
    this.#budget -= size;
    return whole;
  }

  name(text: string, length: number = NAME_LENGTH): Markup {
    return h("bdi", { title: this.title(text, length) }, cut(visible(text), length));
  }
}
