import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { removeTree } from "@crossbill/storage";
import { makeTask, refPath, runCached, runInOrder } from "@crossbill/tasks";
import { formatOf } from "../formats.js";
import type { PassOptions } from "../passes.js";
import type { PlannedFile } from "../scan-files.js";
import { fitFields, historyFields } from "../shard-rows.js";
import { STEPS } from "../steps.js";
import { planTable, tableShard } from "./plan-table.js";
import { damagedTable } from "./table-error.js";
import { TABLE_BYTES } from "./table-format.js";

/**
 * Turns files of formats that are parsed apart into table files of what is read of them, several at once, and gives them their shards; other files stay as they are.
 * The tables lie among the tasks' outputs: {@link removeTables}.
 */
export async function convertFiles(
  files: readonly PlannedFile[],
  options: Pick<PassOptions, "root" | "build" | "data" | "columns" | "executor" | "foreign" | "fresh" | "signal"> & {
    readonly onConverted?: (bytes: number) => void;
  },
): Promise<PlannedFile[]> {
  const { root, build, data, columns, executor, foreign, signal } = options;
  if (formatOf(data.format).table === undefined) return [...files];
  const jobs = files.flatMap((file) => planTable(file.head.groups ?? []).map((range) => ({ file, range })));
  const tasks = jobs.map(({ file: { head, plan, source, path }, range: { from, to } }) => {
    const shard = v1.ShardParams.create({
      data,
      columns: [...columns],
      fields: [...head.fields],
      role: source.role,
      ...(foreign === undefined ? {} : { foreign }),
    });
    const used = new Set([...fitFields(shard), ...historyFields(shard)]);
    const fields = head.fields.filter((name) => used.has(name));
    const params = v1.TableParams.create({ format: data.format, from, to, fields, tableBytes: TABLE_BYTES });
    const input = v1.Ref.create({ uri: path, length: head.size, sha256: plan.sha256 });
    return makeTask({ step: STEPS.table, params: encodeMessage(v1.TableParams, params), inputs: [input], build });
  });
  const run = {
    ...(signal === undefined ? {} : { signal }),
    onDone: ({ index }: { index: number }): void => {
      const { file, range } = jobs[index]!;
      options.onConverted?.(Math.round((file.head.size * range.rows) / file.plan.rows));
    },
  };
  const results = options.fresh ? await runInOrder(executor, tasks, run) : (await runCached(executor, tasks, { ...run, root })).results;
  return files.map((file) => {
    const tables: v1.Ref[] = [];
    const shards: PlannedFile["plan"]["shards"][number][] = [];
    for (const [i, result] of results.entries()) {
      if (jobs[i]!.file !== file) continue;
      let { firstRow } = jobs[i]!.range;
      for (const piece of decodeMessage(v1.TableSummary, result.summary, `result of task ${result.key}`).pieces) {
        tables.push(piece.file);
        shards.push(tableShard(piece.file, piece.crc32, firstRow));
        firstRow += piece.rows;
      }
    }
    const rows = jobs.reduce((sum, job) => sum + (job.file === file ? job.range.rows : 0), 0);
    if (rows !== file.plan.rows) throw damagedTable(file.path, `${file.plan.rows} rows were found in it, ${rows} are in its row groups`);
    return { ...file, plan: { ...file.plan, shards }, tables };
  });
}

/** Removes the table files of converted files; whoever needs them again makes them again. */
export async function removeTables(root: string, files: readonly PlannedFile[]): Promise<void> {
  for (const { tables = [] } of files) for (const table of tables) await removeTree(refPath(root, table));
}
