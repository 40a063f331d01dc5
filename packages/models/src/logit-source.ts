import type { EncodedRow } from "@crossbill/columns";
import { BatchScorer } from "./batch-scorer.js";
import type { EncodedRows, LiveColumn } from "./live-column.js";
import type { ServedNetwork } from "./network/served-network.js";

/** Where a model's logits come from. A batch has the bits of its rows one by one. */
export interface LogitSource {
  /** f64[K] of one row, encoded with the model's own state. */
  row(row: EncodedRow): Float64Array;
  /** A function to f64[rows][K]. `translations` by column: for each id of the rows the model's; those not in it have the same ids. */
  batch(translations: ReadonlyMap<string, Uint32Array>): (batch: EncodedRows) => Float64Array;
}

/** Intercepts plus weights of the row's features, columns in the model's order, each sum in float64. */
export class LinearLogits implements LogitSource {
  readonly #byOutput: readonly (readonly LiveColumn[])[];
  readonly #intercepts: readonly number[];

  /** @param byOutput the columns in the order of the model, for each of K outputs */
  constructor(byOutput: readonly (readonly LiveColumn[])[], intercepts: readonly number[]) {
    this.#byOutput = byOutput;
    this.#intercepts = intercepts;
  }

  row(row: EncodedRow): Float64Array {
    const logits = new Float64Array(this.#intercepts.length);
    for (let k = 0; k < logits.length; k++) logits[k] = this.#logit(row, k);
    return logits;
  }

  #logit({ ids, numbers, pairs }: EncodedRow, k: number): number {
    let logit = this.#intercepts[k]!;
    for (const column of this.#byOutput[k]!) {
      const name = column.placed.name;
      const several = pairs.get(name);
      if (column.kind === "categorical" && several !== undefined)
        for (const [i, id] of several.ids.entries()) logit += column.table.get(id) * several.values[i]!;
      else if (column.kind === "categorical") logit += column.table.get(ids.get(name)!);
      else {
        const x = numbers.get(name)!;
        logit += column.weight * column.transform(x);
        if (column.missingWeight !== 0 && column.isMissing(x)) logit += column.missingWeight;
      }
    }
    return logit;
  }

  batch(translations: ReadonlyMap<string, Uint32Array>): (batch: EncodedRows) => Float64Array {
    const scorer = new BatchScorer(this.#byOutput, this.#intercepts, translations);
    return (batch) => scorer.logits(batch);
  }
}

/** A linear part, then what the network adds to it. */
export class NetworkLogits implements LogitSource {
  readonly #linear: LogitSource;
  readonly #network: ServedNetwork;

  constructor(linear: LogitSource, network: ServedNetwork) {
    this.#linear = linear;
    this.#network = network;
  }

  row(row: EncodedRow): Float64Array {
    const logits = this.#linear.row(row);
    this.#network.addRow(logits, row);
    return logits;
  }

  batch(translations: ReadonlyMap<string, Uint32Array>): (batch: EncodedRows) => Float64Array {
    const [linear, network] = [this.#linear.batch(translations), this.#network.batch(translations)];
    return (batch) => {
      const logits = linear(batch);
      network(logits, batch);
      return logits;
    };
  }
}
