import { createHash } from "node:crypto";
import { CrossbillError, type v1 } from "@crossbill/messages";
import type { FilePlan } from "../plan-file.js";
import type { Head } from "../read-head.js";
import type { TableGroup, TablePieceMade } from "./child-protocol.js";

/** Bytes of row groups (as the file says) that one child turns into table files. */
const TASK_BYTES = 64 * 2 ** 20;

/** Row groups [from, to) of one file, and the number of their first row in it. */
export interface TableRange {
  readonly from: number;
  readonly to: number;
  readonly firstRow: number;
  readonly rows: number;
}

/**
 * Cuts a file into ranges of consecutive row groups, as many as it takes for them to have about `taskBytes` at most, and of about the same size: by the file alone. Groups without rows are in
 * none of their own.
 */
export function planTable(groups: readonly TableGroup[], taskBytes: number = TASK_BYTES): TableRange[] {
  const ranges: TableRange[] = [];
  const all = groups.reduce((sum, group) => sum + group.bytes, 0);
  const share = all / Math.max(1, Math.ceil(all / taskBytes));
  let from = 0;
  let firstRow = 0;
  let rows = 0;
  let bytes = 0;
  const close = (to: number): void => {
    if (rows > 0) ranges.push({ from, to, firstRow, rows });
    from = to;
    firstRow += rows;
    rows = 0;
    bytes = 0;
  };
  for (const [i, group] of groups.entries()) {
    if (bytes > 0 && bytes + group.bytes / 2 > share) close(i);
    rows += group.rows;
    bytes += group.bytes;
  }
  close(groups.length);
  return ranges;
}

/** What is known of a table file before it is read: rows and content, no shards yet. @throws E_NO_ROWS */
export function planTableFile(head: Head, scans: readonly v1.TextScan[]): FilePlan {
  const rows = (head.groups ?? []).reduce((sum, group) => sum + group.rows, 0);
  if (rows === 0) throw new CrossbillError("E_NO_ROWS", `${head.path}: no rows`, { details: { path: head.path } });
  const hash = createHash("sha256").update(`crossbill.table ${head.size}`);
  for (const scan of scans) hash.update(scan.sha256);
  return { sha256: hash.digest("hex"), rows, shards: [] };
}

/**
 * What a table file is known by in place of its SHA-256, which would take longer than to write it: what determines its bytes, and their checksum.
 * @param origin key of the task that made it
 */
export function tableIdentity(origin: string, { piece, length, crc32 }: TablePieceMade): string {
  return createHash("sha256").update(`crossbill.table-file ${origin} ${piece} ${length} ${crc32}`).digest("hex");
}

/** A table file as a shard: whole, with the number of its first row. */
export function tableShard(file: Pick<v1.Ref, "length" | "sha256">, crc32: number, firstRow: number): FilePlan["shards"][number] {
  const { length, sha256 } = file;
  const checksum = new Uint8Array(4);
  new DataView(checksum.buffer).setUint32(0, crc32, true);
  return { range: { offset: 0, length }, sha256, checksum, start: 0, end: length, firstRow, firstLine: firstRow + 1 };
}
