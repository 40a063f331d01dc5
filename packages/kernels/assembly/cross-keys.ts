// Combinations of parts as byte strings: of a text "length:bytes", of an id "digits;", of what is missing "-". No two combinations of as many parts of the same kinds have the same string.

// @ts-ignore: decorator
@inline const MISSING: u32 = 0xffffffff;

function digitsOf(value: u32): u32 {
  let digits: u32 = 1;
  for (let rest = value / 10; rest != 0; rest /= 10) digits++;
  return digits;
}

/** Writes the decimal digits; where they end. */
function writeDigits(at: usize, value: u32): usize {
  const end = at + <usize>digitsOf(value);
  let rest = value;
  for (let to = end; to > at; rest /= 10) store<u8>(--to, <u8>(48 + (rest % 10)));
  return end;
}

/** sizes u32[n] += bytes of the part. */
export function keys_measure_texts(sizes: usize, lengths: usize, n: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const length = load<u32>(lengths + (i << 2));
    store<u32>(sizes + (i << 2), load<u32>(sizes + (i << 2)) + (length == MISSING ? 1 : digitsOf(length) + 1 + length));
  }
}

/** sizes u32[n] += bytes of the part; ids u32[n], 0: missing. */
export function keys_measure_ids(sizes: usize, ids: usize, n: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const id = load<u32>(ids + (i << 2));
    store<u32>(sizes + (i << 2), load<u32>(sizes + (i << 2)) + (id == 0 ? 1 : digitsOf(id) + 1));
  }
}

/** Writes the part at ends u32[n], which move behind it; present u8[n] = 1 where it is not missing. */
export function keys_write_texts(ends: usize, present: usize, starts: usize, lengths: usize, n: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    let at = <usize>load<u32>(ends + (i << 2));
    const length = load<u32>(lengths + (i << 2));
    if (length == MISSING) store<u8>(at++, 45); // "-"
    else {
      at = writeDigits(at, length);
      store<u8>(at++, 58); // ":"
      memory.copy(at, <usize>load<u32>(starts + (i << 2)), <usize>length);
      at += <usize>length;
      store<u8>(present + i, 1);
    }
    store<u32>(ends + (i << 2), <u32>at);
  }
}

/** The same of ids u32[n]. */
export function keys_write_ids(ends: usize, present: usize, ids: usize, n: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    let at = <usize>load<u32>(ends + (i << 2));
    const id = load<u32>(ids + (i << 2));
    if (id == 0) store<u8>(at++, 45); // "-"
    else {
      at = writeDigits(at, id);
      store<u8>(at++, 59); // ";"
      store<u8>(present + i, 1);
    }
    store<u32>(ends + (i << 2), <u32>at);
  }
}
