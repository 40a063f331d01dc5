import zlib from "node:zlib";
import { decompress } from "fzstd";

type Native = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

const native = (zlib as { zstdDecompressSync?: Native }).zstdDecompressSync;
/** Whether Node.js itself knows zstd, which is fast. */
export const NATIVE_ZSTD: boolean = native !== undefined;

/** Decompresses a zstd frame into exactly `length` bytes. @throws RangeError for anything else */
export function decompressZstd(frame: Uint8Array, length: number): Uint8Array {
  let out: Uint8Array;
  try {
    out = native === undefined ? decompress(frame, new Uint8Array(length)) : native(frame, { maxOutputLength: Math.max(1, length) });
  } catch (thrown) {
    throw new RangeError(`a zstd frame that cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  if (out.length !== length) throw new RangeError(`${out.length} bytes, ${length} declared`);
  return out;
}
