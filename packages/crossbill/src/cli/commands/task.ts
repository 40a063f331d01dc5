import path from "node:path";
import { evaluationHandlers } from "@crossbill/evaluation";
import { ingestHandlers } from "@crossbill/ingest";
import { loadHandlers, serveTasks } from "@crossbill/tasks";

/** What an engine for many machines starts: framed Tasks in, framed Results out, nothing else on standard output. */
export async function task(options: { workdir: string }): Promise<void> {
  await serveTasks(process.stdin, process.stdout, await loadHandlers([ingestHandlers, evaluationHandlers]), { root: path.resolve(options.workdir) });
}
