import type { CsvBytes } from "@crossbill/kernels";
import { CrossbillError, type v1 } from "@crossbill/messages";

const NEWLINES = new Set([10, 13]);

/**
 * The dialect as the kernels take it. An empty escape (or one that is the quote) means that a doubled quote stands for a quote.
 * @throws E_CSV_DIALECT (exit code 2): delimiter of no or more than 32 bytes, quote or escape of more than one byte, a line end in any of them,
 * a delimiter that begins with the quote, no names without a header.
 */
export function csvBytes(csv: v1.CsvDialect): CsvBytes {
  const problems: string[] = [];
  const bytes = (name: string, text: string, least: number, most: number): Uint8Array => {
    const out = new Uint8Array(Buffer.from(text));
    if (out.length < least || out.length > most) problems.push(`csv.${name} is ${JSON.stringify(text)}, ${out.length} bytes; ${least} to ${most} are allowed`);
    if (out.some((b) => NEWLINES.has(b))) problems.push(`csv.${name} is ${JSON.stringify(text)}; line ends are not allowed in it`);
    return out;
  };
  const delimiter = bytes("delimiter", csv.delimiter, 1, 32);
  const quote = bytes("quote", csv.quote, 0, 1)[0] ?? null;
  const escapeByte = bytes("escape", csv.escape, 0, 1)[0] ?? null;
  const comment = bytes("comment", csv.comment, 0, 32);
  if (quote !== null && delimiter[0] === quote)
    problems.push(`csv.delimiter ${JSON.stringify(csv.delimiter)} begins with the quote ${JSON.stringify(csv.quote)}`);
  if (!csv.header && csv.names.length === 0) problems.push("csv.header is false and csv.names is empty; name the fields in csv.names");
  if (problems.length > 0) throw new CrossbillError("E_CSV_DIALECT", problems.join("; "), { exitCode: 2 });
  return { delimiter, quote, escape: quote === null || escapeByte === quote ? null : escapeByte, comment, trim: csv.trim };
}
