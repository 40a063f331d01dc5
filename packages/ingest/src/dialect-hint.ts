import type { v1 } from "@crossbill/messages";
import { detectFile } from "./detect-file.js";
import type { Head } from "./read-head.js";

/** Where a delimited text was read with a dialect that does not fit and another one does: what to set, for an error's end; else "". */
export function dialectHint({ path, fields }: Head, { format, csv }: v1.DataSpec): string {
  if (!["", "csv", "tsv"].includes(format) || !csv.header) return "";
  const found = detectFile(path);
  if (found.fields > 1 && found.share > 0.9 && fields.length === 1 && found.delimiter !== csv.delimiter)
    return `; its rows look delimited by ${JSON.stringify(found.delimiter)} (${found.fields} fields), data.csv.delimiter is ${JSON.stringify(csv.delimiter)}`;
  if (found.fields === fields.length && !found.header)
    return "; its first row looks like data: with data.csv.header false and the fields' names in data.csv.names it is read as such";
  return "";
}
