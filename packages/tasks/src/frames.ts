import { CrossbillError } from "@crossbill/messages";

/** A frame is a uint32 (little-endian), the number of its bytes, and those bytes; no longer than this. Tasks and Results are small: data travels in files. */
export const MAX_FRAME_BYTES = 2 ** 26;

/** @throws E_FRAME when `bytes` are too many. */
export function encodeFrame(bytes: Uint8Array): Uint8Array {
  if (bytes.length > MAX_FRAME_BYTES) throw tooLarge(bytes.length);
  const frame = new Uint8Array(4 + bytes.length);
  new DataView(frame.buffer).setUint32(0, bytes.length, true);
  frame.set(bytes, 4);
  return frame;
}

/** The frames of a stream, each in a buffer of its own. @throws E_FRAME for a frame past the cap or a stream that ends within one. */
export async function* readFrames(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let chunks: Uint8Array[] = [];
  let held = 0;
  let wanted = 4;
  let inBody = false;
  for await (const chunk of stream) {
    chunks.push(chunk);
    held += chunk.length;
    if (held < wanted) continue;
    const all = Buffer.concat(chunks, held);
    let at = 0;
    while (all.length - at >= wanted) {
      const part = all.subarray(at, at + wanted);
      at += wanted;
      if (inBody) {
        yield new Uint8Array(part);
        wanted = 4;
      } else {
        wanted = part.readUInt32LE(0);
        if (wanted > MAX_FRAME_BYTES) throw tooLarge(wanted);
      }
      inBody = !inBody;
    }
    chunks = at < all.length ? [all.subarray(at)] : [];
    held = all.length - at;
  }
  if (held > 0 || inBody) throw new CrossbillError("E_FRAME", `the stream ended within a frame: ${held} of ${wanted} bytes came`);
}

function tooLarge(bytes: number): CrossbillError {
  return new CrossbillError("E_FRAME", `a frame of ${bytes} bytes; at most ${MAX_FRAME_BYTES} are allowed (is this a stream of frames at all?)`);
}
