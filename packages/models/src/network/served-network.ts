import type { EncodedRow } from "@crossbill/columns";
import { PANEL_ROWS } from "@crossbill/kernels";
import type { EncodedRows } from "../live-column.js";
import type { PlacedColumn } from "../placement.js";
import { fieldPairs } from "./field-pairs.js";
import type { NetworkPlan, NetworkWeights } from "./network-plan.js";
import { ServedTower } from "./served-tower.js";
import { TableVectors } from "./table-vectors.js";
import { embeddingInput, numericInput, type TowerInput } from "./tower-inputs.js";

/** A network that is ready to predict. Not to be used by two callers at a time: its panels are its own. */
export class ServedNetwork {
  readonly plan: NetworkPlan;
  readonly weights: NetworkWeights;
  /** What the output is multiplied by. */
  readonly scale: number;
  /** In the order of the plan. */
  readonly tables: readonly TableVectors[];
  readonly #towers: readonly { readonly inputs: readonly TowerInput[]; readonly columns: readonly string[]; readonly served: ServedTower }[];

  /** @param columns those of the inputs, by name */
  constructor(plan: NetworkPlan, weights: NetworkWeights, scale: number, columns: ReadonlyMap<string, PlacedColumn>) {
    this.plan = plan;
    this.weights = weights;
    this.scale = scale;
    this.tables = plan.tables.map((table, t) => new TableVectors(table, weights.tables[t]!));
    this.#towers = plan.towers.map((tower) => ({
      inputs: tower.inputs.map((input) => {
        const column = columns.get(input.column)!;
        return input.kind === "embedding" ? embeddingInput(input, column, this.tables[input.table]!) : numericInput(input, column, weights.dense);
      }),
      columns: tower.inputs.map(({ column }) => column),
      served: new ServedTower(tower, weights),
    }));
  }

  /** Adds the network's part to the logits out f64[K] of a row encoded with the model's own state. */
  addRow(out: Float64Array, row: EncodedRow): void {
    for (const t of this.#towers.keys()) this.fill(t, row);
    this.#add(
      out,
      0,
      1,
      this.#towers.map(({ served }) => served.forward(1)),
    );
  }

  /** A function that adds the network's part to the logits out f64[rows][K] of a batch, to the bits of its rows one by one. */
  batch(translations: ReadonlyMap<string, Uint32Array>): (out: Float64Array, batch: EncodedRows) => void {
    return (out, batch) => {
      const fills = this.#towers.map(({ inputs, columns }) => inputs.map((input, i) => input.rows(batch, translations.get(columns[i]!) ?? null)));
      for (let from = 0; from < batch.rows; from += PANEL_ROWS) {
        const to = Math.min(batch.rows, from + PANEL_ROWS);
        const after = this.#towers.map(({ served }, t) => {
          for (const fill of fills[t]!) fill(served.input, from, to);
          return served.forward(to - from);
        });
        this.#add(out, from, to - from, after);
      }
    };
  }

  /** Writes a row into the first row of tower t's input panel, and returns the tower. */
  fill(t: number, row: EncodedRow): ServedTower {
    const { inputs, served } = this.#towers[t]!;
    for (const input of inputs) input.row(served.input, 0, row);
    return served;
  }

  /** Adds scale times the outputs of `rows` rows of panels, each in float64. */
  #add(out: Float64Array, first: number, rows: number, after: readonly Float32Array[]): void {
    const { kind, outputs: K } = this.plan;
    for (let k = 0; k < K; k++) {
      for (let r = 0; r < rows; r++) {
        const at = (first + r) * K + k;
        const own =
          kind === "deep" ? after[0]![k * PANEL_ROWS + r]! : kind === "twoTower" ? dot(after[0]!, after[1]!, r, k, K) : fieldPairs(this.plan, after[0]!, r, k);
        out[at] = out[at]! + this.scale * own;
      }
    }
  }
}

/** Product of the kth of K parts of row r of two panels of as many units, from the part's first unit on. */
function dot(a: Float32Array, b: Float32Array, r: number, k: number, K: number): number {
  let sum = 0;
  const size = a.length / K;
  for (let at = k * size + r; at < (k + 1) * size; at += PANEL_ROWS) sum += a[at]! * b[at]!;
  return sum;
}
