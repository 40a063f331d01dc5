import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { CrossbillError } from "@crossbill/messages";
import { ioError, openScratch } from "@crossbill/storage";
import type { Codec } from "./compression.js";
import { gunzip } from "./gunzip.js";
import { DamagedData, type Unpacker } from "./unpackers.js";
import { unzstd } from "./unzstd.js";

/** Bytes read at once. Unpacked they may be a thousand times as many. */
const CHUNK = 2 ** 16;
/** Without a limit of its own the bytes of a file that were read may unpack to so many times as many, or to so many bytes if that is more. */
export const UNPACK_RATIO = 100;
export const UNPACK_BYTES = 2 ** 28;

/** A file as it lies on the disk. */
export interface Packed {
  readonly path: string;
  /** What it is called in errors. */
  readonly shown: string;
  readonly codec: Codec;
}

/** The default limit of what `packed` bytes may unpack to. */
export function unpackLimit(packed: number): number {
  return Math.max(UNPACK_BYTES, UNPACK_RATIO * packed);
}

/**
 * Unpacks a file into another one, in bounded memory; declared sizes are not trusted.
 * @param most bytes that it may unpack to; 0: {@link unpackLimit}
 * @returns length of the unpacked bytes, SHA-256 of the packed ones
 * @throws E_CORRUPT for damaged, truncated or trailing data; E_UNPACKED_SIZE; E_EMPTY_FILE; E_NO_SPACE, E_NOT_FOUND, E_IO
 */
export async function unpackFile(
  { path: from, shown, codec }: Packed,
  target: string,
  most: number,
  beat: () => void,
): Promise<{ length: number; sha256: string }> {
  const hash = createHash("sha256");
  const size = await sizeOf(from);
  if (size === 0) throw new CrossbillError("E_EMPTY_FILE", `${shown}: the file is empty`, { details: { path: shown } });
  let read = 0;
  async function* packed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of readChunks(from)) {
      hash.update(chunk);
      read += chunk.length;
      beat();
      yield chunk;
    }
  }
  const out = await keeping(shown, target, () => openScratch(target));
  try {
    await UNPACKERS[codec](packed(), async (bytes) => {
      if (out.length + bytes.length > (most > 0 ? most : unpackLimit(read))) throw tooLarge(shown, read, out.length, most);
      await keeping(shown, target, () => out.write(bytes));
      beat();
    });
    await keeping(shown, target, () => out.close());
  } catch (thrown) {
    await out.abort();
    if (!(thrown instanceof DamagedData)) throw thrown;
    throw new CrossbillError(
      "E_CORRUPT",
      `${shown}: damaged or cut short (${codec}: ${thrown.message}; ${read} of ${size} bytes were read, ${out.length} unpacked); get the file anew, nothing of it is used`,
      { cause: thrown, details: { path: shown, read, size } },
    );
  }
  return { length: out.length, sha256: hash.digest("hex") };
}

class Enough extends Error {}

/**
 * Unpacks the beginning of a file: more than `bytes` bytes and a whole line, or all there is.
 * @throws DamagedData; E_NO_SPACE, E_NOT_FOUND, E_IO
 */
export async function unpackBeginning({ path: from, shown, codec }: Packed, target: string, bytes: number): Promise<void> {
  const out = await keeping(shown, target, () => openScratch(target));
  let line = false;
  try {
    await UNPACKERS[codec](readChunks(from), async (chunk) => {
      await keeping(shown, target, () => out.write(chunk));
      line ||= chunk.includes(10);
      if (line && out.length > bytes) throw new Enough();
    });
  } catch (thrown) {
    if (!(thrown instanceof Enough)) {
      await out.abort();
      throw thrown;
    }
  }
  await keeping(shown, target, () => out.close());
}

const UNPACKERS: Readonly<Record<Codec, Unpacker>> = {
  none: async (packed, sink) => {
    for await (const bytes of packed) await sink(bytes);
  },
  gzip: gunzip,
  zstd: unzstd(),
};

/** SHA-256 of a file's bytes. @throws E_NOT_FOUND, E_IO */
export async function hashFile(file: string, beat: () => void): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of readChunks(file, 2 ** 20)) {
    hash.update(chunk);
    beat();
  }
  return hash.digest("hex");
}

/** The bytes of a file, chunk by chunk; each is the reader's own. */
async function* readChunks(file: string, chunkBytes: number = CHUNK): AsyncGenerator<Uint8Array> {
  let handle: fs.FileHandle | undefined;
  try {
    handle = await fs.open(file, "r");
    for (;;) {
      const buffer = new Uint8Array(chunkBytes);
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (thrown) {
    throw ioError(thrown, "read", file);
  } finally {
    await handle?.close();
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await fs.stat(file)).size;
  } catch (thrown) {
    throw ioError(thrown, "read", file);
  }
}

/** Runs a step of writing `target`; an error says what for. */
export async function keeping<T>(shown: string, target: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (thrown) {
    if (!(thrown instanceof CrossbillError)) throw thrown;
    const why = thrown.code === "E_NO_SPACE" ? "no space left on the device; free some, or name another --workdir" : thrown.message;
    // The name of the file means nothing to people, and is gone by now.
    const folder = path.dirname(path.dirname(target));
    throw new CrossbillError(thrown.code, `${shown}: its bytes cannot be kept in ${folder} while they are read: ${why}`, {
      cause: thrown,
      details: { path: folder },
    });
  }
}

function tooLarge(shown: string, read: number, unpacked: number, most: number): CrossbillError {
  const rule = most > 0 ? `data.maxDecompressed, ${most} bytes` : `${UNPACK_RATIO} times as many, or ${UNPACK_BYTES} bytes if that is more`;
  return new CrossbillError(
    "E_UNPACKED_SIZE",
    `${shown}: its first ${read} bytes unpack to more than ${unpacked}, past the limit (${rule}): it looks like a compression bomb; if it is right, say how large it may become, for example data.maxDecompressed: "20g"`,
    { details: { path: shown, read, unpacked, limit: most > 0 ? most : unpackLimit(read) } },
  );
}
