import zlib from "node:zlib";
import { DecoderStream } from "./decoder-stream.js";
import { DamagedData, type Unpacker } from "./unpackers.js";

/** gzip (RFC 1952), one member or several one behind the other; zeros behind the last one are padding, anything else there is damage. */
export const gunzip: Unpacker = async (packed, sink) => {
  const stream = zlib.createGunzip({ chunkSize: 2 ** 18 });
  const decoder = new DecoderStream(stream, sink);
  let fed = 0;
  let stopped = false;
  try {
    for await (const chunk of packed) {
      if (!stopped) await decoder.write(chunk);
      // At a zero behind a member Node.js stops, and does not say so; how much it took in is known.
      const used = Math.max(0, stream.bytesWritten - fed);
      if (used < chunk.length) {
        stopped = true;
        checkPadding(chunk.subarray(used));
      }
      fed += chunk.length;
    }
    await decoder.end();
  } finally {
    stream.destroy();
  }
};

function checkPadding(rest: Uint8Array): void {
  if (rest.some((byte) => byte !== 0)) throw new DamagedData("bytes that are no gzip data stand behind it");
}
