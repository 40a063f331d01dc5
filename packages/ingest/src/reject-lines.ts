import type { ErrorCode } from "@crossbill/messages";
import type { RowReject } from "./row-rules.js";
import type { ShardSource } from "./shard-source.js";

/** Characters of a row's text, and of a value in a reason, that are kept. */
const TEXT_LENGTH = 200;
const VALUE_LENGTH = 80;

/** One line of rejects.jsonl, but for `file`, which a shard does not know. */
export interface RejectLine {
  /** Where the row starts, from 1; a header is line 1. */
  readonly line: number;
  /** Number of the row in its file, from 0, header not counted. */
  readonly row: number;
  /** Of its first byte in the file. */
  readonly offset: number;
  readonly code: ErrorCode;
  readonly reason: string;
  readonly field?: string;
  readonly text: string;
}

/** JSON lines for the rejected rows of a batch. @param firstRow number of the batch's first row in its file */
export function rejectLines(text: ShardSource, rejects: readonly RowReject[], firstRow: number): string {
  let lines = "";
  for (const { row, code, field, reason } of rejects) {
    const { line, offset } = text.place(row);
    const entry: RejectLine = {
      line,
      row: firstRow + row,
      offset,
      code,
      reason: reason ?? reasonOf(text, row, code, field),
      ...(field === undefined ? {} : { field }),
      text: cut(text.raw(row, 4 * TEXT_LENGTH), TEXT_LENGTH),
    };
    lines += `${JSON.stringify(entry)}\n`;
  }
  return lines;
}

function reasonOf(text: ShardSource, row: number, code: ErrorCode, field: string | undefined): string {
  const value = field === undefined ? null : text.text(text.fields.indexOf(field), row);
  const got = value === null ? "no value" : JSON.stringify(cut(value, VALUE_LENGTH));
  switch (code) {
    case "E_LABEL_EMPTY":
      return "no label";
    case "E_LABEL_VALUE":
      return `not an allowed label: ${got}`;
    case "E_WEIGHT":
      return `not a finite number of at least 0: ${got}`;
    case "E_SPLIT_VALUE":
      return `not train, validation or test: ${got}`;
    case "E_TIME":
      return `not a time (seconds or milliseconds since 1970, or ISO 8601 as 2026-03-01T12:30:00Z): ${got}`;
    case "E_NUMBER":
      return `not a finite number: ${got}`;
    case "E_MISSING":
      return "no value, and the column rejects missing ones";
    case "E_LIST":
      return `no list, or an item in it has no name or a weight that is no finite number: ${got}`;
    case "E_CROSS_ITEMS":
      return `its items are crossed to more combinations than are allowed in a row: ${got}`;
    case "E_IDENTITY_RANGE":
      return `not an integer in the column's range: ${got}`;
    default:
      return field === undefined ? text.reason(row, code) : `not allowed: ${got}`;
  }
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length).replace(/[\ud800-\udbff]$/, "")}…`;
}
