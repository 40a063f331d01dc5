import fs from "node:fs";
import { type IngestOutcome, ingest, manifestPath } from "@crossbill/ingest";
import type { v1 } from "@crossbill/messages";
import { BUILD } from "../build.js";
import type { RunContext } from "../context.js";

/** Reads what is new, writes packs and the manifest. */
export async function ingestStep(run: RunContext): Promise<IngestOutcome> {
  const { compiled } = run;
  const first = !fs.existsSync(manifestPath(run.root));
  const outcome = await ingest({
    root: run.root,
    build: BUILD,
    files: compiled.files,
    data: compiled.data,
    columns: compiled.columns,
    nights: compiled.nights,
    checks: compiled.checks,
    executor: run.executor,
    spool: run.spool,
    fresh: run.fresh,
    signal: run.signal,
    onProgress: (p) => run.progress("ingest", p.total > 0 ? p.done / p.total : Number.NaN, p.phase),
  });
  if (outcome.skipped) run.notice("ingest: nothing changed, skipped");
  if (outcome.anew !== null && !first) run.notice(`ingest: everything is read and fitted: ${outcome.anew}`);
  if (!outcome.skipped) tellChecks(run, outcome.manifest);
  return outcome;
}

/** Findings that are told one by one. */
const TOLD = 10;

/** Checks of a column by itself. */
const ALONE: ReadonlySet<string> = new Set(["collisions", "uniqueValues"]);

function tellChecks(run: RunContext, { checks, checkedAgainst }: v1.IngestManifest): void {
  const against = checkedAgainst === "" ? "" : ` (against run ${checkedAgainst})`;
  for (const { check, message } of checks.slice(0, TOLD)) run.notice(`data: ${message}${ALONE.has(check) ? "" : against}`);
  if (checks.length > TOLD) run.notice(`data: and ${checks.length - TOLD} more findings: crossbill inspect ${run.root}`);
}
