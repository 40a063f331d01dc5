import { CSV_FLAGS, type CsvRow, csvRowsTwin } from "@crossbill/kernels";
import { detectHeader } from "./detect-header.js";

/** Bytes at a file's beginning that a detection looks at. */
export const DETECT_BYTES = 2 ** 16;

/** What the beginning of a delimited text looks like. */
export interface DetectedDialect {
  readonly delimiter: string;
  /** null: quotes are ordinary bytes. */
  readonly quote: '"' | "'" | null;
  /** "\\", or null: a doubled quote stands for a quote. */
  readonly escape: "\\" | null;
  /** What the lines in front of the table begin with, or null. */
  readonly comment: string | null;
  /** Spaces stand around the fields. */
  readonly trim: boolean;
  readonly header: boolean;
  /** Fields of most rows; 1 where no delimiter fits. */
  readonly fields: number;
  /** Share of the bytes looked at that stand in rows of so many fields, without a flaw, in [0, 1]. */
  readonly share: number;
  /** Of those rows: the first one's fields. */
  readonly first: readonly string[];
}

type Quoting = Pick<DetectedDialect, "quote" | "escape">;
type Reading = Omit<DetectedDialect, "header" | "first" | "comment"> & { readonly rows: readonly (readonly string[])[]; readonly decimalCommas: boolean };

/** In order of preference where all else is equal. */
const DELIMITERS = [",", "\t", ";", "|"];
const QUOTINGS: readonly Quoting[] = [
  { quote: '"', escape: null },
  { quote: '"', escape: "\\" },
  { quote: null, escape: null },
];
const COMMENTS = ["#", "%", "//", "|"];
/** Readings whose shares differ by no more fit equally well. */
const EQUAL = 0.02;
/** A row that the sample cuts may be so long; a longer one was swallowed by an open quote. */
const CUT_BYTES = 2 ** 13;
const DECIMAL_COMMA = /^[+-]?\d+,\d+$/;

/**
 * The dialect of a delimited text by its beginning: that with which most of its bytes stand in rows of equally many fields, at least two. A guess: what is
 * written in a configuration goes before it. Lines in front of the table that begin with `#`, `%`, `//` or `|` are comments.
 * @param sample the first bytes, UTF-8
 * @param whole whether they are the whole text; else its last row counts as cut
 */
export function detectDialect(sample: Uint8Array, whole: boolean): DetectedDialect {
  const text = sample[0] === 0xef && sample[1] === 0xbb && sample[2] === 0xbf ? sample.subarray(3) : sample;
  const comment = leadingComment(text);
  const best = DELIMITERS.map((delimiter) => bestReading(text, delimiter, comment, whole)).reduce((a, b) => (fitsBetter(b, a) ? b : a));
  const { quote, escape: escapes, trim, fields, share, rows } = best;
  return {
    delimiter: fields > 1 ? best.delimiter : ",",
    quote,
    escape: escapes,
    comment,
    trim,
    header: detectHeader(rows),
    fields,
    share,
    first: rows[0] ?? [],
  };
}

/** Whether reading `b` fits better than `a`, which is preferred where they fit equally. */
function fitsBetter(b: Reading, a: Reading): boolean {
  if (b.fields > 1 !== a.fields > 1) return b.fields > 1;
  if (Math.abs(b.share - a.share) > EQUAL) return b.share > a.share;
  if (b.decimalCommas !== a.decimalCommas) return b.decimalCommas;
  return b.fields > a.fields;
}

/** The best quoting for one delimiter. */
function bestReading(text: Uint8Array, delimiter: string, comment: string | null, whole: boolean): Reading {
  const trim = hasSpaces(text, delimiter);
  const read = (quoting: Quoting): Reading => readAs(text, delimiter, quoting, trim, comment, whole);
  const plain = QUOTINGS.map(read).reduce((a, b) => (b.share > a.share ? b : a));
  if (text.includes(0x22)) return plain;
  const cells = plain.rows.slice(1).flat();
  const quoted = cells.filter((cell) => cell.length >= 2 && cell.startsWith("'") && cell.endsWith("'")).length;
  const single = quoted > cells.length / 4 ? read({ quote: "'", escape: null }) : plain;
  return single.share >= plain.share ? single : plain;
}

function readAs(text: Uint8Array, delimiter: string, quoting: Quoting, trim: boolean, comment: string | null, whole: boolean): Reading {
  const byte = (of: string | null): number | null => (of === null ? null : of.charCodeAt(0));
  const dialect = { delimiter: Buffer.from(delimiter), quote: byte(quoting.quote), escape: byte(quoting.escape), comment: Buffer.from(comment ?? ""), trim };
  const all = csvRowsTwin(text, dialect, 0);
  const last = all.at(-1);
  const cut = !whole && all.length > 1 && last !== undefined && last.length <= CUT_BYTES;
  const rows = cut ? all.slice(0, -1) : all;
  const fields = mostCommon(rows.map((row) => row.fields.length));
  const good = rows.filter((row) => row.fields.length === fields && (row.flags & CSV_FLAGS.QUOTE) === 0);
  const bytes = (of: readonly CsvRow[]): number => of.reduce((sum, row) => sum + row.length, 0);
  const cells = good.map((row) => row.fields.map((field) => Buffer.from(field).toString("utf8")));
  const decimals = delimiter === "," ? 0 : cells.flat().filter((cell) => DECIMAL_COMMA.test(cell)).length;
  return {
    delimiter,
    ...quoting,
    trim,
    fields,
    share: rows.length === 0 ? 0 : bytes(good) / bytes(rows),
    rows: cells,
    decimalCommas: decimals > cells.length / 2,
  };
}

/** The most common number; the larger of two that are equally common. */
function mostCommon(numbers: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const n of numbers) counts.set(n, (counts.get(n) ?? 0) + 1);
  return [...counts].reduce((a, b) => (b[1] > a[1] || (b[1] === a[1] && b[0] > a[0]) ? b : a), [1, 0])[0];
}

/** Whether spaces stand behind most delimiters. */
function hasSpaces(text: Uint8Array, delimiter: string): boolean {
  const byte = delimiter.charCodeAt(0);
  let all = 0;
  let spaced = 0;
  for (let i = 0; i < text.length - 1; i++) {
    if (text[i] !== byte) continue;
    all++;
    if (text[i + 1] === 0x20) spaced++;
  }
  return all > 0 && spaced > all / 2;
}

/** What the first line begins with, if no line behind the leading ones begins so and a header is not likely marked with it. */
function leadingComment(text: Uint8Array): string | null {
  const lines = Buffer.from(text)
    .toString("utf8")
    .split(/\r\n|\r|\n/)
    .filter((line) => line !== "");
  const comment = COMMENTS.find((prefix) => lines[0]?.startsWith(prefix) === true);
  if (comment === undefined) return null;
  const leading = lines.findIndex((line) => !line.startsWith(comment));
  if (leading < 0 || lines.slice(leading).some((line) => line.startsWith(comment))) return null;
  const delimiters = (line: string): string => DELIMITERS.map((delimiter) => line.split(delimiter).length).join(" ");
  return delimiters(lines[leading - 1]!.slice(comment.length)) === delimiters(lines[leading]!) ? null : comment;
}
