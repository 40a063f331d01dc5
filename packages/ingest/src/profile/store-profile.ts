import path from "node:path";
import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { readSealed, removeTree, writeSealed } from "@crossbill/storage";
import { PROFILE_FORMAT } from "./profiler.js";

const KIND = "DataProfile";
/** Runs whose profiles are kept. */
export const KEPT_PROFILES = 100;

export function profilePath(root: string, name: string): string {
  return path.join(root, "ingest", "profiles", `${name}.pb`);
}

/** The profile of a run by its name in the manifest. @throws E_NOT_FOUND, E_CORRUPT, E_NEWER_VERSION, E_IO */
export async function readProfile(root: string, name: string): Promise<v1.DataProfile> {
  const file = profilePath(root, name);
  const { payload } = await readSealed(file, KIND, PROFILE_FORMAT);
  return decodeMessage(v1.DataProfile, payload, file);
}

export async function writeProfile(root: string, name: string, profile: v1.DataProfile): Promise<void> {
  await writeSealed(profilePath(root, name), KIND, PROFILE_FORMAT, encodeMessage(v1.DataProfile, profile));
}

/** The runs after one more, oldest first, and the names of those that are no longer kept; a run of the same name is replaced. */
export function withRun(before: readonly v1.ProfileRef[], run: v1.ProfileRef): { kept: v1.ProfileRef[]; dropped: string[] } {
  const all = [...before.filter(({ name }) => name !== run.name), run];
  return { kept: all.slice(-KEPT_PROFILES), dropped: all.slice(0, -KEPT_PROFILES).map(({ name }) => name) };
}

export async function removeProfiles(root: string, names: readonly string[]): Promise<void> {
  for (const name of names) await removeTree(profilePath(root, name));
}
