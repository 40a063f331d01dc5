import type { Dirent } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { threadId } from "node:worker_threads";
import { makeDirectory } from "./directory.js";
import { errnoOf, ioError } from "./io-error.js";
import { isRunning, OWN_START } from "./process-identity.js";
import { removeTree } from "./remove-tree.js";

const NAME = /^\.tmp-(\d{1,10})-(\d*)-\d+-\d+/;
let made = 0;

/** A name in `directory` nobody else uses: `.tmp-<pid>-<start time>-<thread>-<n>`. Nothing is created. */
export function temporaryPath(directory: string): string {
  return path.join(directory, `.tmp-${process.pid}-${OWN_START}-${threadId}-${++made}`);
}

/** Whether a file name is one that {@link temporaryPath} gives. Listings leave these out. */
export function isTemporaryName(name: string): boolean {
  return NAME.test(name);
}

/** Creates a temporary folder in `directory`; to be filled and then given to publishDirectory. */
export async function temporaryDirectory(directory: string): Promise<string> {
  const made = temporaryPath(directory);
  await makeDirectory(made);
  return made;
}

/**
 * Removes what dead processes left under `directory` (and its subfolders): files and folders with temporary names. Those of running processes stay.
 * Returns the removed paths. A folder that does not exist holds none.
 */
export async function sweepTemporaries(directory: string): Promise<string[]> {
  const removed: string[] = [];
  for (const entry of await entriesOf(directory)) {
    const full = path.join(directory, entry.name);
    const match = NAME.exec(entry.name);
    if (match === null) {
      if (entry.isDirectory()) removed.push(...(await sweepTemporaries(full)));
    } else if (!isRunning(Number(match[1]), match[2] ?? "")) {
      await removeTree(full);
      removed.push(full);
    }
  }
  return removed;
}

async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    return await fs.readdir(directory, { withFileTypes: true });
  } catch (thrown) {
    if (errnoOf(thrown) === "ENOENT") return [];
    throw ioError(thrown, "list", directory);
  }
}
