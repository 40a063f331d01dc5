// Letters and digits of UTF-8 texts, by fixed ranges: the same on every machine and in every release of Unicode.

/** Bytes of the character at p, in [1, 4]; a byte that begins no whole character is one of its own. */
export function letter_size(p: usize, end: usize): usize {
  const c = <u32>load<u8>(p);
  const size: usize = c < 0xc2 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 1;
  return p + size <= end ? size : 1;
}

/** Code point of a letter or digit, or 0. ASCII letters and digits; beyond ASCII everything but the ranges of punctuation, spaces and signs below. */
export function letter_at(p: usize, size: usize): u32 {
  const a = <u32>load<u8>(p);
  if (size == 1) return (a >= 0x30 && a <= 0x39) || (a >= 0x41 && a <= 0x5a) || (a >= 0x61 && a <= 0x7a) ? a : 0;
  const b = <u32>load<u8>(p + 1) & 0x3f;
  if (size == 2) {
    const c = ((a & 0x1f) << 6) | b;
    return c < 0xc0 || c == 0xd7 || c == 0xf7 ? 0 : c;
  }
  if (size == 4) return 0x10000;
  const c = ((a & 0x0f) << 12) | (b << 6) | (<u32>load<u8>(p + 2) & 0x3f);
  const sign =
    (c >= 0x2000 && c <= 0x206f) || (c >= 0x20a0 && c <= 0x20cf) || (c >= 0x3000 && c <= 0x303f) || (c >= 0xff01 && c <= 0xff0f) ||
    (c >= 0xff1a && c <= 0xff20) || (c >= 0xff3b && c <= 0xff40) || (c >= 0xff5b && c <= 0xff65) || c == 0xfeff || c == 0xfffd;
  return sign ? 0 : c;
}

/** Lower case of the letters of ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic; all of them keep their size. */
function lower(c: u32): u32 {
  if (c < 0x80) return c >= 0x41 && c <= 0x5a ? c + 0x20 : c;
  if (c >= 0xc0 && c <= 0xde) return c + 0x20;
  if (c >= 0x100 && c <= 0x17e) {
    if (c == 0x178) return 0xff;
    const even = c <= 0x137 || (c >= 0x14a && c <= 0x177);
    const pair = even ? (c & 1) == 0 : ((c >= 0x139 && c <= 0x148) || c >= 0x179) && (c & 1) == 1;
    return pair && c != 0x130 ? c + 1 : c;
  }
  if (c >= 0x391 && c <= 0x3a9 && c != 0x3a2) return c + 0x20;
  if (c >= 0x410 && c <= 0x42f) return c + 0x20;
  if (c >= 0x400 && c <= 0x40f) return c + 0x50;
  return c;
}

/** Writes the character at p, whose code point is c, in lower case; returns its size. */
export function lower_letter(out: usize, p: usize, size: usize, c: u32): usize {
  if (size == 1) store<u8>(out, <u8>lower(c));
  else if (size == 2) {
    const l = lower(c);
    store<u8>(out, <u8>(0xc0 | (l >> 6)));
    store<u8>(out, <u8>(0x80 | (l & 0x3f)), 1);
  } else for (let i: usize = 0; i < size; i++) store<u8>(out + i, load<u8>(p + i));
  return size;
}
