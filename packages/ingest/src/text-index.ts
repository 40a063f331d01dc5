import { v1 } from "@crossbill/messages";

/** Distinct texts, numbered in order of their first coming. */
export class TextIndex {
  readonly #index = new Map<string, number>();

  /** The text's number, a new one where it is new. */
  indexOf(text: string): number {
    let index = this.#index.get(text);
    if (index === undefined) {
      index = this.#index.size;
      this.#index.set(text, index);
    }
    return index;
  }

  message(): v1.Texts {
    const encoded = [...this.#index.keys()].map((text) => Buffer.from(text));
    return v1.Texts.create({ bytes: new Uint8Array(Buffer.concat(encoded)), lengths: encoded.map((bytes) => bytes.length) });
  }
}

/** The texts of a message, decoded. */
export function textsOf(texts: v1.Texts.$Properties | null | undefined): string[] {
  const bytes = texts?.bytes ?? new Uint8Array(0);
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  return (texts?.lengths ?? []).map((length) => {
    at += length;
    return all.toString("utf8", at - length, at);
  });
}
