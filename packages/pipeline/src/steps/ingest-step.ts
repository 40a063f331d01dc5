import { type IngestOutcome, ingest } from "@crossbill/ingest";
import { BUILD } from "../build.js";
import type { RunContext } from "../context.js";

/** Reads what is new, writes packs and the manifest. */
export async function ingestStep(run: RunContext): Promise<IngestOutcome> {
  const { compiled } = run;
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
  return outcome;
}
