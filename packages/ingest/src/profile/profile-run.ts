import type { v1 } from "@crossbill/messages";
import type { CheckSpec } from "./check-spec.js";
import { referenceOf, refuseFailed, runChecks } from "./run-checks.js";
import { withRun, writeProfile } from "./store-profile.js";

export interface ProfiledRun {
  /** What the manifest says of it. */
  readonly entries: Pick<v1.IngestManifest.$Properties, "profile" | "profiles" | "checkedAgainst" | "checks">;
  /** Profiles that are no longer kept once the manifest is written. */
  readonly dropped: readonly string[];
}

/**
 * Checks what a run ingested and stores its profile under `<number of the run>-<beginning of the manifest's key>`. A run without rows of training files leaves all as it was.
 * @throws E_SCHEMA_CHANGED, E_DATA_DRIFT before anything is stored; E_NO_PROFILE
 */
export async function profileRun(
  root: string,
  given: {
    readonly columns: readonly v1.ColumnSpec[];
    readonly key: string;
    readonly history: v1.IngestManifest | null;
    readonly profile: v1.DataProfile | null;
    readonly spec: CheckSpec;
    /** Whether the profile is of all rows that columns were fitted to. */
    readonly anew: boolean;
  },
): Promise<ProfiledRun> {
  const { columns, key, history, profile, spec, anew } = given;
  const runs = history?.profiles ?? [];
  if (profile === null) {
    const { checkedAgainst = "", checks = [] } = history ?? {};
    return { entries: { profiles: runs, checkedAgainst, checks, ...(history?.profile == null ? {} : { profile: history.profile }) }, dropped: [] };
  }
  const last = runs.at(-1);
  const id = key.slice(0, 12);
  const again = last?.name.endsWith(`-${id}`) === true;
  const name = again ? last.name : `${String(numberOf(last) + 1).padStart(4, "0")}-${id}`;
  const earlier = again ? runs.slice(0, -1) : runs;
  const reference = referenceOf(spec.against, earlier);
  const checks = await runChecks(root, columns, profile, reference, spec, anew);
  refuseFailed(checks, reference);
  await writeProfile(root, name, profile);
  const run: v1.ProfileRef.$Properties = { name, rows: profile.rows };
  const { kept, dropped } = withRun(earlier, run as v1.ProfileRef);
  return { entries: { profile: run, profiles: kept, checkedAgainst: reference ?? "", checks }, dropped };
}

function numberOf(run: v1.ProfileRef | undefined): number {
  return run === undefined ? 0 : Number.parseInt(run.name, 10);
}
