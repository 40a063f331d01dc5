import fs from "node:fs/promises";
import path from "node:path";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { ioError, readSealed, sha256File, writeSealed } from "@crossbill/storage";

const KIND = "version";
const FORMAT = 1;
/** Name of the manifest in a version's folder. */
export const MANIFEST_FILE = "version.pb";

/** The manifest of a version's folder. @throws E_NOT_FOUND, E_CORRUPT, E_NEWER_VERSION */
export async function readManifest(directory: string): Promise<v1.VersionManifest> {
  const file = path.join(directory, MANIFEST_FILE);
  const { payload } = await readSealed(file, KIND, FORMAT);
  return decodeMessage(v1.VersionManifest, payload, file);
}

export async function writeManifest(directory: string, manifest: v1.VersionManifest): Promise<void> {
  await writeSealed(path.join(directory, MANIFEST_FILE), KIND, FORMAT, encodeMessage(v1.VersionManifest, manifest));
}

/** Every file under `directory` but the manifest, with length and hash, in byte order of its path. @throws E_NOT_FOUND, E_IO; E_PATH for links and other oddities */
export async function describeFiles(directory: string): Promise<v1.VersionFile[]> {
  const found: v1.VersionFile[] = [];
  const walk = async (relative: string): Promise<void> => {
    for (const entry of await fs.readdir(path.join(directory, relative), { withFileTypes: true })) {
      const at = relative === "" ? entry.name : `${relative}/${entry.name}`;
      const full = path.join(directory, at);
      if (entry.isDirectory()) await walk(at);
      else if (!entry.isFile())
        throw new CrossbillError("E_PATH", `${full}: neither a file nor a folder; a version holds nothing else`, { details: { path: full } });
      else if (at !== MANIFEST_FILE) found.push(v1.VersionFile.create({ path: at, length: (await fs.stat(full)).size, sha256: await sha256File(full) }));
    }
  };
  try {
    if (!(await fs.lstat(directory)).isDirectory()) throw new CrossbillError("E_PATH", `${directory}: not a folder`, { details: { path: directory } });
    await walk("");
  } catch (thrown) {
    throw ioError(thrown, "read", directory);
  }
  return found.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

/** What differs between the folder and its manifest, in words; empty: nothing. Paths of the manifest are compared, never opened. */
export async function verifyFiles(directory: string, manifest: v1.VersionManifest): Promise<string[]> {
  const there = new Map((await describeFiles(directory)).map((f) => [f.path, f]));
  const problems: string[] = [];
  for (const file of manifest.files ?? []) {
    const name = file.path ?? "";
    const found = there.get(name);
    there.delete(name);
    if (found === undefined) problems.push(`${path.join(directory, "/", name)}: missing`);
    else if (found.length !== file.length) problems.push(`${path.join(directory, name)}: ${found.length} bytes, ${file.length ?? 0} were published`);
    else if (found.sha256 !== file.sha256) problems.push(`${path.join(directory, name)}: its content differs from what was published`);
  }
  for (const name of there.keys()) problems.push(`${path.join(directory, name)}: not part of the version`);
  return problems;
}

/** Whether two manifests publish the same: all but the version's name and its parent. */
export function samePublication(a: v1.VersionManifest, b: v1.VersionManifest): boolean {
  const content = (manifest: v1.VersionManifest): Buffer => {
    const copy = v1.VersionManifest.decode(encodeMessage(v1.VersionManifest, manifest));
    copy.version = "";
    if (copy.lineage) copy.lineage.parent = "";
    return Buffer.from(encodeMessage(v1.VersionManifest, copy));
  };
  return content(a).equals(content(b));
}
