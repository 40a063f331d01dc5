import { DamagedData } from "./unpackers.js";

/** Bytes of a block of a frame, unpacked, at most (RFC 8878, 3.1.1.2.3). */
export const ZSTD_BLOCK_BYTES = 2 ** 17;
/** Window that is allowed, as in zstd itself: 128 MiB. */
const MAX_WINDOW = 2 ** 27;
const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;

/** The header of a frame. */
export interface ZstdHeader {
  /** Bytes unpacked; null: not said. */
  readonly contentSize: number | null;
  readonly checksum: boolean;
}

/** A piece of zstd data, with its bytes as they stand; a header begins a frame, the last block (with the checksum in `bytes`, if there is one) ends it. */
export type ZstdPiece =
  | { readonly kind: "header"; readonly bytes: Uint8Array; readonly header: ZstdHeader }
  | { readonly kind: "block"; readonly bytes: Uint8Array; readonly last: boolean; readonly checksum: number | null };

/**
 * Cuts zstd data (RFC 8878) into frames and blocks; skippable frames are left out. It knows whether a frame is complete, which neither node:zlib (it stops behind
 * the first frame) nor fzstd (it checks no checksum) tells.
 * @throws DamagedData
 */
export async function* zstdPieces(packed: AsyncIterable<Uint8Array>): AsyncGenerator<ZstdPiece> {
  const bytes = new Bytes(packed);
  try {
    yield* piecesOf(bytes);
  } finally {
    await bytes.close();
  }
}

async function* piecesOf(bytes: Bytes): AsyncGenerator<ZstdPiece> {
  while (await bytes.has(1)) {
    const magic = word(await bytes.peek(4));
    if (magic >>> 4 === SKIPPABLE >>> 4) {
      await bytes.skip(8 + word((await bytes.peek(8)).subarray(4)));
      continue;
    }
    if (magic !== MAGIC) throw new DamagedData("bytes that begin no zstd frame");
    const { length, header } = readHeader(await bytes.peek(4 + headerBytes((await bytes.peek(5))[4]!)));
    yield { kind: "header", bytes: await bytes.take(length), header };
    for (let last = false; !last; ) {
      const head = await bytes.peek(3);
      const word24 = head[0]! | (head[1]! << 8) | (head[2]! << 16);
      const type = (word24 >> 1) & 3;
      const size = word24 >>> 3;
      last = (word24 & 1) === 1;
      if (type === 3) throw new DamagedData("a block of the reserved type");
      if (size > ZSTD_BLOCK_BYTES) throw new DamagedData(`a block of ${size} bytes; ${ZSTD_BLOCK_BYTES} are allowed`);
      const body = 3 + (type === 1 ? 1 : size);
      const ends = last && header.checksum;
      const block = await bytes.take(body + (ends ? 4 : 0));
      yield { kind: "block", bytes: block, last, checksum: ends ? word(block.subarray(body)) : null };
    }
  }
}

/** Bytes of a frame header behind the magic number, by its first one. */
function headerBytes(descriptor: number): number {
  const single = (descriptor >> 5) & 1;
  const size = descriptor >> 6;
  return 1 + (1 - single) + [0, 1, 2, 4][descriptor & 3]! + (size === 0 ? single : 2 ** size);
}

function readHeader(bytes: Uint8Array): { length: number; header: ZstdHeader } {
  const descriptor = bytes[4]!;
  const single = ((descriptor >> 5) & 1) === 1;
  if ((descriptor & 8) !== 0) throw new DamagedData("a reserved bit of a frame header is set");
  let at = 5;
  const exponent = bytes[at]! >> 3;
  const window = single ? 0 : 2 ** (10 + exponent) * (1 + (bytes[at]! & 7) / 8);
  at += single ? 0 : 1;
  const dictionary = [0, 1, 2, 4][descriptor & 3]!;
  if (little(bytes.subarray(at, at + dictionary)) !== 0) throw new DamagedData("it was compressed with a dictionary, which is not supported");
  at += dictionary;
  const sizeBytes = bytes.length - at;
  const contentSize = sizeBytes === 0 ? null : little(bytes.subarray(at)) + (sizeBytes === 2 ? 256 : 0);
  const needed = single ? contentSize! : window;
  if (needed > MAX_WINDOW)
    throw new DamagedData(`it needs a window of ${needed} bytes; ${MAX_WINDOW} are allowed: compress it without --long or --ultra, in frames`);
  return { length: bytes.length, header: { contentSize, checksum: (descriptor & 4) !== 0 } };
}

function word(bytes: Uint8Array): number {
  return (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0;
}

function little(bytes: Uint8Array): number {
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
}

/** Bytes of a stream, as many as are asked for. */
class Bytes {
  readonly #from: AsyncIterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(packed: AsyncIterable<Uint8Array>) {
    this.#from = packed[Symbol.asyncIterator]();
  }

  /** Whether n more bytes are there. */
  async has(n: number): Promise<boolean> {
    while (this.#held.length - this.#at < n) {
      const next = await this.#from.next();
      if (next.done) return false;
      const rest = this.#held.subarray(this.#at);
      const joined = new Uint8Array(rest.length + next.value.length);
      joined.set(rest);
      joined.set(next.value, rest.length);
      this.#held = joined;
      this.#at = 0;
    }
    return true;
  }

  async peek(n: number): Promise<Uint8Array> {
    if (!(await this.has(n))) throw new DamagedData("it ends in the middle of a frame");
    return this.#held.subarray(this.#at, this.#at + n);
  }

  async take(n: number): Promise<Uint8Array> {
    const bytes = await this.peek(n);
    this.#at += n;
    return bytes;
  }

  /** Gives up what was not read. */
  async close(): Promise<void> {
    await this.#from.return?.(undefined);
  }

  async skip(n: number): Promise<void> {
    for (let left = n; left > 0; ) {
      const part = Math.min(left, 2 ** 16);
      await this.take(part);
      left -= part;
    }
  }
}
