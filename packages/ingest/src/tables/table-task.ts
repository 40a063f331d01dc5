import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { type Handler, outputPath, outputUri } from "@crossbill/tasks";
import type { TableFormatName } from "./child-protocol.js";
import { tableIdentity } from "./plan-table.js";
import { runTableChild } from "./run-child.js";
import { damagedTable } from "./table-error.js";

const NAME = "table-";

/** Table files of some row groups of a foreign file, through a process of its own. Input: the file. */
export const convertHandler: Handler = async (task, context) => {
  const { format, from, to, fields, tableBytes } = decodeMessage(v1.TableParams, task.params, "parameters of ingest.table");
  const path = context.inputPath(task.inputs[0]!);
  const prefix = outputPath(context.root, task.key, NAME);
  const { pieces } = await runTableChild(
    { kind: "convert", format: format as TableFormatName, path, from, to, fields, prefix, tableBytes },
    { onBeat: () => context.beat() },
  );
  if (pieces.some(({ piece }, i) => piece !== i)) throw damagedTable(path, "the process that read it lost a piece");
  const summary = v1.TableSummary.create({
    pieces: pieces.map((made) => ({
      file: { uri: outputUri(task.key, `${NAME}${made.piece}`), length: made.length, sha256: tableIdentity(task.key, made) },
      rows: made.rows,
      crc32: made.crc32,
    })),
  });
  return { outputs: summary.pieces.map(({ file }) => file), summary: encodeMessage(v1.TableSummary, summary) };
};
