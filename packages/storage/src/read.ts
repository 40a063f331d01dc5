import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import fs from "node:fs/promises";
import { CrossbillError } from "@crossbill/messages";
import { faultPoint } from "./fault.js";
import { ioError } from "./io-error.js";

const CHUNK = 2 ** 20;

/** Lower-case hexadecimal SHA-256. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * SHA-256 of bytes [offset, offset + length) of a file, read in pieces of 1 MiB; without `length` to its end.
 * @throws E_NOT_FOUND, E_IO; E_CORRUPT when the file ends before the range does.
 */
export async function sha256File(file: string, offset = 0, length?: number): Promise<string> {
  const hash = createHash("sha256");
  await withFile(file, async (handle) => {
    const end = length === undefined ? Number.POSITIVE_INFINITY : offset + length;
    const buffer = new Uint8Array(Math.max(1, Math.min(CHUNK, end - offset)));
    for (let at = offset; at < end; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, end - at), at);
      if (bytesRead === 0) {
        if (length === undefined) break;
        throw tooShort(file, at, offset, length);
      }
      hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
  });
  return hash.digest("hex");
}

/** Bytes [offset, offset + length) of a file, all of them; in `room` where they fit, else in a buffer of their own. @throws as {@link sha256File}. */
export async function readRange(
  file: string,
  offset: number,
  length: number,
  room: Uint8Array<ArrayBuffer> = new Uint8Array(0),
): Promise<Uint8Array<ArrayBuffer>> {
  const out = length <= room.length ? room.subarray(0, length) : new Uint8Array(length);
  await withFile(file, async (handle) => {
    for (let done = 0; done < length; ) {
      const { bytesRead } = await handle.read(out, done, length - done, offset + done);
      if (bytesRead === 0) throw tooShort(file, offset + done, offset, length);
      done += bytesRead;
    }
  });
  return out;
}

/** SHA-256 of a whole file, read in pieces of 1 MiB while the thread waits: for threads with nothing else to do, at about half of the cost. @throws as {@link sha256File} */
export function sha256FileSync(file: string): string {
  const hash = createHash("sha256");
  withFileSync(file, (descriptor) => {
    const buffer = new Uint8Array(CHUNK);
    for (let at = 0; ; ) {
      const bytesRead = readSync(descriptor, buffer, 0, buffer.length, at);
      if (bytesRead === 0) return;
      hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
  });
  return hash.digest("hex");
}

/** As {@link readRange} while the thread waits; `room` may lie in shared memory. */
export function readRangeSync(file: string, offset: number, length: number, room: Uint8Array = new Uint8Array(0)): Uint8Array {
  const out = length <= room.length ? room.subarray(0, length) : new Uint8Array(length);
  withFileSync(file, (descriptor) => {
    for (let done = 0; done < length; ) {
      const bytesRead = readSync(descriptor, out, done, length - done, offset + done);
      if (bytesRead === 0) throw tooShort(file, offset + done, offset, length);
      done += bytesRead;
    }
  });
  return out;
}

/** All bytes of a file, in a buffer of their own (never a slice of a shared pool). @throws E_NOT_FOUND, E_IO. */
export async function readWhole(file: string): Promise<Uint8Array> {
  return withFile(file, async (handle) => {
    const bytes = await handle.readFile();
    return bytes.byteLength === bytes.buffer.byteLength ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes);
  });
}

async function withFile<T>(file: string, use: (handle: fs.FileHandle) => Promise<T>): Promise<T> {
  try {
    faultPoint("storage", "read");
    const handle = await fs.open(file, "r");
    try {
      return await use(handle);
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw ioError(thrown, "read", file);
  }
}

function withFileSync(file: string, use: (descriptor: number) => void): void {
  try {
    faultPoint("storage", "read");
    const descriptor = openSync(file, "r");
    try {
      use(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (thrown) {
    throw ioError(thrown, "read", file);
  }
}

function tooShort(file: string, end: number, offset: number, length: number): CrossbillError {
  return new CrossbillError("E_CORRUPT", `${file}: ends at byte ${end}, but bytes [${offset}, ${offset + length}) are wanted; it was cut short`, {
    details: { path: file },
  });
}
