/*
 * The one place that prints. Results go to standard output, everything else to standard error. Text from data is made harmless:
 * control characters (escape sequences among them) are shown as \x1b and the like.
 */

const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Characters of a name in a table at most. */
const NAME_LENGTH = 60;

/** A name or value of the data for a cell of a table: on one line, and cut where it is long. */
export function nameOf(text: string): string {
  const short = text.length > NAME_LENGTH ? `${text.slice(0, NAME_LENGTH).replace(/[\ud800-\udbff]$/, "")}...` : text;
  return harmless(short).replaceAll("\t", "\\t").replaceAll("\n", "\\n");
}

/** `text` with every control and direction-changing character made visible. */
export function harmless(text: string): string {
  return text.replace(CONTROL, (c) => (c.charCodeAt(0) < 256 ? `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}` : `\\u${c.charCodeAt(0).toString(16)}`));
}

export function out(text: string): void {
  process.stdout.write(`${harmless(text)}\n`);
}

/** One JSON value on standard output; numbers that are not finite become null. */
export function outJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, (_, v: unknown) => (typeof v === "number" && !Number.isFinite(v) ? null : v), 1)}\n`);
}

export function note(text: string): void {
  process.stderr.write(`${harmless(text)}\n`);
}

/** Rows of cells as an aligned table; the first row is the head, cells that look like numbers are set right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => (row[c] ?? "").length)));
  const numeric = widths.map((_, c) => rows.slice(1).every((row) => /^[-+]?[\d.,]+%?$|^-?$|^undefined$/.test(row[c] ?? "")));
  return rows
    .map((row) =>
      row
        .map((cell, c) => (numeric[c] ? cell.padStart(widths[c] ?? 0) : cell.padEnd(widths[c] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** What a step says while it works. */
export interface ProgressView {
  phase: string;
  /** In [0, 1], or NaN when unknown. */
  fraction: number;
  /** E.g. "1.2 M rows/s", "loss 0.1432". */
  facts: string;
}

/** A progress display on standard error: a bar on a terminal, else one plain line every few seconds. */
export class ProgressDisplay {
  readonly #terminal = process.stderr.isTTY === true;
  readonly #started = new Map<string, number>();
  #last = 0;
  #phase = "";
  #drawn = false;

  update(view: ProgressView): void {
    const now = performance.now();
    if (!this.#started.has(view.phase)) this.#started.set(view.phase, now);
    const fresh = view.phase !== this.#phase;
    if (!fresh && now - this.#last < (this.#terminal ? 100 : 3000)) return;
    if (!this.#terminal && fresh) {
      this.#phase = view.phase; // the first plain line of a phase comes after a few seconds: short phases stay silent
      this.#last = now;
      return;
    }
    this.#phase = view.phase;
    this.#last = now;
    const left = this.#secondsLeft(view, now);
    const percent = Number.isFinite(view.fraction) ? `${Math.floor(view.fraction * 100)}%` : "";
    if (this.#terminal) {
      const width = 24;
      const filled = Number.isFinite(view.fraction) ? Math.round(width * Math.min(1, view.fraction)) : 0;
      process.stderr.write(
        `\r\u001b[K${view.phase.padEnd(9)} [${"#".repeat(filled)}${".".repeat(width - filled)}] ${percent.padStart(4)} ${harmless(view.facts)} ${left}`,
      );
      this.#drawn = true;
    } else note(`${view.phase} ${percent} ${view.facts} ${left}`.trimEnd());
  }

  /** Takes the bar away, before something else is printed. */
  clear(): void {
    if (this.#drawn) process.stderr.write("\r\u001b[K");
    this.#drawn = false;
  }

  #secondsLeft(view: ProgressView, now: number): string {
    const elapsed = (now - (this.#started.get(view.phase) ?? now)) / 1000;
    if (!(view.fraction > 0.02) || view.fraction >= 1 || elapsed < 1) return "";
    return `${Math.ceil((elapsed / view.fraction) * (1 - view.fraction))} s left`;
  }
}
