import { CrossbillError } from "./error.js";
import type protobuf from "./protobuf.js";

/** What generated message classes offer, as far as this package uses it. */
export interface MessageEncoder<P> {
  encode(message: P, writer?: protobuf.Writer): protobuf.Writer;
}
export interface MessageDecoder<T> {
  decode(reader: Uint8Array, length?: number): T;
}

/** Messages larger than this are refused before they are parsed; bulk data travels in Arrow files, not in messages. */
export const MAX_MESSAGE_BYTES = 2 ** 30;

/** Bytes of `message`. Equal messages give equal bytes: fields in order of their numbers, repeated fields in their order (no map fields are used). */
export function encodeMessage<P>(type: MessageEncoder<P>, message: P): Uint8Array {
  return type.encode(message).finish();
}

/**
 * The message in `bytes`. `what` names it in errors (a file, usually).
 * @throws E_MESSAGE_TOO_LARGE past `maxBytes`; E_MESSAGE_CORRUPT when the bytes are no such message (nesting deeper than 100 included).
 */
export function decodeMessage<T>(type: MessageDecoder<T>, bytes: Uint8Array, what: string, maxBytes: number = MAX_MESSAGE_BYTES): T {
  if (bytes.length > maxBytes) throw new CrossbillError("E_MESSAGE_TOO_LARGE", `${what}: message of ${bytes.length} bytes, at most ${maxBytes} are read`);
  try {
    // As a plain Uint8Array: a Buffer's `slice` shares memory, so a Buffer in a bytes field would surprise its readers.
    return type.decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (cause) {
    throw new CrossbillError("E_MESSAGE_CORRUPT", `${what}: not a readable message (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
  }
}

/** What is set in a message, as plain objects and lists: what JSON shows and tests compare. An empty list is not set, as in its bytes; bytes stay bytes. */
export function plainMessage(message: object): Record<string, unknown> {
  const set = Object.entries(message).filter(([, value]) => value != null && !(Array.isArray(value) && value.length === 0));
  return Object.fromEntries(set.map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value) ? plainMessage(value) : value;
}
