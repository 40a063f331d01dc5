import { CrossbillError, v1 } from "@crossbill/messages";
import { sha256File } from "@crossbill/storage";
import type { Format } from "../formats.js";
import { cutRanges } from "../plan-file.js";
import { type Head, statSource } from "../read-head.js";
import type { TableFormatName } from "./child-protocol.js";
import { planTableFile } from "./plan-table.js";
import { runTableChild } from "./run-child.js";
import { TableShard } from "./table-shard.js";

/** A format that is parsed in a process of its own; what it reads in threads are the table files that were made of it. */
export function tableFormat(name: TableFormatName): Format {
  return {
    table: name,
    check: () => undefined,
    readHead: (path) => readTableHead(name, path),
    cut: ({ size }, rangeBytes) => cutRanges(size, rangeBytes),
    scan: async ({ path, offset, length }, _runtime, beat) => {
      const sha256 = await sha256File(path, offset, length);
      beat();
      return v1.TextScan.create({ sha256, cases: [] });
    },
    plan: (head, _ranges, scans) => planTableFile(head, scans),
    open: (runtime, params, inputs) => new TableShard(runtime, params, inputs[0]!),
  };
}

async function readTableHead(format: TableFormatName, path: string): Promise<Head> {
  const { size, modified } = statSource(path);
  if (size === 0) throw new CrossbillError("E_EMPTY_FILE", `${path}: the file is empty`, { details: { path } });
  const { layout } = await runTableChild({ kind: "describe", format, path });
  return { path, size, modified, fields: layout!.fields, dataStart: 0, dataLines: 0, groups: layout!.groups };
}
