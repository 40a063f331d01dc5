// @ts-ignore: decorator
@inline
export function is_digit(c: u32): bool {
  return c - 48 < 10;
}

/** Position behind the number at `p`, [+-] (digits [. [digits]] | . digits) [(e|E) [+-] digits], or 0. What stands behind it must end it: a byte that is none of these. */
export function decimal_end(p: usize): usize {
  let c = <u32>load<u8>(p);
  if (c == 43 || c == 45) p++;
  const whole = p;
  while (is_digit(load<u8>(p))) p++;
  let digits = p - whole;
  if (load<u8>(p) == 46) {
    const fraction = ++p;
    while (is_digit(load<u8>(p))) p++;
    digits += p - fraction;
  }
  if (digits == 0) return 0;
  if ((<u32>load<u8>(p) | 32) == 101) {
    c = load<u8>(++p);
    if (c == 43 || c == 45) p++;
    if (!is_digit(load<u8>(p))) return 0;
    while (is_digit(load<u8>(p))) p++;
  }
  return p;
}

/** Whether the number [from, to) has an exponent. */
export function has_exponent(from: usize, to: usize): bool {
  for (let p = from; p < to; p++) if ((<u32>load<u8>(p) | 32) == 101) return true;
  return false;
}

/** Writes the number [from, to) as JSON has it, without zeros in front and at the end of the fraction: at most one byte more. Where it ends. */
export function write_number(out: usize, from: usize, to: usize): usize {
  let p = from;
  const sign = <u32>load<u8>(p);
  if (sign == 43 || sign == 45) p++;
  while (p + 1 < to && load<u8>(p) == 48 && is_digit(load<u8>(p + 1))) p++;
  let whole_end = p;
  while (whole_end < to && is_digit(load<u8>(whole_end))) whole_end++;
  let fraction = whole_end;
  let fraction_end = whole_end;
  let exponent = whole_end;
  if (whole_end < to && load<u8>(whole_end) == 46) {
    fraction = whole_end + 1;
    exponent = fraction;
    while (exponent < to && is_digit(load<u8>(exponent))) exponent++;
    fraction_end = exponent;
    while (fraction_end > fraction && load<u8>(fraction_end - 1) == 48) fraction_end--;
  }
  const none = whole_end == p || (whole_end == p + 1 && load<u8>(p) == 48);
  const zero = none && fraction_end == fraction && exponent == to;
  if (sign == 45 && !zero) store<u8>(out++, 45);
  if (whole_end == p) store<u8>(out++, 48);
  for (; p < whole_end; p++) store<u8>(out++, load<u8>(p));
  if (fraction_end > fraction) {
    store<u8>(out++, 46);
    for (; fraction < fraction_end; fraction++) store<u8>(out++, load<u8>(fraction));
  }
  for (; exponent < to; exponent++) store<u8>(out++, load<u8>(exponent));
  return out;
}
