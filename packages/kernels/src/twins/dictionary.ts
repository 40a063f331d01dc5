/** The twin of the dictionary kernels: texts as strings in a Map, entries in order of their first coming. */
export class TextCounts {
  readonly #entries = new Map<string, { entry: number; count: number }>();

  /** Entry of `text`, now counted once more. */
  count(text: string): number {
    const known = this.#entries.get(text);
    if (known !== undefined) {
      known.count++;
      return known.entry;
    }
    this.#entries.set(text, { entry: this.#entries.size, count: 1 });
    return this.#entries.size - 1;
  }

  /** Entry of `text`, or -1. */
  find(text: string): number {
    return this.#entries.get(text)?.entry ?? -1;
  }

  /** Texts and counts in order of their UTF-8 bytes. */
  sorted(): { text: string; count: number }[] {
    return [...this.#entries].map(([text, { count }]) => ({ text, count })).sort((a, b) => Buffer.compare(Buffer.from(a.text), Buffer.from(b.text)));
  }
}
