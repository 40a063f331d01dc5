import { corrupt } from "./messages.js";

/** Little-endian bytes of doubles. */
export function writeFloat64(column: Float64Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(column.length * 8));
  for (let i = 0; i < column.length; i++) view.setFloat64(i * 8, column[i]!, true);
  return new Uint8Array(view.buffer);
}

/** The inverse of {@link writeFloat64}. @throws E_MESSAGE_CORRUPT when the length is no multiple of 8 */
export function readFloat64(bytes: Uint8Array | null | undefined, state: string, what: string): Float64Array {
  const length = bytes?.length ?? 0;
  if (length % 8 !== 0) throw corrupt(state, `${what} has ${length} bytes, no multiple of 8`);
  const column = new Float64Array(length / 8);
  if (!bytes) return column;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  for (let i = 0; i < column.length; i++) column[i] = view.getFloat64(i * 8, true);
  return column;
}

/** Bytes of small signed integers. */
export function writeInt8(column: Int8Array): Uint8Array {
  return new Uint8Array(column.buffer.slice(column.byteOffset, column.byteOffset + column.length));
}

/** The inverse of {@link writeInt8}. */
export function readInt8(bytes: Uint8Array): Int8Array {
  return Int8Array.from(bytes, (b) => (b << 24) >> 24);
}
