const MAGIC = 0x184d2204;

/**
 * Decompresses one LZ4 frame into exactly `length` bytes. Checksums of blocks and content are not verified.
 * Formats: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md, lz4_Block_format.md
 * @throws RangeError for anything that is no such frame or holds another number of bytes
 */
export function decompressLz4Frame(frame: Uint8Array, length: number): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new RangeError("no LZ4 frame");
  const flags = view.getUint8(4);
  if (flags >> 6 !== 1) throw new RangeError(`an LZ4 frame of version ${flags >> 6}`);
  if ((flags & 1) !== 0) throw new RangeError("an LZ4 frame with a dictionary of its own");
  const [checkedBlocks, sized] = [(flags & 16) !== 0, (flags & 8) !== 0];
  if (sized && Number(view.getBigUint64(6, true)) !== length) throw new RangeError("an LZ4 frame of another length");
  let at = 6 + (sized ? 8 : 0) + 1;
  const out = new Uint8Array(length);
  let done = 0;
  for (;;) {
    const size = view.getUint32(at, true);
    at += 4;
    if (size === 0) break;
    const bytes = size & 0x7fffffff;
    if (at + bytes > frame.length) throw new RangeError("an LZ4 block that ends behind its frame");
    const block = frame.subarray(at, at + bytes);
    if (size >>> 31 === 1) {
      if (done + bytes > length) throw new RangeError("more bytes than declared");
      out.set(block, done);
      done += bytes;
    } else done = decompressBlock(block, out, done);
    at += bytes + (checkedBlocks ? 4 : 0);
  }
  if (done !== length) throw new RangeError(`${done} bytes, ${length} declared`);
  return out;
}

/** Appends a block to out[0, done); matches may reach back into it. Returns the new length. */
function decompressBlock(block: Uint8Array, out: Uint8Array, done: number): number {
  let from = 0;
  let to = done;
  const more = (n: number): number => {
    if (n !== 15) return n;
    for (let byte = 255; byte === 255; ) {
      if (from >= block.length) throw new RangeError("an LZ4 length that does not end");
      byte = block[from++]!;
      n += byte;
    }
    return n;
  };
  while (from < block.length) {
    const token = block[from++]!;
    const literals = more(token >> 4);
    if (from + literals > block.length || to + literals > out.length) throw new RangeError("LZ4 literals that do not fit");
    if (literals < 32) for (let i = 0; i < literals; i++) out[to + i] = block[from + i]!;
    else out.set(block.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from === block.length) break;
    if (from + 2 > block.length) throw new RangeError("an LZ4 match without its offset");
    const back = block[from]! | (block[from + 1]! << 8);
    from += 2;
    const length = more(token & 15) + 4;
    if (back === 0 || back > to || to + length > out.length) throw new RangeError("an LZ4 match that does not fit");
    if (back >= length && length >= 32) out.copyWithin(to, to - back, to - back + length);
    else for (let i = 0; i < length; i++) out[to + i] = out[to - back + i]!;
    to += length;
  }
  return to;
}
