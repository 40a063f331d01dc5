import path from "node:path";
import { CrossbillError, type v1 } from "@crossbill/messages";
import { atomicWrite, readWhole, removeTree } from "@crossbill/storage";
import { outputRefPath } from "@crossbill/tasks";

/** Rejected rows shown in the error. */
const SHOWN = 5;

/** Rejected rows of a run. */
export interface Rejected {
  readonly rows: number;
  /** By reason, in order of the codes. */
  readonly byCode: Readonly<Record<string, number>>;
  /** The JSON lines; null when no row was rejected. */
  readonly file: string | null;
  /** The first of them. */
  readonly first: readonly string[];
}

/** Joins the shards' rejected rows, in order, to `<root>/ingest/rejects.jsonl`, which is of the last run only. */
export async function writeRejects(root: string, shards: readonly { readonly path: string; readonly summary: v1.ShardSummary }[]): Promise<Rejected> {
  const file = path.join(root, "ingest", "rejects.jsonl");
  const rows = shards.reduce((sum, { summary }) => sum + summary.rowsRejected, 0);
  const counts = countRejects(shards.map(({ summary }) => summary));
  const byCode: Record<string, number> = Object.fromEntries(counts.map(({ code, rows }) => [code, rows]));
  if (rows === 0) {
    await removeTree(file);
    return { rows, byCode, file: null, first: [] };
  }
  const first: string[] = [];
  await atomicWrite(file, async (writer) => {
    for (const { path: source, summary } of shards) {
      if (summary.rejectsFile == null) continue;
      const lines = Buffer.from(await readWhole(outputRefPath(root, summary.rejectsFile)))
        .toString("utf8")
        .split("\n")
        .slice(0, -1);
      const named = lines.map((line) => `{"file":${JSON.stringify(source)},${line.slice(1)}\n`);
      first.push(...named.slice(0, SHOWN - first.length));
      await writer.write(Buffer.from(named.join("")));
    }
  });
  return { rows, byCode, file, first };
}

/** Sums of several shards' rejects, in order of the codes. */
export function countRejects(summaries: readonly v1.ShardSummary[]): { code: string; rows: number }[] {
  const sums = new Map<string, number>();
  for (const summary of summaries) for (const { code, rows } of summary.rejects) sums.set(code, (sums.get(code) ?? 0) + rows);
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, rows]) => ({ code, rows }));
}

/** @throws E_TOO_MANY_REJECTS when more than `share` of the rows read were rejected */
export function checkRejects(rejected: Rejected, read: number, share: number): void {
  if (rejected.rows <= share * read) return;
  const counts = Object.entries(rejected.byCode).map(([code, rows]) => `${code} ${rows}`);
  const shown = rejected.first.map((line) => {
    const { file, line: number, reason, text } = JSON.parse(line) as { file: string; line: number; reason: string; text: string };
    return `${file}:${number}: ${reason}: ${text}`;
  });
  const message = `${rejected.rows} of ${read} rows were rejected, more than data.maxRejected (${share}) allows: ${counts.join(", ")}. The first of them:\n${shown.join("\n")}\nAll are in ${rejected.file}; correct the data or the configuration`;
  throw new CrossbillError("E_TOO_MANY_REJECTS", message, {
    details: { read, rejected: rejected.rows, rejectsFile: rejected.file, first: shown, reasons: counts },
  });
}
