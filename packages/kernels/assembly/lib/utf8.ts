/** Whether [at, at + length) is well-formed UTF-8 (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing past U+10FFFF). */
export function utf8_valid(at: usize, length: usize): bool {
  const end = at + length;
  let p = at;
  while (p < end) {
    if (p + 16 <= end && i8x16.bitmask(v128.load(p)) == 0) {
      p += 16;
      continue;
    }
    const c = <u32>load<u8>(p);
    if (c < 0x80) {
      p++;
      continue;
    }
    let more: usize = 1;
    let low: u32 = 0x80;
    let high: u32 = 0xbf;
    if (c < 0xc2 || c > 0xf4) return false;
    if (c >= 0xf0) {
      more = 3;
      if (c == 0xf0) low = 0x90;
      if (c == 0xf4) high = 0x8f;
    } else if (c >= 0xe0) {
      more = 2;
      if (c == 0xe0) low = 0xa0;
      if (c == 0xed) high = 0x9f;
    }
    if (end - p <= more) return false;
    const next = <u32>load<u8>(p + 1);
    if (next < low || next > high) return false;
    for (let i: usize = 2; i <= more; i++) if ((load<u8>(p + i) & 0xc0) != 0x80) return false;
    p += more + 1;
  }
  return true;
}

/** Whether no byte of [at, end) is above 0x7F. */
export function is_ascii(at: usize, end: usize): bool {
  let p = at;
  for (; p + 64 <= end; p += 64) {
    const v = v128.or(v128.or(v128.load(p), v128.load(p, 16)), v128.or(v128.load(p, 32), v128.load(p, 48)));
    if (i8x16.bitmask(v) != 0) return false;
  }
  for (; p < end; p++) if (load<u8>(p) > 0x7f) return false;
  return true;
}
