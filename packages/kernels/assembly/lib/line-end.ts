/** Position of the first LF in [p, end), or `end`. 16 bytes past `end` must be readable. */
export function line_end(p: usize, end: usize): usize {
  const v_lf = i8x16.splat(10);
  for (; p < end; p += 16) {
    const mask = <u32>i8x16.bitmask(i8x16.eq(v128.load(p), v_lf));
    if (mask == 0) continue;
    p += <usize>ctz(mask);
    return p < end ? p : end;
  }
  return end;
}

/** Space, tab or CR: what may stand around the text of a line. */
// @ts-ignore: decorator
@inline
export function is_blank(c: u32): bool {
  return c == 32 || c == 9 || c == 13;
}
