import type { Dirent } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { atomicWrite } from "./atomic-write.js";
import { syncDirectory } from "./directory.js";
import { errnoOf, ioError } from "./io-error.js";
import { checkName, resolveInside } from "./names.js";
import { readRange } from "./read.js";
import { isTemporaryName } from "./temporary.js";

/** What is known of an object without reading it. */
export interface ObjectHead {
  readonly name: string;
  /** Bytes; NaN: not known before it is read. */
  readonly length: number;
  /** Another one means other content: an ETag. Of stores that have one. */
  readonly version?: string;
  /** false: it can only be read as a whole, by `stream`. */
  readonly ranges?: false;
}

/** Where objects (immutable runs of bytes with relative names) live. All names are checked: E_PATH. */
export interface Store {
  /**
   * Bytes [offset, offset + length), of the version that `head` said, where one is given.
   * @throws E_NOT_FOUND; E_CORRUPT when the object ends before; E_INPUT_CHANGED when it is another version now
   */
  getRange(name: string, offset: number, length: number, version?: string): Promise<Uint8Array>;
  /** Whole or not at all; an object of that name is replaced. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Objects whose names begin with `prefix` ("" = all), in byte order of their names. */
  list(prefix: string): Promise<ObjectHead[]>;
  /** undefined when there is none. */
  head(name: string): Promise<ObjectHead | undefined>;
  /** Deleting what is not there is no error. */
  delete(name: string): Promise<void>;
  /** The whole object, once and without a second attempt; of stores whose objects may have no ranges. */
  stream?(name: string): AsyncIterable<Uint8Array>;
}

/** A store over a folder of the local file system, which need not exist yet. Unfinished (temporary) files are not listed. */
export function fileStore(root: string): Store {
  return {
    getRange: async (name, offset, length) => readRange(resolveInside(root, name), offset, length),
    put: async (name, bytes) => {
      await atomicWrite(resolveInside(root, name), bytes);
    },
    list: async (prefix) => {
      if (prefix !== "") checkName(prefix.endsWith("/") ? prefix.slice(0, -1) : prefix);
      // Only the folder that the prefix ends in is walked.
      const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
      const found: ObjectHead[] = [];
      for await (const name of namesUnder(path.resolve(root), folder)) {
        if (!name.startsWith(prefix)) continue;
        const length = await sizeOf(root, name);
        if (length !== undefined) found.push({ name, length });
      }
      return found.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    },
    head: async (name) => {
      const length = await sizeOf(root, name);
      return length === undefined ? undefined : { name, length };
    },
    delete: async (name) => {
      const full = resolveInside(root, name);
      try {
        await fs.unlink(full);
        await syncDirectory(path.dirname(full));
      } catch (thrown) {
        if (errnoOf(thrown) !== "ENOENT") throw ioError(thrown, "delete", full);
      }
    },
  };
}

async function sizeOf(root: string, name: string): Promise<number | undefined> {
  const full = resolveInside(root, name);
  try {
    const stat = await fs.lstat(full);
    return stat.isFile() ? stat.size : undefined;
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(thrown))) return undefined;
    throw ioError(thrown, "read", full);
  }
}

async function* namesUnder(root: string, folder: string): AsyncGenerator<string> {
  let entries: Dirent[];
  try {
    entries = await fs.readdir(path.join(root, folder), { withFileTypes: true });
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(thrown))) return;
    throw ioError(thrown, "list", path.join(root, folder));
  }
  for (const entry of entries) {
    if (isTemporaryName(entry.name)) continue;
    if (entry.isDirectory()) yield* namesUnder(root, `${folder}${entry.name}/`);
    else if (entry.isFile()) yield `${folder}${entry.name}`;
  }
}
