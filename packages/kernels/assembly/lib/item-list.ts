// The header of items (ITEMS in src/exports-items.ts): u32 offsets of starts, lengths, weight starts, weight lengths; count, room; bytes, bytes used, bytes room.
// @ts-ignore: decorator
@inline export const ITEM_COUNT: usize = 16;
// @ts-ignore: decorator
@inline export const ITEM_ROOM: usize = 20;
// @ts-ignore: decorator
@inline export const ITEM_BYTES: usize = 24;
// @ts-ignore: decorator
@inline export const ITEM_BYTES_USED: usize = 28;
// @ts-ignore: decorator
@inline export const ITEM_BYTES_ROOM: usize = 32;

/** Appends an item: its text, and the text of its weight (length 0xFFFFFFFF: none). There must be room. */
export function add_item(header: usize, start: usize, length: u32, weight: usize, weight_length: u32): void {
  const count = load<u32>(header, ITEM_COUNT);
  const at = <usize>count << 2;
  store<u32>(<usize>load<u32>(header) + at, <u32>start);
  store<u32>(<usize>load<u32>(header, 4) + at, length);
  store<u32>(<usize>load<u32>(header, 8) + at, <u32>weight);
  store<u32>(<usize>load<u32>(header, 12) + at, weight_length);
  store<u32>(header, count + 1, ITEM_COUNT);
}

// @ts-ignore: decorator
@inline
export function item_start(header: usize, i: u32): usize {
  return <usize>load<u32>(<usize>load<u32>(header) + (<usize>i << 2));
}

// @ts-ignore: decorator
@inline
export function item_length(header: usize, i: u32): u32 {
  return load<u32>(<usize>load<u32>(header, 4) + (<usize>i << 2));
}

/** Item `to` becomes item `from`. */
export function move_item(header: usize, to: u32, from: u32): void {
  for (let field: usize = 0; field < 16; field += 4) {
    const array = <usize>load<u32>(header + field);
    store<u32>(array + (<usize>to << 2), load<u32>(array + (<usize>from << 2)));
  }
}
