import { fingerprint64, fingerprintCat64 } from "./lib/farmhash";

// @ts-ignore: decorator
@inline const MISSING: u32 = 0xffffffff;
/** Where a hashed cross begins: the default hash key of TensorFlow's sparse crosses. */
// @ts-ignore: decorator
@inline const CROSS_KEY: u64 = 0xdecafcaffe;

/** out u64[n] = Fingerprint64 of the bytes [starts[i], starts[i] + lengths[i]); 0 where the text is missing. */
export function texts_fingerprint_u64(out: usize, starts: usize, lengths: usize, n: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const length = load<u32>(lengths + i * 4);
    store<u64>(out + i * 8, length == MISSING ? 0 : fingerprint64(load<u32>(starts + i * 4), length));
  }
}

// A division costs more than the hash; the powers of two that most have need none.
// @ts-ignore: decorator
@inline
function bucketOf(f: u64, buckets: u32): u32 {
  const last = buckets - 1;
  return (buckets & last) == 0 ? <u32>f & last : <u32>(f % buckets);
}

/** out u32[n] = 0 where missing, else 1 + f mod buckets; f is the fingerprint, joined with the salt where that is not 0. */
export function hashed_ids_u32(out: usize, fingerprints: usize, lengths: usize, n: u32, buckets: u32, salt: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const f = load<u64>(fingerprints + i * 8);
    const joined = salt == 0 ? f : fingerprintCat64(f, salt);
    store<u32>(out + i * 4, load<u32>(lengths + i * 4) == MISSING ? 0 : 1 + bucketOf(joined, buckets));
  }
}

/** Begins a hashed cross: state u64[n] = the cross key + salt, present u8[n] = 0. */
export function cross_begin_u64(state: usize, present: usize, n: u32, salt: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) store<u64>(state + i * 8, CROSS_KEY + salt);
  memory.fill(present, 0, n);
}

/** Joins the fingerprints of a field, which are 0 where the text is missing. */
export function cross_texts_u64(state: usize, present: usize, fingerprints: usize, n: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const fingerprint = load<u64>(fingerprints + i * 8);
    store<u64>(state + i * 8, fingerprintCat64(load<u64>(state + i * 8), fingerprint));
    if (fingerprint != 0) store<u8>(present + i, 1);
  }
}

/** Joins the ids (u32[n]) of a column. */
export function cross_ids_u64(state: usize, present: usize, ids: usize, n: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    const id = load<u32>(ids + i * 4);
    store<u64>(state + i * 8, fingerprintCat64(load<u64>(state + i * 8), id));
    if (id != 0) store<u8>(present + i, 1);
  }
}

/** Ends a hashed cross: out u32[n] = 0 where every input is missing, else 1 + state mod buckets. */
export function cross_end_u32(out: usize, state: usize, present: usize, n: u32, buckets: u32): void {
  for (let i: usize = 0; i < <usize>n; i++) {
    store<u32>(out + i * 4, load<u8>(present + i) == 0 ? 0 : 1 + bucketOf(load<u64>(state + i * 8), buckets));
  }
}
