/** The twin of `snappy_decompress`: null where the bytes are no block of Snappy of that length. */
export function snappyTwin(bytes: Uint8Array, length: number): number[] | null {
  const out: number[] = [];
  let at = 0;
  const little = (n: number): number | null => {
    if (at + n > bytes.length) return null;
    let value = 0;
    for (let i = 0; i < n; i++) value += bytes[at + i]! * 2 ** (8 * i);
    at += n;
    return value;
  };
  const declared = varint(bytes, 0);
  if (declared === null || declared.value !== length) return null;
  at = declared.end;
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      const coded = tag >> 2 < 60 ? tag >> 2 : little((tag >> 2) - 59);
      if (coded === null || coded + 1 > bytes.length - at || coded + 1 > length - out.length) return null;
      out.push(...bytes.subarray(at, at + coded + 1));
      at += coded + 1;
      continue;
    }
    const n = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const low = little(kind === 3 ? 4 : kind);
    if (low === null) return null;
    const back = kind === 1 ? (tag >> 5) * 256 + low : low;
    if (back === 0 || back > out.length || n > length - out.length) return null;
    for (let i = 0; i < n; i++) out.push(out[out.length - back]!);
  }
  return out.length === length ? out : null;
}

/** The twin of `hybrid_next`: the first n numbers of `width` bits, or null. */
export function hybridTwin(bytes: Uint8Array, width: number, n: number): number[] | null {
  if (width > 32) return null;
  const out: number[] = [];
  for (let at = 0; out.length < n; ) {
    const header = varint(bytes, at);
    if (header === null) return null;
    at = header.end;
    const count = Math.floor(header.value / 2);
    if (header.value % 2 === 1) {
      if (count > 0xfffffff || count * width > bytes.length - at) return null;
      for (let i = 0; i < 8 * count && out.length < n; i++) out.push(bitsAt(bytes, 8 * at + i * width, width));
      at += count * width;
    } else if (count > 0) {
      const size = Math.ceil(width / 8);
      if (size > bytes.length - at || count > 0x7fffffff) return null;
      const value = bitsAt(bytes, 8 * at, 8 * size);
      if (value >= 2 ** width) return null;
      at += size;
      for (let i = 0; i < count && out.length < n; i++) out.push(value);
    }
  }
  return out;
}

/** Bits [from, from + width), the lowest first. */
function bitsAt(bytes: Uint8Array, from: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value += ((bytes[(from + i) >> 3]! >> ((from + i) & 7)) & 1) * 2 ** i;
  return value;
}

/** At most five bytes of seven bits, the lowest first. */
function varint(bytes: Uint8Array, from: number): { value: number; end: number } | null {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[from + i];
    if (byte === undefined) return null;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, end: from + i + 1 };
  }
  return null;
}

/** The twin of `plain_texts`: texts behind their lengths, and the offset behind the last, or null. */
export function plainTextsTwin(bytes: Uint8Array, n: number): { texts: Uint8Array[]; end: number } | null {
  const texts: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (; texts.length < n; ) {
    if (at + 4 > bytes.length) return null;
    const length = view.getUint32(at, true);
    if (length > bytes.length - at - 4) return null;
    texts.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return { texts, end: at };
}

/** The twin of `codes_assign`: codes in order of first coming, and what they stand for. */
export function assignedCodes(values: readonly number[], before: readonly number[] = []): { codes: number[]; texts: number[] } {
  const texts = [...before];
  const codes = values.map((value) => {
    if (!texts.includes(value)) texts.push(value);
    return texts.indexOf(value);
  });
  return { codes, texts };
}

/** The twin of `codes_tally`; -1: no code. */
export function tallies(codes: readonly number[], keep: readonly number[], count: number): { tallies: number[]; missing: number } {
  const out = new Array<number>(count).fill(0);
  codes.forEach((code, i) => {
    if (code >= 0 && keep[i] !== 0) out[code]!++;
  });
  return { tallies: out, missing: codes.filter((code, i) => code < 0 && keep[i] !== 0).length };
}

/** The twin of `spread_f64` and `codes_spread`: the next value where the level is 1. */
export function spread<T>(levels: readonly number[], values: readonly T[], missing: T): T[] {
  let next = 0;
  return levels.map((level) => (level === 1 ? values[next++]! : missing));
}
