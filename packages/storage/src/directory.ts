import fs from "node:fs/promises";
import path from "node:path";
import { errnoOf, ioError } from "./io-error.js";

/** Creates `directory` and its missing parents, and makes their names durable. */
export async function makeDirectory(directory: string): Promise<void> {
  const full = path.resolve(directory);
  try {
    await makeMissing(full);
  } catch (thrown) {
    throw ioError(thrown, "create", full);
  }
}

/** Not mkdir's own recursion: in Node.js that reports any failure, a full disk too, as ENOENT. */
async function makeMissing(directory: string): Promise<void> {
  if (await isDirectory(directory)) return;
  const parent = path.dirname(directory);
  if (parent !== directory) await makeMissing(parent);
  try {
    await fs.mkdir(directory, 0o700);
  } catch (thrown) {
    if (errnoOf(thrown) === "EEXIST" && (await isDirectory(directory))) return; // another thread was faster
    throw thrown;
  }
  await syncDirectory(parent);
}

async function isDirectory(name: string): Promise<boolean> {
  try {
    return (await fs.stat(name)).isDirectory();
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(thrown))) return false;
    throw thrown;
  }
}

/** fsync of a folder: names created or renamed in it survive a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  // Windows cannot open folders; its file systems journal names themselves.
  if (process.platform === "win32") return;
  const handle = await fs.open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
