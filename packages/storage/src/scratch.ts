import fs from "node:fs/promises";
import path from "node:path";
import { makeDirectory } from "./directory.js";
import { faultPoint } from "./fault.js";
import { ioError } from "./io-error.js";

/** A file that outlives no crash: written once, read by the same run, removed with its folder. Await each call before the next. */
export interface ScratchWriter {
  readonly path: string;
  /** Bytes written so far. */
  readonly length: number;
  write(bytes: Uint8Array): Promise<void>;
  /** The file is complete; a later call does nothing. */
  close(): Promise<void>;
  /** Drops the file. */
  abort(): Promise<void>;
}

/**
 * Makes a file without the cost of durability: no fsync, no rename. It belongs into a folder of {@link temporaryDirectory}, which `sweepTemporaries`
 * removes when its process is dead. A file of that name is replaced.
 * @throws E_NO_SPACE, E_PERMISSION, E_IO, naming the file
 */
export async function openScratch(file: string): Promise<ScratchWriter> {
  const target = path.resolve(file);
  try {
    await makeDirectory(path.dirname(target));
    return new Scratch(target, await fs.open(target, "w", 0o600));
  } catch (thrown) {
    throw ioError(thrown, "write", target);
  }
}

class Scratch implements ScratchWriter {
  length = 0;
  #open = true;

  constructor(
    readonly path: string,
    readonly handle: fs.FileHandle,
  ) {}

  async write(bytes: Uint8Array): Promise<void> {
    try {
      faultPoint("storage", "scratch");
      for (let done = 0; done < bytes.length; ) done += (await this.handle.write(bytes, done, bytes.length - done)).bytesWritten;
    } catch (thrown) {
      throw ioError(thrown, "write", this.path);
    }
    this.length += bytes.length;
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    try {
      await this.handle.close();
    } catch (thrown) {
      throw ioError(thrown, "write", this.path);
    }
  }

  async abort(): Promise<void> {
    const closing = this.#open ? this.handle.close() : undefined;
    this.#open = false;
    // The first error is the one to report; what is left goes with the folder.
    await Promise.allSettled([closing, fs.rm(this.path, { force: true })]);
  }
}
