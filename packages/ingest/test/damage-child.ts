// Reads damaged versions of one file, one after another, and says what came of each; see table-damage.test.ts.
import fs from "node:fs";
import { toPlainError } from "@crossbill/messages";
import type { TableFormatName } from "../dist/tables/child-protocol.js";
import { convertTable, describeTable } from "../dist/tables/convert-table.js";

export interface Damage {
  /** Bytes that are left. */
  readonly cut?: number;
  /** Bits that are another. */
  readonly flips?: readonly number[];
}

export interface DamageRequest {
  readonly format: TableFormatName;
  readonly path: string;
  readonly damages: readonly Damage[];
  readonly from: number;
}

export interface DamageReply {
  readonly index: number;
  /** Rows that were read; null: an error. */
  readonly rows: number | null;
  readonly code: string;
  readonly message: string;
  /** Checksums of the tables. */
  readonly crc32: string;
}

export function damaged(bytes: Uint8Array, { cut, flips = [] }: Damage): Uint8Array {
  const out = Uint8Array.from(bytes.subarray(0, cut ?? bytes.length));
  for (const bit of flips) out[bit >> 3]! ^= 1 << (bit & 7);
  return out;
}

async function outcome(format: TableFormatName, path: string): Promise<Omit<DamageReply, "index">> {
  try {
    const { fields, groups } = describeTable(format, path);
    let rows = 0;
    let crc32 = "";
    await convertTable(
      { kind: "convert", format, path, from: 0, to: groups.length, fields, prefix: `${path}-t-`, tableBytes: 2 ** 25 },
      () => undefined,
      (piece) => {
        rows += piece.rows;
        crc32 += ` ${piece.crc32}`;
      },
    );
    return { rows, code: "", message: "", crc32 };
  } catch (thrown) {
    const { code, message } = toPlainError(thrown);
    return { rows: null, code, message, crc32: "" };
  }
}

async function run({ format, path, damages, from }: DamageRequest): Promise<void> {
  const bytes = fs.readFileSync(path);
  for (let index = from; index < damages.length; index++) {
    const file = `${path}-${index}`;
    fs.writeFileSync(file, damaged(bytes, damages[index]!));
    const found = await outcome(format, file);
    fs.rmSync(file);
    process.send?.({ index, ...found });
    // A decoder that trapped is not to be used again.
    if (/unreachable|RuntimeError|memory access/.test(found.message)) break;
  }
  process.disconnect();
}

process.once("message", (request: DamageRequest) => void run(request));
