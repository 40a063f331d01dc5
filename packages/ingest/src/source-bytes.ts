import { createHash } from "node:crypto";
import fs from "node:fs";
import { CrossbillError } from "@crossbill/messages";
import { ioError } from "@crossbill/storage";
import type { Runtime } from "./runtime.js";
import type { ShardInput } from "./shard-source.js";

/** Readable bytes around a text in kernel memory, for vector loads. */
const PADDING = 64;

/** Room for `length` bytes with padding on both sides, zeroed; returns the offset of the first. @throws E_SHARD_TOO_LARGE past 4 GiB */
export function takeText({ arena }: Runtime, length: number): number {
  try {
    const at = arena.take(length + 2 * PADDING) + PADDING;
    arena.u8(at - PADDING, PADDING).fill(0);
    arena.u8(at + length, PADDING).fill(0);
    return at;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CrossbillError(
      "E_SHARD_TOO_LARGE",
      `${length} bytes of text do not fit the kernels' memory of 4 GiB: a row is that long, or a quoted field is not closed`,
      { cause },
    );
  }
}

/** The checksum of `length` bytes in kernel memory, as messages hold it. */
export function checksumOf({ kernels }: Runtime, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, kernels.checksum_u64(at, length), true);
  return bytes;
}

/** Opens a file for {@link readInto}. @throws E_NOT_FOUND, E_PERMISSION, E_IO */
export function openSource(path: string): number {
  try {
    return fs.openSync(path, "r");
  } catch (thrown) {
    throw ioError(thrown, "read", path);
  }
}

/** Fills `out` with the bytes of an open file from `offset` on. @throws E_INPUT_CHANGED when the file ends before; E_IO */
export function readInto(file: number, path: string, out: Uint8Array, offset: number): void {
  for (let done = 0; done < out.length; ) {
    let n: number;
    try {
      n = fs.readSync(file, out, done, out.length - done, offset + done);
    } catch (thrown) {
      throw ioError(thrown, "read", path);
    }
    if (n === 0) throw inputChanged(path, `it ends at byte ${offset + done}, bytes up to ${offset + out.length} were there`);
    done += n;
  }
}

/** Reads what a shard has of a file to kernel memory. @param checksum of the bytes; empty: their SHA-256 is verified. @throws E_INPUT_CHANGED, E_NOT_FOUND, E_IO */
export function readVerified(input: ShardInput, runtime: Runtime, at: number, checksum: Uint8Array): void {
  const out = runtime.arena.u8(at, input.length);
  const file = openSource(input.path);
  try {
    readInto(file, input.path, out, input.offset);
  } finally {
    fs.closeSync(file);
  }
  const same =
    checksum.length > 0
      ? Buffer.compare(checksumOf(runtime, at, input.length), checksum) === 0
      : createHash("sha256").update(out).digest("hex") === input.sha256;
  if (!same) throw inputChanged(input.path, `bytes [${input.offset}, ${input.offset + input.length}) differ from those that were scanned`);
}

/** A source file that did not stay as it was while it was read. */
export function inputChanged(path: string, how: string): CrossbillError {
  return new CrossbillError("E_INPUT_CHANGED", `${path}: changed while it was read (${how}); nothing was published; run again once it is complete`, {
    details: { path },
  });
}
