import { CrossbillError, v1 } from "@crossbill/messages";
import type { CheckSpec } from "./check-spec.js";
import { checkCollisions, checkProfiles, checkUniqueValues } from "./compare-profiles.js";
import { readProfile } from "./store-profile.js";

/** Which earlier run counts. @throws E_NO_PROFILE (exit code 2) when a named one is not there, or several begin so */
export function referenceOf(against: string | null, runs: readonly v1.ProfileRef[]): string | null {
  if (against === null) return null;
  if (against === "last") return runs.at(-1)?.name ?? null;
  const found = runs.filter(({ name }) => name === against || name.startsWith(against));
  const exact = found.find(({ name }) => name === against);
  if (exact !== undefined || found.length === 1) return (exact ?? found[0]!).name;
  throw new CrossbillError(
    "E_NO_PROFILE",
    `data.checks.against: ${found.length === 0 ? "no run" : `${found.length} runs`} named ${JSON.stringify(against)}; "last" is always right, and there are ${runs.length === 0 ? "none yet" : runs.map(({ name }) => name).join(", ")}`,
    { exitCode: 2, details: { against } },
  );
}

/**
 * Compares the profile of this run with an earlier one, and looks at the columns by themselves. A reference that cannot be read is a warning.
 * @param anew whether the profile is of all rows that columns were fitted to
 */
export async function runChecks(
  root: string,
  columns: readonly v1.ColumnSpec[],
  profile: v1.DataProfile,
  reference: string | null,
  spec: CheckSpec,
  anew: boolean,
): Promise<v1.DataCheck[]> {
  const own = [...checkCollisions(columns, profile, spec.collisions), ...(anew ? checkUniqueValues(columns, profile, spec.uniqueValues, spec.minRows) : [])];
  if (reference === null) return own;
  try {
    return [...checkProfiles(await readProfile(root, reference), profile, spec), ...own];
  } catch (thrown) {
    if (!(thrown instanceof CrossbillError) || thrown.code === "E_IO") throw thrown;
    const message = `the data were not compared with run ${reference}: ${thrown.message}`;
    return [v1.DataCheck.create({ check: "profile", field: "", failed: false, value: Number.NaN, limit: Number.NaN, message }), ...own];
  }
}

const SCHEMA: ReadonlySet<string> = new Set(["newField", "missingField", "type"]);
const SHOWN = 10;

/** @throws E_SCHEMA_CHANGED, E_DATA_DRIFT when a check failed */
export function refuseFailed(checks: readonly v1.DataCheck[], reference: string | null): void {
  const failed = checks.filter((check) => check.failed);
  if (failed.length === 0) return;
  const schema = failed.some(({ check }) => SCHEMA.has(check));
  const lines = failed.map(({ message, limit }) => (Number.isNaN(limit) ? message : `${message}; data.checks fails it above ${limit}`));
  const more = lines.length > SHOWN ? `\n  and ${lines.length - SHOWN} more` : "";
  throw new CrossbillError(
    schema ? "E_SCHEMA_CHANGED" : "E_DATA_DRIFT",
    `the data are not as they were${reference === null ? "" : ` in run ${reference}`}:\n  ${lines.slice(0, SHOWN).join("\n  ")}${more}\nNothing was changed, the last ingestion stays. Correct the data, or, if they are right, change data.checks`,
    { details: { against: reference, failed: lines, fields: failed.map(({ field }) => field) } },
  );
}
