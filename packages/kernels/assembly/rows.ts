/** out[i] = values[selected[i]], u32[n]; selected u32[n]. */
export function gather_u32(out: usize, values: usize, selected: usize, n: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) store<u32>(out + (i << 2), load<u32>(values + ((<usize>load<u32>(selected + (i << 2))) << 2)));
}

/** out[i] = values[selected[i]], f64[n]; selected u32[n]. */
export function gather_f64(out: usize, values: usize, selected: usize, n: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) store<u64>(out + (i << 3), load<u64>(values + ((<usize>load<u32>(selected + (i << 2))) << 3)));
}

/** out u8[ceil(n / 8)]: bit i & 7 of byte i >> 3 is 1 where x[i], f64[n], is not NaN; the bits behind the last are 0. Returns how many are NaN. */
export function validity_f64(out: usize, x: usize, n: u32): u32 {
  let valid: u32 = 0;
  for (let i: u32 = 0; i < n; i += 8) {
    const end = min(i + 8, n);
    let bits: u32 = 0;
    for (let k = i; k < end; k++) bits |= <u32>!isNaN(load<f64>(x + ((<usize>k) << 3))) << (k & 7);
    valid += popcnt(bits);
    store<u8>(out + (<usize>i >> 3), <u8>bits);
  }
  return n - valid;
}
