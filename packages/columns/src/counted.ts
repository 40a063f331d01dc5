import { v1 } from "@crossbill/messages";
import { stateError } from "./spec-error.js";
import { compareTexts, type TextList } from "./texts.js";

/** Byte strings in byte order, each once, with how often they came. */
export interface Counted {
  readonly list: TextList;
  readonly counts: Float64Array;
  /** No count lacks more than this. */
  readonly mostLost: number;
}

/** Of messages that were made of them: a merge of merged lists copies nothing before. */
const written = new WeakMap<v1.VocabularyPartial.$Properties, Counted>();

/** @throws E_COLUMN_STATE when the message is damaged */
export function readCounted(name: string, partial: v1.VocabularyPartial.$Properties): Counted {
  return written.get(partial) ?? decodeCounted(name, partial);
}

function decodeCounted(name: string, partial: v1.VocabularyPartial.$Properties): Counted {
  const [bytes, rawEnds, rawCounts] = [partial.texts, partial.ends, partial.tallies].map((field) => field ?? new Uint8Array(0)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  if (rawEnds.length % 4 !== 0 || rawCounts.length % 8 !== 0) throw stateError(name, "its counted values are damaged (cut short)");
  // Copies: a field of a message lies anywhere, not only where numbers may.
  const ends = new Uint32Array(new Uint8Array(rawEnds).buffer);
  const counts = new Float64Array(new Uint8Array(rawCounts).buffer);
  const offsets = new Uint32Array(ends.length + 1);
  offsets.set(ends, 1);
  let rising = counts.length === ends.length && offsets[ends.length] === bytes.length;
  for (let i = 0; rising && i < ends.length; i++) rising = offsets[i]! <= offsets[i + 1]!;
  if (!rising) throw stateError(name, `its counted values are damaged (${ends.length} texts, ${counts.length} counts, ${bytes.length} bytes)`);
  return { list: { bytes, offsets, count: ends.length }, counts, mostLost: partial.mostLost ?? 0 };
}

/** The message holds views of the lists: neither may change. */
export function writeCounted(counted: Counted): v1.VocabularyPartial {
  const { list, counts, mostLost } = counted;
  const partial = v1.VocabularyPartial.create({ texts: list.bytes, ends: bytesOf(list.offsets.subarray(1)), tallies: bytesOf(counts), mostLost });
  written.set(partial, counted);
  return partial;
}

/** The bytes of a typed array. */
export function bytesOf(array: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Two lists as one; the counts of equal strings add. */
export function mergeCounted(a: Counted, b: Counted): Counted {
  const [readA, readB] = [new Heads(a.list), new Heads(b.list)];
  const room = a.list.count + b.list.count;
  const out = new Appender(a.list.bytes.length + b.list.bytes.length, room);
  const counts = new Float64Array(room);
  let [i, j] = [0, 0];
  for (; i < a.list.count && j < b.list.count; ) {
    const order = readA.compare(readB, i, j);
    counts[out.count] = (order <= 0 ? a.counts[i]! : 0) + (order >= 0 ? b.counts[j]! : 0);
    if (order <= 0) out.add(readA, a.list, i);
    else out.add(readB, b.list, j);
    if (order <= 0) readA.seek(++i);
    if (order >= 0) readB.seek(++j);
  }
  for (; i < a.list.count; i++) {
    counts[out.count] = a.counts[i]!;
    out.add(readA.seek(i), a.list, i);
  }
  for (; j < b.list.count; j++) {
    counts[out.count] = b.counts[j]!;
    out.add(readB.seek(j), b.list, j);
  }
  return { list: out.finish(), counts: filled(counts, out.count), mostLost: a.mostLost + b.mostLost };
}

/** The strings of `list` whose indices stand in `order`, in that order. */
export function picked(list: TextList, order: Uint32Array): TextList {
  let bytes = 0;
  for (const i of order) bytes += list.offsets[i + 1]! - list.offsets[i]!;
  const out = new Appender(bytes, order.length);
  const heads = new Heads(list);
  for (const i of order) out.add(heads.seek(i), list, i);
  return out.finish();
}

/** A place in a list: the first eight bytes of the string there (zeros past its end) as two numbers, most significant first. */
class Heads {
  high = 0;
  low = 0;
  readonly #list: TextList;
  readonly #view: DataView;

  constructor(list: TextList) {
    this.#list = list;
    this.#view = new DataView(list.bytes.buffer, list.bytes.byteOffset, list.bytes.byteLength);
    this.seek(0);
  }

  /** To string i; i may be the number of strings. */
  seek(i: number): this {
    this.high = 0;
    this.low = 0;
    if (i >= this.#list.count) return this;
    const from = this.#list.offsets[i]!;
    const length = this.#list.offsets[i + 1]! - from;
    if (length >= 8) {
      this.high = this.#view.getUint32(from);
      this.low = this.#view.getUint32(from + 4);
    } else {
      for (let k = 0; k < length; k++) {
        const byte = this.#list.bytes[from + k]!;
        if (k < 4) this.high = (this.high | (byte << (24 - 8 * k))) >>> 0;
        else this.low = (this.low | (byte << (56 - 8 * k))) >>> 0;
      }
    }
    return this;
  }

  /** The order of string i, which this is at, and string j of the other. */
  compare(other: Heads, i: number, j: number): number {
    if (this.high !== other.high) return this.high - other.high;
    if (this.low !== other.low) return this.low - other.low;
    return compareTexts(this.#list, i, other.#list, j);
  }
}

/** Strings one after another in room that is known before. */
class Appender {
  count = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #offsets: Uint32Array;
  #used = 0;

  constructor(bytes: number, texts: number) {
    // The first eight bytes of a string are written at once, those past its end too.
    this.#bytes = new Uint8Array(bytes + 8);
    this.#view = new DataView(this.#bytes.buffer);
    this.#offsets = new Uint32Array(texts + 1);
  }

  /** String i of `list`, which `head` is at. */
  add(head: Heads, list: TextList, i: number): void {
    const from = list.offsets[i]!;
    const to = list.offsets[i + 1]!;
    this.#view.setUint32(this.#used, head.high);
    this.#view.setUint32(this.#used + 4, head.low);
    if (to - from > 64) this.#bytes.set(list.bytes.subarray(from + 8, to), this.#used + 8);
    else for (let k = 8; k < to - from; k++) this.#bytes[this.#used + k] = list.bytes[from + k]!;
    this.#used += to - from;
    this.#offsets[++this.count] = this.#used;
  }

  finish(): TextList {
    return { bytes: filled(this.#bytes, this.#used), offsets: filled(this.#offsets, this.count + 1), count: this.count };
  }
}

/** The first n elements: in an array of their own where that saves much, else where they are. */
function filled<T extends Uint8Array | Uint32Array | Float64Array>(array: T, n: number): T {
  return (n < 0.9 * array.length ? array.slice(0, n) : array.subarray(0, n)) as T;
}
