import type { PlainError } from "@crossbill/messages";

/** Formats that are parsed in a process of their own. */
export type TableFormatName = "parquet" | "arrow" | "arrow-stream";

/** What the child is told, once. */
export type TableRequest =
  | { readonly kind: "describe"; readonly format: TableFormatName; readonly path: string }
  | {
      readonly kind: "convert";
      readonly format: TableFormatName;
      readonly path: string;
      /** Row groups (record batches) [from, to). */
      readonly from: number;
      readonly to: number;
      /** Names, in the file's order. */
      readonly fields: readonly string[];
      /** Table file i is `<prefix><i>`. */
      readonly prefix: string;
      readonly tableBytes: number;
    };

/** A row group or record batch. */
export interface TableGroup {
  readonly rows: number;
  /** Bytes in it, as the file says. */
  readonly bytes: number;
}

/** What a foreign table is, without its rows. */
export interface TableLayout {
  readonly fields: readonly string[];
  readonly groups: readonly TableGroup[];
}

/** A table file that is finished. */
export interface TablePieceMade {
  readonly piece: number;
  readonly rows: number;
  readonly length: number;
  readonly crc32: number;
}

/** What the child says. It ends after `done` and `failed`. */
export type TableReply =
  | { readonly kind: "beat" }
  | { readonly kind: "layout"; readonly layout: TableLayout }
  | ({ readonly kind: "piece" } & TablePieceMade)
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly error: PlainError };
