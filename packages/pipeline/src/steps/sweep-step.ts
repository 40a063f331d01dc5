import fs from "node:fs";
import path from "node:path";
import type { v1 } from "@crossbill/messages";
import { isTemporaryName, removeTree } from "@crossbill/storage";
import { outputRefPath } from "@crossbill/tasks";
import type { RunContext } from "../context.js";

/**
 * Removes what no later run needs: task results and their outputs that the manifest does not hold (they serve to continue a killed ingestion, which is over),
 * and measurements of other models than the last. Called at the end of a whole run, under the work folder's lock.
 */
export async function sweepStep(run: RunContext, manifest: v1.IngestManifest, measuredKey: string): Promise<void> {
  const kept = new Set(manifest.partitions.flatMap((p) => p.packs ?? []).map((pack) => outputRefPath(run.root, pack.file as v1.Ref)));
  for (const file of filesBelow(path.join(run.root, "objects"))) if (!kept.has(file)) await removeTree(file);
  for (const file of filesBelow(path.join(run.root, "evaluations"))) if (path.basename(file) !== `${measuredKey}.pb`) await removeTree(file);
  await removeTree(tasks(run.root)); // last: as long as it is there, the sweep was not finished
}

/** Whether nothing was ingested since the last sweep came to its end. */
export function isSwept(root: string): boolean {
  return !fs.existsSync(tasks(root));
}

function tasks(root: string): string {
  return path.join(root, "tasks");
}

function filesBelow(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(at);
    return isTemporaryName(entry.name) ? [] : [at];
  });
}
