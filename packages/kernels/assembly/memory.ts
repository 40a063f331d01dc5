/** Copies `length` bytes from `src` to `out`; the ranges may overlap. */
export function copy_bytes(out: usize, src: usize, length: usize): void {
  memory.copy(out, src, length);
}

/** Sets `length` bytes at `out` to `value`. */
export function fill_bytes(out: usize, value: u8, length: usize): void {
  memory.fill(out, value, length);
}
