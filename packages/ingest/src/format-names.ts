import type { v1 } from "@crossbill/messages";

/** What a source may be. `data.format` of a configuration names one. */
export const FORMAT_NAMES = ["csv", "tsv", "jsonl", "parquet", "arrow", "arrow-stream", "libsvm", "vw"] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

/** How the bytes of a source are read. */
export interface SourceFormat {
  readonly format: FormatName;
  /** Of delimited text; `missing` counts for every format. */
  readonly csv: v1.CsvDialect;
}

const EXTENSIONS: ReadonlyMap<string, FormatName> = new Map([
  ["csv", "csv"],
  ["tsv", "tsv"],
  ["jsonl", "jsonl"],
  ["ndjson", "jsonl"],
  ["parquet", "parquet"],
  ["arrow", "arrow"],
  ["feather", "arrow"],
  ["arrows", "arrow-stream"],
  ["svm", "libsvm"],
  ["libsvm", "libsvm"],
  ["vw", "vw"],
]);

/** What the extension of a path or address says, `.gz` and `.zst` looked through; null: nothing. */
export function formatByName(path: string): FormatName | null {
  const extension = /\.([^./\\]+)$/.exec(path.replace(/\.(gz|zst)$/i, ""))?.[1];
  return (extension === undefined ? undefined : EXTENSIONS.get(extension.toLowerCase())) ?? null;
}

/** Of a specification: its format ("" is csv) and dialect. */
export function sourceFormat(data: v1.DataSpec): SourceFormat {
  return { format: data.format === "" ? "csv" : (data.format as FormatName), csv: data.csv };
}
