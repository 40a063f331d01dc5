/** Little-endian bytes of doubles. */
export function writeFloat64(column: Float64Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(column.length * 8));
  for (let i = 0; i < column.length; i++) view.setFloat64(i * 8, column[i]!, true);
  return new Uint8Array(view.buffer);
}

/** The inverse of {@link writeFloat64}. @throws RangeError when the length is no multiple of 8 */
export function readFloat64(bytes: Uint8Array | null | undefined): Float64Array {
  const view = viewOf(bytes, 8);
  return Float64Array.from({ length: view.byteLength / 8 }, (_, i) => view.getFloat64(i * 8, true));
}

/** Little-endian bytes of 32-bit unsigned integers. */
export function writeUint32(column: Uint32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(column.length * 4));
  for (let i = 0; i < column.length; i++) view.setUint32(i * 4, column[i]!, true);
  return new Uint8Array(view.buffer);
}

/** The inverse of {@link writeUint32}. @throws RangeError when the length is no multiple of 4 */
export function readUint32(bytes: Uint8Array | null | undefined): Uint32Array {
  const view = viewOf(bytes, 4);
  return Uint32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getUint32(i * 4, true));
}

function viewOf(bytes: Uint8Array | null | undefined, size: number): DataView {
  if (!bytes) return new DataView(new ArrayBuffer(0));
  if (bytes.length % size !== 0) throw new RangeError(`a column of ${bytes.length} bytes, no multiple of ${size}`);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
