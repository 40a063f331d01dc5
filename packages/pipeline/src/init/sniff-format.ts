import fs from "node:fs";
import type { FormatName } from "@crossbill/ingest";

const MAGICS: readonly (readonly [string, FormatName])[] = [
  ["PAR1", "parquet"],
  ["ARROW1", "arrow"],
  ["\xff\xff\xff\xff", "arrow-stream"],
];
const SNIFFED = 65_536;

/** What a plain file whose name says nothing begins like: the magic bytes of a table, a first line that is a JSON object, or else csv. */
export function sniffFormat(file: string): FormatName {
  const handle = fs.openSync(file, "r");
  try {
    const bytes = Buffer.alloc(SNIFFED);
    const first = bytes.subarray(0, fs.readSync(handle, bytes, 0, SNIFFED, 0));
    const table = MAGICS.find(([magic]) => first.subarray(0, magic.length).equals(Buffer.from(magic, "latin1")));
    return (
      table?.[1] ??
      (isJsonObject(
        first
          .toString("utf8")
          .replace(/^\ufeff/, "")
          .split("\n", 1)[0]!,
      )
        ? "jsonl"
        : "csv")
    );
  } finally {
    fs.closeSync(handle);
  }
}

function isJsonObject(line: string): boolean {
  if (!line.trimStart().startsWith("{")) return false;
  try {
    JSON.parse(line);
    return true;
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    return false;
  }
}
