import fs from "node:fs/promises";
import path from "node:path";
import { CrossbillError, v1 } from "@crossbill/messages";
import { type AtomicWriter, atomicWrite, atomicWriteStream, ioError, resolveInside, sha256File, type Written } from "@crossbill/storage";

const KEY = /^[0-9a-f]{64}$/;
const NAME = /^[A-Za-z0-9._-]{1,100}$/;

/** The uri (relative to the store) of a task's output: `objects/<key[0..1]>/<key>-<name>`. @throws E_PATH */
export function outputUri(key: string, name: string): string {
  if (!KEY.test(key) || !NAME.test(name))
    throw new CrossbillError("E_PATH", `not an output's name: ${JSON.stringify(name)} of task ${JSON.stringify(key)}; allowed is ${NAME.source}`);
  return `objects/${key.slice(0, 2)}/${key}-${name}`;
}

/** Where a task's output lies under the store `root`. It is written through storage's atomicWrite, or by {@link writeOutput}. @throws E_PATH */
export function outputPath(root: string, key: string, name: string): string {
  return resolveInside(root, outputUri(key, name));
}

/** Writes an output (atomically) and returns its Ref. `content` as in storage's atomicWrite. @throws E_PATH, E_NO_SPACE, E_IO */
export async function writeOutput(root: string, key: string, name: string, content: Uint8Array | ((writer: AtomicWriter) => Promise<void>)): Promise<v1.Ref> {
  return refOf(outputUri(key, name), await atomicWrite(outputPath(root, key, name), content));
}

/** An output written piece by piece; after `commit()` its Ref is `refOf(outputUri(key, name), written)`. */
export async function openOutput(root: string, key: string, name: string): Promise<AtomicWriter> {
  return atomicWriteStream(outputPath(root, key, name));
}

/** The Ref of a whole file of which length and hash are known, as commit() and atomicWrite return them. */
export function refOf(uri: string, written: Written): v1.Ref {
  return v1.Ref.create({ uri, length: written.length, sha256: written.sha256 });
}

/** The Ref of bytes [offset, offset + length) of a file, which is read for its hash; without a range, of the whole file. `uri` is what the Ref will say. */
export async function refOfFile(file: string, uri: string, offset = 0, length?: number): Promise<v1.Ref> {
  const bytes = length ?? (await sizeOf(file)) - offset;
  return v1.Ref.create({ uri, offset, length: bytes, sha256: await sha256File(file, offset, bytes) });
}

/** The path of a Ref: its uri under `root`, or itself where it is an absolute path (sources only). @throws E_PATH for a relative uri that leaves `root`. */
export function refPath(root: string, ref: { readonly uri: string }): string {
  return path.isAbsolute(ref.uri) ? ref.uri : resolveInside(root, ref.uri);
}

/** The path of a Ref of an output, which always lies under `root`. @throws E_PATH for a uri that is absolute or leaves `root` */
export function outputRefPath(root: string, ref: { readonly uri: string }): string {
  return resolveInside(root, ref.uri);
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await fs.stat(file)).size;
  } catch (thrown) {
    throw ioError(thrown, "read", file);
  }
}
