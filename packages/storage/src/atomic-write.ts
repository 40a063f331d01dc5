import { createHash, type Hash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { CrossbillError } from "@crossbill/messages";
import { makeDirectory, syncDirectory } from "./directory.js";
import { faultPoint } from "./fault.js";
import { ioError } from "./io-error.js";
import { temporaryPath } from "./temporary.js";

/** What a finished file holds: length in bytes and the lower-case hexadecimal SHA-256 of all of them ("" where it was not wanted). */
export interface Written {
  readonly length: number;
  readonly sha256: string;
}

/** A file that becomes visible under its name only when all of it is on the disk. Await each call before the next. */
export interface AtomicWriter {
  readonly path: string;
  /** Bytes written so far: the offset of the next ones. */
  readonly length: number;
  write(bytes: Uint8Array): Promise<void>;
  /** fsync, rename, fsync of the folder. */
  commit(): Promise<Written>;
  /** Drops what was written; does nothing after a commit or an abort. */
  abort(): Promise<void>;
}

/**
 * Writes `path` so that a reader, at any moment and after any crash, sees the old file or the whole new one: temporary name in the same folder,
 * fsync, rename, fsync of the folder. Missing folders are created. `content` is the bytes, or a function that writes them piece by piece.
 * @throws E_NO_SPACE, E_PERMISSION, E_IO, naming the file; nothing is left behind then.
 */
export async function atomicWrite(file: string, content: Uint8Array | string | ((writer: AtomicWriter) => Promise<void>)): Promise<Written> {
  const writer = await atomicWriteStream(file);
  try {
    if (typeof content === "function") await content(writer);
    else await writer.write(typeof content === "string" ? Buffer.from(content) : content);
    return await writer.commit();
  } catch (thrown) {
    await writer.abort();
    throw thrown;
  }
}

/** The writer behind {@link atomicWrite}, for content that is made over a longer time. Errors as there. `hashed`: whether the SHA-256 is wanted. */
export async function atomicWriteStream(file: string, hashed = true): Promise<AtomicWriter> {
  const target = path.resolve(file);
  const temporary = temporaryPath(path.dirname(target));
  let handle: fs.FileHandle;
  try {
    await makeDirectory(path.dirname(target));
    handle = await fs.open(temporary, "wx", 0o600);
  } catch (thrown) {
    throw ioError(thrown, "write", target);
  }
  return new FileWriter(target, temporary, handle, hashed ? createHash("sha256") : null);
}

class FileWriter implements AtomicWriter {
  length = 0;
  readonly path: string;
  readonly #temporary: string;
  readonly #handle: fs.FileHandle;
  readonly #hash: Hash | null;
  #state: "open" | "closed" | "done" = "open";

  constructor(target: string, temporary: string, handle: fs.FileHandle, hash: Hash | null) {
    this.path = target;
    this.#temporary = temporary;
    this.#handle = handle;
    this.#hash = hash;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#mustBeOpen();
    try {
      faultPoint("storage", "write");
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done);
        if (bytesWritten === 0) throw new CrossbillError("E_IO", `cannot write ${this.path}: the system accepts no bytes`, { details: { path: this.path } });
        done += bytesWritten;
      }
    } catch (thrown) {
      throw ioError(thrown, "write", this.path);
    }
    this.#hash?.update(bytes);
    this.length += bytes.length;
  }

  async commit(): Promise<Written> {
    this.#mustBeOpen();
    try {
      faultPoint("storage", "sync");
      await this.#handle.sync();
      this.#state = "closed";
      await this.#handle.close();
      faultPoint("storage", "before-rename");
      await fs.rename(this.#temporary, this.path);
      this.#state = "done";
      faultPoint("storage", "after-rename");
      await syncDirectory(path.dirname(this.path));
    } catch (thrown) {
      await this.abort();
      throw ioError(thrown, "write", this.path);
    }
    return { length: this.length, sha256: this.#hash?.digest("hex") ?? "" };
  }

  async abort(): Promise<void> {
    if (this.#state === "done") return;
    const wasOpen = this.#state === "open";
    this.#state = "done";
    // On a failing disk closing and removing may fail too; the first error is the one to report, and sweepTemporaries removes the rest.
    await Promise.allSettled([wasOpen ? this.#handle.close() : undefined, fs.rm(this.#temporary, { force: true })]);
  }

  #mustBeOpen(): void {
    if (this.#state !== "open") throw new CrossbillError("E_WRITER_CLOSED", `cannot write ${this.path}: already committed or aborted`);
  }
}
