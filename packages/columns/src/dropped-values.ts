import { textFingerprint, textFingerprintPrefix } from "@crossbill/kernels";

/**
 * The values that a pruned vocabulary dropped, as a set that takes about 28 bits a value: of each fingerprint the highest b bits are kept, b = 26 + ceil(log2 n) of n values
 * (33 to 53), so that another value is taken for one of them with probability 2^-26. Written ascending as the gaps between them, each a Rice code (Rice and Plaunt 1971)
 * of k = b - ceil(log2 n) bits: gap >> k ones, a zero, the low k bits; bits from the lowest of each byte on.
 */
export interface DroppedValues {
  /** b; 64 where fingerprints are whole. */
  readonly bits: number;
  /** Ascending, each once: fingerprints without their lowest 64 - b bits. */
  readonly prefixes: BigUint64Array;
}

export interface CodedValues {
  readonly bits: number;
  readonly count: number;
  readonly gaps: Uint8Array;
}

const SPARE_BITS = 26;
const [LEAST_BITS, MOST_BITS] = [33, 53];

/** @param fingerprints in any order */
export function encodeDropped(fingerprints: readonly bigint[]): CodedValues {
  const bits = Math.min(MOST_BITS, Math.max(LEAST_BITS, SPARE_BITS + ceilLog2(fingerprints.length)));
  const words = new Uint32Array(BigUint64Array.from(fingerprints).buffer);
  // Up to 53 bits are whole numbers of float64: high word times 2^(b - 32), and the first bits of the low one.
  const prefixes = Float64Array.from(fingerprints, (_, i) => words[2 * i + 1]! * 2 ** (bits - 32) + (words[2 * i]! >>> (64 - bits))).sort();
  const distinct = prefixes.filter((value, i) => i === 0 || value !== prefixes[i - 1]);
  const k = bits - ceilLog2(distinct.length);
  const writer = new BitWriter();
  let last = 0;
  for (const value of distinct) {
    writer.rice(value - last, k);
    last = value;
  }
  return { bits, count: distinct.length, gaps: writer.finish() };
}

/** The inverse; null when the bytes are not such a code. */
export function decodeDropped({ bits, count, gaps }: CodedValues): DroppedValues | null {
  if (!(bits >= LEAST_BITS && bits <= MOST_BITS && count <= 8 * gaps.length)) return null;
  const prefixes = new BigUint64Array(count);
  const words = new Uint32Array(prefixes.buffer);
  const k = bits - ceilLog2(count);
  const reader = new BitReader(gaps);
  let value = 0;
  for (let i = 0; i < count; i++) {
    const gap = reader.rice(k);
    value += gap;
    if (gap < 0 || value >= 2 ** bits || (i > 0 && gap === 0)) return null;
    words[2 * i] = value >>> 0;
    words[2 * i + 1] = Math.floor(value / 2 ** 32);
  }
  return reader.isAtEnd() ? { bits, prefixes } : null;
}

/** Tells of a value whether it is among them. Fingerprints are spread evenly: cells by their highest bits, as many as values, hold about one each. */
export function droppedTest({ bits, prefixes }: DroppedValues): (text: string) => boolean {
  if (bits > MOST_BITS) return (text) => holds(prefixes, textFingerprint(text));
  const numbers = Float64Array.from(prefixes, Number);
  const cells = 2 ** ceilLog2(numbers.length);
  const width = 2 ** bits / cells;
  const starts = new Uint32Array(cells + 1);
  for (const value of numbers) starts[Math.floor(value / width) + 1]!++;
  for (let cell = 0; cell < cells; cell++) starts[cell + 1]! += starts[cell]!;
  return (text) => {
    const value = textFingerprintPrefix(text, bits);
    const cell = Math.floor(value / width);
    const end = starts[cell + 1]!;
    for (let i = starts[cell]!; i < end; i++) if (numbers[i] === value) return true;
    return false;
  };
}

function holds(sorted: BigUint64Array, value: bigint): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === value;
}

/** 0 of 0 and 1. */
function ceilLog2(n: number): number {
  return n < 2 ? 0 : 32 - Math.clz32(n - 1);
}

class BitWriter {
  #bytes = new Uint8Array(1024);
  #at = 0;

  rice(value: number, k: number): void {
    const ones = Math.floor(value / 2 ** k);
    for (let i = 0; i < ones; i++) this.#bits(1, 1);
    this.#bits(0, 1);
    const rest = value - ones * 2 ** k;
    for (let done = 0; done < k; done += 24) this.#bits(Math.floor(rest / 2 ** done) % 2 ** Math.min(24, k - done), Math.min(24, k - done));
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, Math.ceil(this.#at / 8));
  }

  /** n <= 24 bits. */
  #bits(value: number, n: number): void {
    if (this.#at + 32 > 8 * this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    let byte = this.#at >>> 3;
    // 24 bits after at most 7 others of their first byte.
    for (let rest = (value << (this.#at & 7)) >>> 0; rest > 0; rest >>>= 8) this.#bytes[byte++]! |= rest & 255;
    this.#at += n;
  }
}

class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** -1 past the end. */
  rice(k: number): number {
    let ones = 0;
    while (this.#bit() === 1) ones++;
    let rest = 0;
    for (let done = 0; done < k; done += 24) rest += this.#bits(Math.min(24, k - done)) * 2 ** done;
    return this.#at <= 8 * this.#bytes.length ? ones * 2 ** k + rest : -1;
  }

  /** Whether only the rest of the last byte is left, and it is 0. */
  isAtEnd(): boolean {
    const left = 8 * this.#bytes.length - this.#at;
    return left >= 0 && left < 8 && this.#bits(left) === 0;
  }

  #bit(): number {
    return this.#bits(1);
  }

  /** n <= 24 bits; those past the end are 0. */
  #bits(n: number): number {
    const byte = this.#at >>> 3;
    const bytes = this.#bytes;
    const four = ((bytes[byte] ?? 0) | ((bytes[byte + 1] ?? 0) << 8) | ((bytes[byte + 2] ?? 0) << 16) | ((bytes[byte + 3] ?? 0) << 24)) >>> 0;
    const value = (four >>> (this.#at & 7)) & (2 ** n - 1);
    this.#at += n;
    return value;
  }
}
