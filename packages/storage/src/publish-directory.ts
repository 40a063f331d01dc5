import fs from "node:fs/promises";
import path from "node:path";
import { CrossbillError } from "@crossbill/messages";
import { makeDirectory, syncDirectory } from "./directory.js";
import { faultPoint } from "./fault.js";
import { errnoOf, ioError } from "./io-error.js";

/**
 * Gives the finished folder `temporary` its name `final`, all at once: fsync of every file and folder in it, rename, fsync of the parent.
 * Both must lie on one file system (make `temporary` with temporaryDirectory beside `final`).
 * @throws E_EXISTS when `final` is there already (of two racing publishers one wins); E_PATH for anything but files and folders inside.
 */
export async function publishDirectory(temporary: string, final: string): Promise<void> {
  const target = path.resolve(final);
  try {
    if (await exists(target)) throw alreadyThere(target);
    await makeDirectory(path.dirname(target));
    await syncTree(temporary);
    faultPoint("storage", "before-publish");
    await fs.rename(temporary, target);
    faultPoint("storage", "after-publish");
    await syncDirectory(path.dirname(target));
  } catch (thrown) {
    if (["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(errnoOf(thrown))) throw alreadyThere(target);
    throw ioError(thrown, "publish", target);
  }
}

async function syncTree(directory: string): Promise<void> {
  for (const entry of await fs.readdir(directory, { withFileTypes: true })) {
    const full = path.join(directory, entry.name);
    if (entry.isDirectory()) await syncTree(full);
    else if (entry.isFile()) await syncFile(full);
    else throw new CrossbillError("E_PATH", `cannot publish ${full}: neither a file nor a folder`, { details: { path: full } });
  }
  await syncDirectory(directory);
}

async function syncFile(file: string): Promise<void> {
  const handle = await fs.open(file, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(target: string): Promise<boolean> {
  try {
    await fs.lstat(target);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === "ENOENT") return false;
    throw thrown;
  }
}

function alreadyThere(target: string): CrossbillError {
  return new CrossbillError("E_EXISTS", `cannot publish ${target}: it exists already, and published folders never change`, { details: { path: target } });
}
