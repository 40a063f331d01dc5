import { v1 } from "@crossbill/messages";

/** A read-only list of byte strings over one buffer: string i is bytes [offsets[i], offsets[i + 1]). */
export interface TextList {
  readonly bytes: Uint8Array;
  /** count + 1 of them. */
  readonly offsets: Uint32Array;
  readonly count: number;
}

/** @throws RangeError when the lengths do not add up to the bytes */
export function readTexts(texts: v1.Texts.$Properties | null | undefined): TextList {
  const bytes = texts?.bytes ?? new Uint8Array(0);
  if (texts?.offsets != null && texts.offsets.length > 0) return packedTexts(bytes, texts.offsets);
  const lengths = texts?.lengths ?? [];
  const offsets = new Uint32Array(lengths.length + 1);
  let at = 0;
  for (let i = 0; i < lengths.length; i++) {
    at += lengths[i]!;
    offsets[i + 1] = at;
  }
  if (at !== bytes.length) throw new RangeError(`texts of ${at} bytes in ${bytes.length} bytes`);
  return { bytes, offsets, count: lengths.length };
}

function packedTexts(bytes: Uint8Array, packed: Uint8Array): TextList {
  if (packed.length % 4 !== 0) throw new RangeError(`offsets of ${packed.length} bytes`);
  const aligned = packed.byteOffset % 4 === 0 ? packed : packed.slice();
  const offsets = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
  const count = offsets.length - 1;
  for (let i = 0; i < count; i++) if (offsets[i]! > offsets[i + 1]!) throw new RangeError(`text ${i} ends before it begins`);
  if (offsets[0] !== 0 || offsets[count] !== bytes.length) throw new RangeError(`texts of bytes [${offsets[0]}, ${offsets[count]}) in ${bytes.length} bytes`);
  return { bytes, offsets, count };
}

/** The texts with packed offsets: of millions of them, numbers one by one take several times the memory. */
export function withOffsets(texts: v1.Texts.$Properties | null | undefined): v1.Texts {
  const { bytes, offsets } = readTexts(texts);
  return v1.Texts.create({ bytes, offsets: new Uint8Array(offsets.buffer, offsets.byteOffset, offsets.byteLength) });
}

/** String i decoded; bytes that are no UTF-8 become U+FFFD, a byte order mark stays. */
export function textAt(list: TextList, i: number): string {
  return Buffer.from(list.bytes.buffer, list.bytes.byteOffset + list.offsets[i]!, list.offsets[i + 1]! - list.offsets[i]!).toString("utf8");
}

/** String i with one character a byte: a key that is exact for any bytes. */
export function keyAt(list: TextList, i: number): string {
  return Buffer.from(list.bytes.buffer, list.bytes.byteOffset + list.offsets[i]!, list.offsets[i + 1]! - list.offsets[i]!).toString("latin1");
}

/** Bytes of string i. */
export function bytesAt(list: TextList, i: number): Uint8Array {
  return list.bytes.subarray(list.offsets[i]!, list.offsets[i + 1]!);
}

/** Negative, 0 or positive as string i of `a` comes before, equals or comes after string j of `b` in byte order. */
export function compareTexts(a: TextList, i: number, b: TextList, j: number): number {
  const fromA = a.offsets[i]!;
  const fromB = b.offsets[j]!;
  const lengthA = a.offsets[i + 1]! - fromA;
  const lengthB = b.offsets[j + 1]! - fromB;
  const both = Math.min(lengthA, lengthB);
  for (let k = 0; k < both; k++) {
    const difference = a.bytes[fromA + k]! - b.bytes[fromB + k]!;
    if (difference !== 0) return difference;
  }
  return lengthA - lengthB;
}

/** Collects byte strings into a message; nothing may be added to it after `finish`. */
export class TextsBuilder {
  #bytes: Uint8Array;
  #used = 0;
  readonly #lengths: number[] = [];

  constructor(expectedBytes = 1024) {
    this.#bytes = new Uint8Array(expectedBytes);
  }

  get count(): number {
    return this.#lengths.length;
  }

  add(text: Uint8Array): void {
    this.#makeRoom(text.length);
    this.#bytes.set(text, this.#used);
    this.#used += text.length;
    this.#lengths.push(text.length);
  }

  /** Adds string i of `list`. */
  addFrom(list: TextList, i: number): void {
    const from = list.offsets[i]!;
    const length = list.offsets[i + 1]! - from;
    this.#makeRoom(length);
    // A view of a short string takes longer to make than to copy.
    if (length > 32) this.#bytes.set(list.bytes.subarray(from, from + length), this.#used);
    else for (let k = 0; k < length; k++) this.#bytes[this.#used + k] = list.bytes[from + k]!;
    this.#used += length;
    this.#lengths.push(length);
  }

  #makeRoom(length: number): void {
    if (this.#used + length <= this.#bytes.length) return;
    const wider = new Uint8Array(Math.max(this.#used + length, this.#bytes.length * 2));
    wider.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = wider;
  }

  finish(): v1.Texts {
    return v1.Texts.create({ bytes: this.#used === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#used), lengths: this.#lengths });
  }
}

/** The list as a message. */
export function textsOf({ bytes, offsets, count }: TextList): v1.Texts {
  const lengths = new Array<number>(count);
  for (let i = 0; i < count; i++) lengths[i] = offsets[i + 1]! - offsets[i]!;
  return v1.Texts.create({ bytes, lengths });
}

/** The strings of `a`, then those of `b`. */
export function joined(a: TextList, b: TextList): TextList {
  if (a.count === 0) return b;
  const bytes = new Uint8Array(a.bytes.length + b.bytes.length);
  bytes.set(a.bytes);
  bytes.set(b.bytes, a.bytes.length);
  const offsets = new Uint32Array(a.count + b.count + 1);
  offsets.set(a.offsets);
  for (let i = 1; i <= b.count; i++) offsets[a.count + i] = a.bytes.length + b.offsets[i]!;
  return { bytes, offsets, count: a.count + b.count };
}

/** UTF-8 of the strings, in their order. */
export function packTexts(texts: readonly string[]): v1.Texts {
  const builder = new TextsBuilder();
  for (const text of texts) builder.add(Buffer.from(text, "utf8"));
  return builder.finish();
}

/** The elements as messages hold them; several times as fast as Array.from, which iterates. */
export function numbersOf(array: Uint32Array | Float64Array): number[] {
  const out = new Array<number>(array.length);
  for (let i = 0; i < array.length; i++) out[i] = array[i]!;
  return out;
}
