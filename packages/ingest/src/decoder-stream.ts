import type { Transform } from "node:stream";
import { DamagedData, type Sink } from "./unpackers.js";

/** A decompressor of node:zlib, fed chunk by chunk; what comes out of a chunk goes to the sink before the next one is fed. */
export class DecoderStream {
  readonly #stream: Transform;
  readonly #sink: Sink;
  readonly #ready: Uint8Array[] = [];
  readonly #closed: Promise<void>;
  #failure: { readonly thrown: unknown } | null = null;

  constructor(stream: Transform, sink: Sink) {
    this.#stream = stream;
    this.#sink = sink;
    stream.on("data", (bytes: Uint8Array) => this.#ready.push(bytes));
    this.#closed = new Promise((resolve) => {
      stream.once("end", resolve);
      stream.on("error", (thrown) => {
        this.#failure ??= { thrown };
        resolve();
      });
    });
  }

  /** Feeds a chunk. @throws DamagedData */
  async write(chunk: Uint8Array): Promise<void> {
    const taken = new Promise<void>((resolve) => this.#stream.write(chunk, () => resolve()));
    await Promise.race([taken, this.#closed]);
    await this.#pass();
  }

  /** No more comes. @throws DamagedData when data are missing */
  async end(): Promise<void> {
    this.#stream.end();
    await this.#closed;
    await this.#pass();
  }

  async #pass(): Promise<void> {
    const ready = this.#ready.splice(0);
    for (const bytes of ready) await this.#sink(bytes);
    if (this.#failure === null) return;
    const { thrown } = this.#failure;
    throw new DamagedData(thrown instanceof Error ? thrown.message : String(thrown));
  }
}
