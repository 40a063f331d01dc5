import { readTexts, type SourceFormat } from "@crossbill/ingest";

/** Some rows of a file as texts, by field. */
export interface Sample {
  readonly fields: readonly string[];
  /** Of each field, the texts of the sampled rows; null: no value. */
  readonly texts: readonly (readonly (string | null)[])[];
  /** Rows of the file that could be read. */
  readonly rows: number;
  /** Rows that could not (wrong number of fields, quotes, UTF-8). */
  readonly flawed: number;
}

/** Rows from the beginning, all of them, so that runs of equal values show. */
const HEAD_ROWS = 4096;
/** Rows of the rest, evenly spread; at most twice as many while reading. */
const SPREAD_ROWS = 8192;
/** Texts that may be held: wide tables give fewer rows. */
const MOST_TEXTS = 4_000_000;

/** The first rows of a file and every k-th of the others: a sorted file shows all it has. Depends on the file alone. */
export async function takeSample(file: string, format: SourceFormat): Promise<Sample> {
  let fields: readonly string[] = [];
  let headRows = HEAD_ROWS;
  let spreadRows = SPREAD_ROWS;
  const head: (string | null)[][] = [];
  let spread: (string | null)[][] = [];
  let rows = 0;
  let flawed = 0;
  let step = 1;
  await readTexts(file, format, {
    wanted: (all) => {
      fields = all;
      const most = Math.max(100, Math.floor(MOST_TEXTS / Math.max(1, all.length)));
      headRows = Math.min(headRows, Math.ceil(most / 5));
      spreadRows = Math.min(spreadRows, Math.ceil((2 * most) / 5));
      return all.map((_, field) => field);
    },
    take: (batch) => {
      for (let row = 0; row < batch.rows; row++) {
        if (batch.problem(row) !== null) {
          flawed++;
          continue;
        }
        const at = rows++ - headRows;
        if (at >= 0 && at % step !== 0) continue;
        const texts = fields.map((_, field) => batch.text(field, row));
        if (at < 0) head.push(texts);
        else if (spread.push(texts) >= 2 * spreadRows) {
          spread = spread.filter((_, i) => i % 2 === 0);
          step *= 2;
        }
      }
    },
  });
  const taken = [...head, ...spread];
  return { fields, texts: fields.map((_, field) => taken.map((texts) => texts[field]!)), rows, flawed };
}
