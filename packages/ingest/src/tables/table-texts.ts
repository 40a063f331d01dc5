import os from "node:os";
import path from "node:path";
import { removeTree, temporaryDirectory } from "@crossbill/storage";
import type { Shard } from "../plan-file.js";
import type { Head } from "../read-head.js";
import type { ShardInput } from "../shard-source.js";
import type { TableFormatName } from "./child-protocol.js";
import { planTable, tableIdentity, tableShard } from "./plan-table.js";
import { runTableChild } from "./run-child.js";
import { TABLE_BYTES } from "./table-format.js";

/** The shards of a foreign file one after another, for rows that are scored: its tables lie in a temporary folder for as long as they are read. */
export async function* tableShards(
  format: TableFormatName,
  head: Head,
  fields: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly shard: Shard; readonly inputs: readonly ShardInput[] }> {
  const folder = await temporaryDirectory(os.tmpdir());
  try {
    for (const { from, to, firstRow } of planTable(head.groups ?? [])) {
      const prefix = path.join(folder, `${from}-`);
      const { pieces } = await runTableChild(
        { kind: "convert", format, path: head.path, from, to, fields, prefix, tableBytes: TABLE_BYTES },
        signal === undefined ? {} : { signal },
      );
      let first = firstRow;
      for (const made of pieces) {
        const { rows, length, crc32 } = made;
        const file = `${prefix}${made.piece}`;
        const sha256 = tableIdentity(head.path, made);
        yield { shard: tableShard({ length, sha256 }, crc32, first), inputs: [{ path: file, offset: 0, length, sha256 }] };
        first += rows;
        await removeTree(file);
      }
    }
  } finally {
    await removeTree(folder);
  }
}
