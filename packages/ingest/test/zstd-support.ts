import fs from "node:fs";
import { xxh64Twin } from "@crossbill/kernels";

/** What fixtures/text.csv.zst unpacks to; it was written with `zstd -19 --check` (zstd 1.5). */
export const ZSTD_TEXT = Array.from({ length: 4000 }, (_, i) => `${i},${(i * 7919) % 997},site${(i * i) % 301}\n`).join("");

export function zstdFixture(): Buffer {
  return fs.readFileSync(new URL("../test/fixtures/text.csv.zst", import.meta.url));
}

/** A zstd frame of one block that stores up to 128 KiB as they are (RFC 8878). */
export function rawFrame(bytes: Uint8Array, { checksum, size }: { checksum: boolean; size: boolean }): Buffer {
  // With a size of four bytes and a window of 1 KiB, or without a size.
  const descriptor = (size ? 2 << 6 : 0) | (checksum ? 4 : 0);
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, descriptor, 0x38]);
  const declared = Buffer.alloc(size ? 4 : 0);
  if (size) declared.writeUInt32LE(bytes.length);
  const sum = Buffer.alloc(checksum ? 4 : 0);
  if (checksum) sum.writeUInt32LE(Number(xxh64Twin(bytes) & 0xffffffffn));
  return Buffer.concat([header, declared, blockHead(bytes.length, 0, true), bytes, sum]);
}

/** A frame of `blocks` blocks that each say one byte 131,072 times, in four bytes. */
export function rleFrame(byte: number, blocks: number): Buffer {
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58]);
  const block = (last: boolean): Buffer => Buffer.concat([blockHead(2 ** 17, 1, last), Buffer.from([byte])]);
  return Buffer.concat([header, ...Array<Buffer>(blocks - 1).fill(block(false)), block(true)]);
}

export function skippable(length: number): Buffer {
  return Buffer.concat([Buffer.from([0x53, 0x2a, 0x4d, 0x18, length, 0, 0, 0]), Buffer.alloc(length, 7)]);
}

function blockHead(size: number, type: number, last: boolean): Buffer {
  const word = (size << 3) | (type << 1) | (last ? 1 : 0);
  return Buffer.from([word & 255, (word >> 8) & 255, word >> 16]);
}
