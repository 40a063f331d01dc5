import { auditCollisions, type ColumnAudit, readManifest } from "@crossbill/ingest";
import { CrossbillError } from "@crossbill/messages";
import { BUILD } from "./build.js";
import { type RunOptions, withRun } from "./context.js";

/** Which keys of the hashed columns collide in the data of a work folder; reads the sources again. @param salts how many are tried; 0: none */
export async function inspectCollisions(options: RunOptions, salts: number): Promise<ColumnAudit[]> {
  return withRun(options, async (run) => {
    const manifest = await readManifest(run.root);
    if (manifest === null) throw new CrossbillError("E_NOT_INGESTED", `no packs in ${run.root} yet; run: crossbill ingest`);
    const { files, data, columns, nights } = run.compiled;
    return auditCollisions({
      root: run.root,
      build: BUILD,
      files,
      data,
      columns,
      nights,
      executor: run.executor,
      spool: run.spool,
      signal: run.signal,
      manifest,
      salts,
    });
  });
}
