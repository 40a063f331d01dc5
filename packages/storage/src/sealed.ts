import { createHash } from "node:crypto";
import { CrossbillError } from "@crossbill/messages";
import { atomicWrite, type Written } from "./atomic-write.js";
import { crc32c } from "./crc32c.js";
import { readWhole } from "./read.js";

// Layout, all numbers little-endian. The head, up to and with its CRC, stays the same in every later version of the container.
//   0  "XBIL"
//   4  uint16  version of the container: 1
//   6  uint16  K, bytes of the kind's name, 1 to 64
//   8  uint32  version of the payload, counted by each kind for itself
//  12  uint64  N, bytes of the payload
//  20  K bytes, the kind's name, ASCII
//      uint32  CRC-32C of everything before
//      N bytes of payload
//      uint32  CRC-32C of each 1 MiB block of the payload, in order
//      32 bytes SHA-256 of everything before
const MAGIC = 0x4c494258;
const CONTAINER_VERSION = 1;
const FIXED_HEAD = 20;
const MAX_KIND_BYTES = 64;
const BLOCK = 2 ** 20;
const KIND = /^[A-Za-z0-9._-]{1,64}$/;

export interface Sealed {
  readonly version: number;
  /** A view into the bytes given, not a copy. */
  readonly payload: Uint8Array;
}

/** `payload` in a container in which every flipped bit, lost or added byte is noticed. `kind` names what it is; `version` is the kind's own, from 1. */
export function sealMessage(kind: string, version: number, payload: Uint8Array): Uint8Array {
  const { head, tail } = frameOf(kind, version, payload);
  const out = new Uint8Array(head.length + payload.length + tail.length);
  out.set(head);
  out.set(payload, head.length);
  out.set(tail, head.length + payload.length);
  return out;
}

/** What stands before and after the payload. */
function frameOf(kind: string, version: number, payload: Uint8Array): { readonly head: Uint8Array; readonly tail: Uint8Array } {
  if (!KIND.test(kind) || !Number.isInteger(version) || version < 1 || version > 0xffffffff) {
    throw new CrossbillError("E_SEAL", `cannot seal kind ${JSON.stringify(kind)} version ${version}: a kind is ${KIND.source}, a version an integer from 1`);
  }
  const head = new Uint8Array(FIXED_HEAD + kind.length + 4);
  const view = new DataView(head.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, CONTAINER_VERSION, true);
  view.setUint16(6, kind.length, true);
  view.setUint32(8, version, true);
  view.setBigUint64(12, BigInt(payload.length), true);
  for (let i = 0; i < kind.length; i++) head[FIXED_HEAD + i] = kind.charCodeAt(i);
  view.setUint32(head.length - 4, crc32c(head, 0, head.length - 4), true);

  const blocks = Math.ceil(payload.length / BLOCK);
  const tail = new Uint8Array(4 * blocks + 32);
  const checks = new DataView(tail.buffer);
  for (let b = 0; b < blocks; b++) checks.setUint32(4 * b, blockCrc(payload, b), true);
  const digest = createHash("sha256")
    .update(head)
    .update(payload)
    .update(tail.subarray(0, 4 * blocks))
    .digest();
  tail.set(digest, 4 * blocks);
  return { head, tail };
}

function blockCrc(payload: Uint8Array, block: number): number {
  return crc32c(payload, block * BLOCK, Math.min(payload.length, (block + 1) * BLOCK));
}

/**
 * The inverse of {@link sealMessage}; everything is checked before anything is returned. `what` names the bytes in errors (a file, usually);
 * `newest` is the newest payload version the caller can read.
 * @throws E_CORRUPT; E_NEWER_VERSION; E_WRONG_KIND for a sound container of another kind.
 */
export function openSealed(kind: string, bytes: Uint8Array, what: string, newest = 1): Sealed {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < FIXED_HEAD + 1 + 4 + 32) throw corrupt(what, `${bytes.length} bytes are too few`);
  if (view.getUint32(0, true) !== MAGIC) throw corrupt(what, "it does not begin with XBIL");
  const kindLength = view.getUint16(6, true);
  const head = FIXED_HEAD + kindLength;
  if (kindLength < 1 || kindLength > MAX_KIND_BYTES || head + 4 + 32 > bytes.length) throw corrupt(what, "the length of its kind is wrong");
  if (view.getUint32(head, true) !== crc32c(bytes, 0, head)) throw corrupt(what, "the checksum of its head is wrong");

  const found = String.fromCharCode(...bytes.subarray(FIXED_HEAD, head));
  const container = view.getUint16(4, true);
  if (container > CONTAINER_VERSION) throw newer(what, `container version ${container}`, CONTAINER_VERSION);
  if (found !== kind) throw new CrossbillError("E_WRONG_KIND", `${what}: holds a ${found}, not a ${kind}`, { details: { found, expected: kind } });
  const version = view.getUint32(8, true);
  if (version > newest) throw newer(what, `${kind} version ${version}`, newest);

  const length = Number(view.getBigUint64(12, true));
  const start = head + 4;
  const blocks = Math.ceil(length / BLOCK);
  const expected = start + length + 4 * blocks + 32;
  if (bytes.length !== expected) throw corrupt(what, `${bytes.length} bytes where its head says ${expected}`);
  const payload = bytes.subarray(start, start + length);
  for (let b = 0; b < blocks; b++) {
    if (view.getUint32(start + length + 4 * b, true) !== blockCrc(payload, b))
      throw corrupt(what, `the checksum of bytes [${start + b * BLOCK}, ${start + Math.min(length, (b + 1) * BLOCK)}) is wrong`);
  }
  const digest = createHash("sha256")
    .update(bytes.subarray(0, expected - 32))
    .digest();
  if (digest.compare(bytes, expected - 32) !== 0) throw corrupt(what, "its SHA-256 is wrong");
  return { version, payload };
}

function corrupt(what: string, why: string): CrossbillError {
  return new CrossbillError("E_CORRUPT", `${what}: damaged or not a Crossbill file: ${why}; restore it or run again the step that made it`, {
    details: { what },
  });
}

function newer(what: string, found: string, newest: number): CrossbillError {
  return new CrossbillError(
    "E_NEWER_VERSION",
    `${what}: written by a newer version of Crossbill (${found}; this one reads up to ${newest}); update Crossbill`,
    { details: { what } },
  );
}

/** Writes a sealed file atomically. */
export async function writeSealed(file: string, kind: string, version: number, payload: Uint8Array): Promise<Written> {
  const { head, tail } = frameOf(kind, version, payload);
  return atomicWrite(file, async (writer) => {
    for (const part of [head, payload, tail]) await writer.write(part);
  });
}

/** Reads and checks a sealed file. @throws as {@link openSealed}, and E_NOT_FOUND, E_IO. */
export async function readSealed(file: string, kind: string, newest = 1): Promise<Sealed> {
  return openSealed(kind, await readWhole(file), file, newest);
}
