/** Little-endian bytes of doubles. */
export function writeFloat64(column: Float64Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(column.length * 8));
  for (let i = 0; i < column.length; i++) view.setFloat64(i * 8, column[i]!, true);
  return new Uint8Array(view.buffer);
}

/** The inverse of {@link writeFloat64}. @throws RangeError when the length is no multiple of 8 */
export function readFloat64(bytes: Uint8Array | null | undefined): Float64Array {
  if (!bytes) return new Float64Array(0);
  if (bytes.length % 8 !== 0) throw new RangeError(`a column of ${bytes.length} bytes, no multiple of 8`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float64Array.from({ length: bytes.length / 8 }, (_, i) => view.getFloat64(i * 8, true));
}

/** Bytes of small signed integers. */
export function writeInt8(column: Int8Array): Uint8Array {
  return new Uint8Array(column.buffer.slice(column.byteOffset, column.byteOffset + column.length));
}

/** The inverse of {@link writeInt8}. */
export function readInt8(bytes: Uint8Array): Int8Array {
  return Int8Array.from(bytes, (b) => (b << 24) >> 24);
}
