import { readTexts, type SourceFormat, type SourceTexts, type Spool, shownSource } from "@crossbill/ingest";
import { CrossbillError } from "@crossbill/messages";
import type { Row } from "@crossbill/models";

export interface RowFiles {
  /** Files with a user, or an item, a row; read in the given order. */
  readonly input: readonly string[];
  readonly format: (file: string) => SourceFormat;
  readonly spool: Spool;
  readonly signal?: AbortSignal;
}

export interface ReadRows {
  readonly rows: { readonly row: Row; readonly kept: readonly (string | null)[] }[];
  /** Rows that cannot be read, which are left out. */
  readonly rejected: number;
}

/** All rows of files, in memory: of each the fields `fields`, and beside them `keep`. @throws E_COLUMN_MISSING where a file lacks one of them; what reading throws */
export function readRows({ input, format, spool, signal }: RowFiles, fields: readonly string[], keep: readonly string[]): Promise<ReadRows> {
  const aborting = signal === undefined ? {} : { signal };
  return spool.naming(async () => {
    const rows: ReadRows["rows"] = [];
    let rejected = 0;
    for (const file of input) {
      const [local] = await spool.plain([file], { executor: null, build: "", ...aborting });
      let [read, kept]: number[][] = [[], []];
      await readTexts(local!, format(file), {
        wanted: (there) => {
          [read, kept] = [fields, keep].map((names) => names.map((name) => indexOf(file, there, name)));
          return [...new Set([...read!, ...kept!])];
        },
        named: [...fields, ...keep],
        take: (batch: SourceTexts) => {
          for (let row = 0; row < batch.rows; row++) {
            if (batch.problem(row) !== null) {
              rejected++;
              continue;
            }
            const textOf = (field: number): string | null => batch.text(field, row);
            rows.push({ row: Object.fromEntries(fields.map((name, i) => [name, textOf(read![i]!)])), kept: kept!.map(textOf) });
          }
        },
        ...aborting,
      });
    }
    return { rows, rejected };
  });
}

function indexOf(file: string, fields: readonly string[], name: string): number {
  const index = fields.indexOf(name);
  if (index >= 0) return index;
  throw new CrossbillError(
    "E_COLUMN_MISSING",
    `${shownSource(file)}: has no field ${JSON.stringify(name)}, which the model reads, or which is to be kept; it has ${fields
      .slice(0, 50)
      .map((field) => JSON.stringify(field))
      .join(", ")}`,
    { details: { path: file, field: name } },
  );
}
