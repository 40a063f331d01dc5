import fs from "node:fs/promises";
import path from "node:path";
import { CrossbillError, type v1 } from "@crossbill/messages";
import { errnoOf, ioError, isTemporaryName } from "@crossbill/storage";
import { readManifest, verifyFiles } from "./manifest.js";
import { isVersionName, versionName, versionNumber } from "./names.js";

/** What is wrong with the version in `directory`, in words; empty: nothing. */
export async function versionProblems(directory: string): Promise<string[]> {
  try {
    const manifest = await readManifest(directory);
    const name = path.basename(directory);
    const problems = await verifyFiles(directory, manifest);
    if (manifest.version !== name || versionName(versionNumber(name), manifest.modelSha256) !== name) {
      problems.unshift(`${directory}: its manifest is that of ${JSON.stringify(manifest.version)}, model ${manifest.modelSha256.slice(0, 8)}`);
    }
    return problems;
  } catch (thrown) {
    if (!(thrown instanceof CrossbillError)) throw thrown;
    return [`${directory}: ${thrown.message}`];
  }
}

/** Versions that the pointer names and that are not there, in words. */
export function pointerProblems(file: string, pointer: v1.Current | null, versions: readonly string[]): string[] {
  if (pointer === null) return [];
  const dangling = (what: string, version: string): string[] =>
    versions.includes(version) ? [] : [`${file}: ${what} ${JSON.stringify(version)}, which is not there`];
  return [...dangling("its current version is", pointer.version), ...(pointer.pinned ?? []).flatMap((version) => dangling("it pins", version))];
}

/** Names in the folder of versions that are neither versions nor temporary, as problems. A folder that does not exist has none. */
export async function strayNames(folder: string): Promise<string[]> {
  return (await namesIn(folder)).filter((name) => !isVersionName(name) && !isTemporaryName(name)).map((name) => `${path.join(folder, name)}: not a version`);
}

/** Paths directly in the given folders with temporary names: what killed runs left, and what running ones write just now. */
export async function temporaries(folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) for (const name of await namesIn(folder)) if (isTemporaryName(name)) found.push(path.join(folder, name));
  return found;
}

/** Names in a folder, in byte order; none when it does not exist. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await fs.readdir(folder)).sort();
  } catch (thrown) {
    if (errnoOf(thrown) === "ENOENT") return [];
    throw ioError(thrown, "list", folder);
  }
}
