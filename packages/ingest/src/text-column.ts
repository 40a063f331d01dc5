import type { ArrowColumn } from "./arrow/arrow-metadata.js";
import { Growable } from "./growable.js";

/** A nullable column of texts as their UTF-8: no string stays behind. */
export class TextColumn {
  readonly #bytes = new Growable((n) => new Uint8Array(n), 4096);
  /** Where each text begins in the bytes, and the last one ends. */
  readonly #offsets = new Growable((n) => new Int32Array(n));
  readonly #valid = new Validity();

  constructor() {
    this.#offsets.push(0);
  }

  push(text: string | null): void {
    if (text !== null) {
      const bytes = Buffer.from(text);
      this.#bytes.extend(bytes.length).set(bytes);
    }
    this.#offsets.push(this.#bytes.length);
    this.#valid.push(text !== null);
  }

  /** Valid until the next call. */
  column(): ArrowColumn {
    return { ...this.#valid.of(), buffers: [this.#offsets.view(), this.#bytes.view()] };
  }

  clear(): void {
    this.#bytes.clear();
    this.#offsets.clear();
    this.#offsets.push(0);
    this.#valid.clear();
  }
}

/** A nullable column of float64; NaN is a value. */
export class NumberColumn {
  readonly #values = new Growable((n) => new Float64Array(n));
  readonly #valid = new Validity();

  push(value: number | null): void {
    this.#values.push(value ?? 0);
    this.#valid.push(value !== null);
  }

  /** Valid until the next call. */
  column(): ArrowColumn {
    return { ...this.#valid.of(), buffers: [this.#values.view()] };
  }

  clear(): void {
    this.#values.clear();
    this.#valid.clear();
  }
}

/** A nullable column of texts as numbers in a dictionary of those seen so far, in the order in which they come. */
export class CodeColumn {
  readonly #codes = new Growable((n) => new Int32Array(n));
  readonly #valid = new Validity();
  readonly #index = new Map<string, number>();

  push(text: string | null): void {
    const code = text === null ? 0 : (this.#index.get(text) ?? this.#index.size);
    if (text !== null && code === this.#index.size) this.#index.set(text, code);
    this.#codes.push(code);
    this.#valid.push(text !== null);
  }

  /** Valid until the next call. */
  column(): ArrowColumn {
    return { ...this.#valid.of(), buffers: [this.#codes.view()] };
  }

  dictionary(): ArrowColumn {
    const texts = new TextColumn();
    for (const text of this.#index.keys()) texts.push(text);
    return texts.column();
  }

  /** The dictionary stays. */
  clear(): void {
    this.#codes.clear();
    this.#valid.clear();
  }
}

/** Which values are there, row by row. */
class Validity {
  /** 1: there is one. */
  readonly #valid = new Growable((n) => new Uint8Array(n));

  push(valid: boolean): void {
    this.#valid.push(valid ? 1 : 0);
  }

  /** As Arrow's bitmap. */
  of(): Pick<ArrowColumn, "length" | "nulls" | "validity"> {
    const valid = this.#valid.view();
    const bits = new Uint8Array(Math.ceil(valid.length / 8));
    let nulls = valid.length;
    for (let i = 0; i < valid.length; i++) {
      bits[i >> 3]! |= valid[i]! << (i & 7);
      nulls -= valid[i]!;
    }
    return { length: valid.length, nulls, validity: nulls === 0 ? null : bits };
  }

  clear(): void {
    this.#valid.clear();
  }
}
