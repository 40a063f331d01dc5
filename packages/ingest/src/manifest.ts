import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { readSealed, sha256Hex, writeSealed } from "@crossbill/storage";
import { outputRefPath } from "@crossbill/tasks";

const KIND = "IngestManifest";
/** Version of the manifest and of what its packs and state mean. */
export const MANIFEST_FORMAT = 1;

export function manifestPath(root: string): string {
  return path.join(root, "ingest", "manifest.pb");
}

/** The manifest in a work folder; null where nothing was ingested yet. @throws E_CORRUPT, E_NEWER_VERSION, E_IO */
export async function readManifest(root: string): Promise<v1.IngestManifest | null> {
  const file = manifestPath(root);
  try {
    const { payload } = await readSealed(file, KIND, MANIFEST_FORMAT);
    return decodeMessage(v1.IngestManifest, payload, file);
  } catch (thrown) {
    if (!(thrown instanceof CrossbillError)) throw thrown;
    if (thrown.code === "E_NOT_FOUND") return null;
    const { code, message, details } = thrown;
    throw code === "E_CORRUPT" ? new CrossbillError(code, `${message}; --fresh ingests everything anew`, { cause: thrown, details }) : thrown;
  }
}

/** Writes it, atomically. @throws E_IO, E_NO_SPACE */
export async function writeManifest(root: string, manifest: v1.IngestManifest): Promise<void> {
  await writeSealed(manifestPath(root), KIND, MANIFEST_FORMAT, encodeMessage(v1.IngestManifest, manifest));
}

/** The specification without what decides about no row's content. */
export function rowSpec(data: v1.DataSpec): v1.DataSpec {
  const copy = v1.DataSpec.decode(v1.DataSpec.encode(data).finish());
  copy.maxRejected = 0;
  return copy;
}

/** Hash of everything in the configuration that packs depend on, and of the size of ranges. */
export function specKey(data: v1.DataSpec, columns: readonly v1.ColumnSpec[], rangeBytes: number): string {
  const hash = createHash("sha256").update(`crossbill.ingest ${MANIFEST_FORMAT} ${rangeBytes}\n`);
  hash.update(encodeMessage(v1.DataSpec, rowSpec(data)));
  for (const column of columns) hash.update("\n").update(encodeMessage(v1.ColumnSpec, column));
  return hash.digest("hex");
}

/** Hash of everything that later steps read: the packs in order, their parts, the state. No names of files. */
export function manifestKey(spec: string, partitions: readonly v1.Partition[], state: v1.FeatureState, classes: readonly string[]): string {
  const packs = partitions.flatMap((partition) => partition.packs.map((pack) => `${pack.part} ${pack.rows} ${pack.file.length} ${pack.file.sha256}`));
  const named = classes.length === 0 ? [] : [JSON.stringify(classes)];
  return sha256Hex(["crossbill.ingested", spec, ...packs, sha256Hex(encodeMessage(v1.FeatureState, state)), ...named].join("\n"));
}

/** Path of the first pack of a manifest that is not there in full length, or null (contents are verified when they are read). */
export function lostPack(root: string, manifest: v1.IngestManifest): string | null {
  const packs = manifest.partitions.flatMap((partition) => partition.packs);
  const lost = packs.find((pack) => fs.statSync(outputRefPath(root, pack.file), { throwIfNoEntry: false })?.size !== pack.file.length);
  return lost === undefined ? null : outputRefPath(root, lost.file);
}
