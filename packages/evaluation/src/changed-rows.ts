import { v1 } from "@crossbill/messages";
import { logit } from "@crossbill/numerics";
import type { Kind } from "./measures.js";
import type { ScoredRows } from "./scored-rows.js";

/** Rows that are kept. */
export const CHANGED_ROWS = 50;

interface Place {
  readonly row: v1.IChangedRow;
  /** Of the rows given, from 0. */
  readonly at: number;
}

/** The rows whose predictions differ most, of equal ones the first. Differences are of log-odds where predictions are probabilities (clipped to [2^-52, 1 - 2^-52]), else of values. */
export class ChangedRows {
  readonly #probabilities: boolean;
  #rows: Place[] = [];
  #given = 0;
  /** A difference that is not above it is none of the largest. */
  #least = 0;

  constructor({ head, vectors }: Kind) {
    this.#probabilities = !vectors && head !== v1.Head.SQUARED && head !== v1.Head.POISSON;
  }

  update({ label, weight, predictions, keys }: ScoredRows): void {
    const [a, b] = predictions as [Float64Array, Float64Array];
    const of = (x: number): number => (this.#probabilities ? logit(Math.min(1 - 2 ** -52, Math.max(2 ** -52, x))) : x);
    for (let i = 0; i < label.length; i++) {
      const difference = of(a[i]!) - of(b[i]!);
      if (weight[i] === 0 || Math.abs(difference) <= this.#least) continue;
      const row = { key: keys?.[i] ?? "", label: label[i]!, weight: weight[i]!, predictionNew: a[i]!, predictionCurrent: b[i]!, difference };
      this.#rows.push({ row, at: this.#given + i });
      if (this.#rows.length >= 2 * CHANGED_ROWS) this.#cut();
    }
    this.#given += label.length;
    this.#cut();
  }

  /** The rows of packs one after another. @param other those behind the rows of this */
  merge(other: ChangedRows): void {
    this.#rows = [...this.#rows, ...other.#rows.map(({ row, at }) => ({ row, at: this.#given + at }))];
    this.#given += other.#given;
    this.#cut();
  }

  value(): v1.IChangedRow[] {
    return this.#rows.map(({ row }) => row);
  }

  toMessage(): Pick<v1.IPackAccumulators, "changed" | "changedRows"> {
    return { changed: this.value(), changedRows: this.#rows.map(({ at }) => at) };
  }

  /** Of a pack's rows; those without a key get the place `pack`:row as one. */
  static fromMessage({ changed, changedRows }: v1.IPackAccumulators, kind: Kind, pack: number, rows: number): ChangedRows {
    const made = new ChangedRows(kind);
    made.#given = rows;
    made.#rows = (changed ?? []).map((row, i) => {
      const at = changedRows![i]!;
      return { row: v1.ChangedRow.create({ ...row, key: row.key || `${pack}:${at}` }), at };
    });
    return made;
  }

  #cut(): void {
    this.#rows.sort((a, b) => Math.abs(b.row.difference!) - Math.abs(a.row.difference!) || a.at - b.at);
    this.#rows.length = Math.min(this.#rows.length, CHANGED_ROWS);
    if (this.#rows.length === CHANGED_ROWS) this.#least = Math.abs(this.#rows.at(-1)!.row.difference!);
  }
}
