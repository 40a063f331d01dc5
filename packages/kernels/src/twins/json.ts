import { JSON_ERRORS, JSON_MAX_DEPTH } from "../exports-json.js";
import { NO_COMMENT } from "../exports-lines.js";
import { lineRowsTwin } from "./lines.js";

/** One row, or why it is none. */
export interface JsonRow {
  readonly start: number;
  readonly length: number;
  /** Of JSON_ERRORS; 0: none. */
  readonly error: number;
  /** Bytes of the row before the error. */
  readonly errorAt: number;
  /** Names and texts (null: missing) in the row's order; of a row with an error those before it. */
  readonly entries: readonly { readonly name: Uint8Array; readonly text: Uint8Array | null }[];
}

class JsonError extends Error {
  readonly kind: number;
  readonly at: number;
  constructor(kind: number, at: number) {
    super();
    this.kind = kind;
    this.at = at;
  }
}

const code = (text: string): number => text.charCodeAt(0);
const PLAIN_ESCAPES = new Map(Array.from('"\\/bfnrt', (letter, i) => [code(letter), code('"\\/\b\f\n\r\t'[i]!)]));

/** Slow twin of json_rows over a whole text: `fields` are the names that a row may have but once. */
export function jsonRowsTwin(text: Uint8Array, fields: readonly string[]): JsonRow[] {
  return lineRowsTwin(text, NO_COMMENT).map(({ start, length, end }) => {
    const entries: { name: Uint8Array; text: Uint8Array | null }[] = [];
    try {
      new Reader(text.subarray(start, end)).row(entries, new Set(fields));
      return { start, length, error: 0, errorAt: 0, entries };
    } catch (thrown) {
      if (!(thrown instanceof JsonError)) throw thrown;
      return { start, length, error: thrown.kind, errorAt: thrown.at, entries };
    }
  });
}

/** A recursive descent over the bytes of one line; behind the last one stands nothing (-1). */
class Reader {
  readonly #bytes: Uint8Array;
  /** The same, a byte a character. */
  readonly #text: string;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  }

  row(entries: { name: Uint8Array; text: Uint8Array | null }[], fields: ReadonlySet<string>): void {
    const left = new Set(fields);
    if (this.#byte() !== code("{")) this.#fail(JSON_ERRORS.OBJECT);
    this.#members((name, at) => {
      const key = Buffer.from(name).toString("utf8");
      if (fields.has(key) && !left.delete(key)) this.#fail(JSON_ERRORS.DUPLICATE, at);
      return () => {
        entries.push({ name, text: this.#value(1) });
      };
    });
    this.#blanks();
    if (this.#at < this.#bytes.length) this.#fail(JSON_ERRORS.TRAILING);
  }

  #byte(): number {
    return this.#bytes[this.#at] ?? -1;
  }

  #fail(kind: number, at = this.#at): never {
    throw new JsonError(kind, at);
  }

  /** What `pattern`, a sticky one, finds here. */
  #match(pattern: RegExp, kind: number): string {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? this.#fail(kind);
    this.#at += found.length;
    return found;
  }

  #blanks(): void {
    while ([32, 9, 13].includes(this.#byte())) this.#at++;
  }

  /** Items up to `close`, commas between them. */
  #list(close: string, item: () => void): void {
    this.#at++;
    this.#blanks();
    if (this.#byte() !== code(close)) {
      for (;;) {
        item();
        this.#blanks();
        if (this.#byte() === code(close)) break;
        if (this.#byte() !== code(",")) this.#fail(JSON_ERRORS.SEPARATOR);
        this.#at++;
        this.#blanks();
      }
    }
    this.#at++;
  }

  /** Members of an object: `take` is told each name, and gives what reads the value. */
  #members(take: (name: Uint8Array, at: number) => () => void): void {
    this.#list("}", () => {
      const at = this.#at;
      if (this.#byte() !== code('"')) this.#fail(JSON_ERRORS.KEY);
      const value = take(this.#string(), at);
      this.#blanks();
      if (this.#byte() !== code(":")) this.#fail(JSON_ERRORS.COLON);
      this.#at++;
      this.#blanks();
      value();
    });
  }

  /** Its text; null: it is null. */
  #value(depth: number): Uint8Array | null {
    const from = this.#at;
    const byte = this.#byte();
    if (byte === code('"')) return this.#string();
    if (byte === code("{") || byte === code("[")) {
      if (depth >= JSON_MAX_DEPTH) this.#fail(JSON_ERRORS.DEPTH);
      if (byte === code("{")) this.#members(() => () => this.#value(depth + 1));
      else this.#list("]", () => this.#value(depth + 1));
      return this.#bytes.slice(from, this.#at);
    }
    if (byte === code("-") || (byte >= code("0") && byte <= code("9"))) {
      this.#match(/-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?(?![-+.0-9A-Za-z])/y, JSON_ERRORS.NUMBER);
    } else if (this.#match(/true|false|null/y, JSON_ERRORS.VALUE) === "null") return null;
    return this.#bytes.slice(from, this.#at);
  }

  #string(): Uint8Array {
    const out: number[] = [];
    this.#at++;
    for (;;) {
      const byte = this.#byte();
      if (byte < 0 || (byte === 13 && this.#at + 1 === this.#bytes.length)) this.#fail(JSON_ERRORS.STRING_OPEN);
      if (byte < 32) this.#fail(JSON_ERRORS.CONTROL);
      if (byte === code('"')) break;
      if (byte === code("\\")) out.push(...this.#escape());
      else {
        out.push(byte);
        this.#at++;
      }
    }
    this.#at++;
    return Uint8Array.from(out);
  }

  /** The bytes that the escape here stands for. */
  #escape(): Uint8Array | number[] {
    const at = this.#at;
    const plain = PLAIN_ESCAPES.get(this.#bytes[at + 1] ?? -1);
    if (plain !== undefined) {
      this.#at += 2;
      return [plain];
    }
    const unit = (): number | null => {
      const [, digits] = /^\\u([0-9a-fA-F]{4})/.exec(Buffer.from(this.#bytes.subarray(this.#at, this.#at + 6)).toString("latin1")) ?? [];
      if (digits === undefined) return null;
      this.#at += 6;
      return Number.parseInt(digits, 16);
    };
    const first = unit() ?? this.#fail(JSON_ERRORS.ESCAPE, at);
    if (first < 0xd800 || first > 0xdfff) return Buffer.from(String.fromCharCode(first));
    const second = unit();
    if (first > 0xdbff || second === null || second < 0xdc00 || second > 0xdfff) this.#fail(JSON_ERRORS.SURROGATE, at);
    return Buffer.from(String.fromCharCode(first, second));
  }
}
