import fs from "node:fs";
import { type IngestOutcome, ingest, manifestPath } from "@crossbill/ingest";
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
    executor: run.executor,
    fresh: run.fresh,
    signal: run.signal,
    onProgress: (p) => run.progress("ingest", p.total > 0 ? p.done / p.total : Number.NaN, p.phase),
  });
  if (outcome.skipped) run.notice("ingest: nothing changed, skipped");
  if (outcome.anew !== null && !first) run.notice(`ingest: everything is read and fitted: ${outcome.anew}`);
  return outcome;
}
