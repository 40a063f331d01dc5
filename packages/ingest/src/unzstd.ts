import type { Transform } from "node:stream";
import zlib from "node:zlib";
import { Decompress } from "fzstd";
import { DecoderStream } from "./decoder-stream.js";
import { type Runtime, withRuntime } from "./runtime.js";
import { DamagedData, type Sink, type Unpacker } from "./unpackers.js";
import { ZSTD_BLOCK_BYTES, type ZstdPiece, zstdPieces } from "./zstd-frames.js";

/** Unpacks the pieces of one frame; `end` comes behind the last block. */
interface FrameDecoder {
  push(bytes: Uint8Array, last: boolean): Promise<void>;
  /** Frees what it holds. */
  drop(): void;
}

/** Zstandard (RFC 8878), one frame or several one behind the other, by node:zlib where it has it. @param native for tests: false takes the other decoder */
export const unzstd =
  (native: boolean = nativeDecoder() !== null): Unpacker =>
  (packed, sink) =>
    withRuntime(async (runtime) => {
      const mark = runtime.arena.mark();
      for await (const frame of frames(packed)) {
        const counted = new Counted(sink, native ? null : new Xxh64(runtime));
        const decoder = native ? new NativeDecoder(counted.take) : new JsDecoder(counted.take);
        try {
          const checksum = await feed(decoder, frame.pieces);
          counted.check(frame.contentSize, checksum);
        } finally {
          decoder.drop();
          runtime.arena.release(mark);
        }
      }
    });

async function feed(decoder: FrameDecoder, pieces: AsyncIterable<ZstdPiece>): Promise<number | null> {
  let checksum: number | null = null;
  for await (const piece of pieces) {
    if (piece.kind === "block") checksum = piece.checksum;
    await decoder.push(piece.bytes, piece.kind === "block" && piece.last);
  }
  return checksum;
}

/** The frames, each with its pieces, which must be read before the next frame. */
async function* frames(packed: AsyncIterable<Uint8Array>): AsyncGenerator<{ contentSize: number | null; pieces: AsyncIterable<ZstdPiece> }> {
  const all = zstdPieces(packed);
  try {
    for (let first = await all.next(); !first.done; first = await all.next()) {
      if (first.value.kind !== "header") throw new DamagedData("a block stands outside of a frame");
      yield { contentSize: first.value.header.contentSize, pieces: frameOf(first.value, all) };
    }
  } finally {
    await all.return(undefined);
  }
}

async function* frameOf(header: ZstdPiece, all: AsyncGenerator<ZstdPiece>): AsyncGenerator<ZstdPiece> {
  yield header;
  for (;;) {
    const next = await all.next();
    if (next.done) return;
    yield next.value;
    if (next.value.kind === "block" && next.value.last) return;
  }
}

/** Counts and hashes what a frame unpacks to, on its way to the sink. */
class Counted {
  #length = 0;
  readonly #sink: Sink;
  readonly #hash: Xxh64 | null;

  constructor(sink: Sink, hash: Xxh64 | null) {
    this.#sink = sink;
    this.#hash = hash;
  }

  readonly take: Sink = async (bytes) => {
    this.#length += bytes.length;
    this.#hash?.update(bytes);
    await this.#sink(bytes);
  };

  /** @throws DamagedData */
  check(contentSize: number | null, checksum: number | null): void {
    if (contentSize !== null && contentSize !== this.#length) throw new DamagedData(`a frame unpacks to ${this.#length} bytes, its header says ${contentSize}`);
    // node:zlib checks it itself.
    if (checksum !== null && this.#hash !== null && this.#hash.end() !== checksum) throw new DamagedData("a checksum differs from that of the unpacked data");
  }
}

class JsDecoder implements FrameDecoder {
  readonly #sink: Sink;
  #ready: Uint8Array[] = [];
  readonly #stream = new Decompress((bytes) => this.#ready.push(bytes));

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  async push(bytes: Uint8Array, last: boolean): Promise<void> {
    try {
      this.#stream.push(bytes.slice(), last);
    } catch (thrown) {
      throw new DamagedData(thrown instanceof Error ? thrown.message : String(thrown));
    }
    const ready = this.#ready;
    this.#ready = [];
    for (const one of ready) await this.#sink(one);
  }

  drop(): void {
    this.#ready = [];
  }
}

/** Blocks fed at once: so much of what they unpack to is held. */
const BLOCKS = 2 ** 23 / ZSTD_BLOCK_BYTES;

class NativeDecoder implements FrameDecoder {
  readonly #stream: Transform;
  readonly #decoder: DecoderStream;
  #pieces: Uint8Array[] = [];

  constructor(sink: Sink) {
    this.#stream = nativeDecoder()!({ chunkSize: 2 ** 18 });
    this.#decoder = new DecoderStream(this.#stream, sink);
  }

  async push(bytes: Uint8Array, last: boolean): Promise<void> {
    this.#pieces.push(bytes);
    if (this.#pieces.length < BLOCKS && !last) return;
    await this.#decoder.write(Buffer.concat(this.#pieces));
    this.#pieces = [];
    if (last) await this.#decoder.end();
  }

  drop(): void {
    this.#stream.destroy();
  }
}

/** Of Node.js 22.15 and later. */
function nativeDecoder(): ((options: { chunkSize: number }) => Transform) | null {
  const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: { chunkSize: number }) => Transform };
  return createZstdDecompress ?? null;
}

class Xxh64 {
  readonly #runtime: Runtime;
  readonly #lanes: number;
  readonly #at: number;
  /** Bytes at #at that make no stripe yet. */
  #held = 0;
  #total = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#lanes = runtime.arena.take(32);
    this.#at = runtime.arena.take(ZSTD_BLOCK_BYTES + 32);
    runtime.kernels.xxh64_begin(this.#lanes);
  }

  update(bytes: Uint8Array): void {
    const { arena, kernels } = this.#runtime;
    for (let done = 0; done < bytes.length; done += ZSTD_BLOCK_BYTES) {
      const part = bytes.subarray(done, done + ZSTD_BLOCK_BYTES);
      arena.u8(this.#at + this.#held, part.length).set(part);
      this.#total += part.length;
      const there = this.#held + part.length;
      const stripes = there - (there % 32);
      kernels.xxh64_stripes(this.#lanes, this.#at, stripes);
      this.#held = there - stripes;
      arena.u8(this.#at, this.#held).set(arena.u8(this.#at + stripes, this.#held));
    }
  }

  end(): number {
    return this.#runtime.kernels.xxh64_end_u32(this.#lanes, this.#at, BigInt(this.#total)) >>> 0;
  }
}
