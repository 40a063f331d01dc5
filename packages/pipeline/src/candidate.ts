import fs from "node:fs";
import path from "node:path";
import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { readSealed, removeTree, writeSealed } from "@crossbill/storage";

const KIND = "candidate";

function pointer(root: string): string {
  return path.join(root, "candidate.pb");
}

/** Folder of a candidate; holds `model/` and `state/`. */
export function candidatePath(root: string, candidate: v1.Candidate): string {
  return path.join(root, candidate.directory);
}

/** The last trained candidate, or null when nothing was trained yet. @throws E_CORRUPT when the pointer is damaged */
export async function readCandidate(root: string): Promise<v1.Candidate | null> {
  if (!fs.existsSync(pointer(root))) return null;
  const { payload } = await readSealed(pointer(root), KIND);
  return decodeMessage(v1.Candidate, payload, pointer(root));
}

/** Written when everything it points to is on the disk. */
export async function writeCandidate(root: string, candidate: v1.Candidate): Promise<void> {
  await writeSealed(pointer(root), KIND, 1, encodeMessage(v1.Candidate, candidate));
}

/** Earlier candidates are not needed once the pointer names a new one. */
export async function removeOtherCandidates(root: string, keep: v1.Candidate): Promise<void> {
  const folder = path.join(root, "candidates");
  for (const name of fs.readdirSync(folder)) if (name !== path.basename(keep.directory) && !name.startsWith(".")) await removeTree(path.join(folder, name));
}
