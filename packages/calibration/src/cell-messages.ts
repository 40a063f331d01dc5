import type { v1 } from "@crossbill/messages";
import type { BinSums } from "./bin-sums.js";
import { cellAt, risingCells } from "./calibration-curve.js";
import { corrupt, readSum } from "./exact-bytes.js";

/** The non-empty cells, by rising index. */
export function cellMessages(cells: ReadonlyMap<number, BinSums>): v1.CalibrationCell.$Properties[] {
  return risingCells(cells).map(([index, sums]) => ({
    index,
    rows: sums.rows,
    weight: sums.weight.toBytes(),
    prediction: sums.prediction.toBytes(),
    label: sums.label.toBytes(),
    squaredWeight: sums.squaredWeight.toBytes(),
    squaredLabel: sums.squaredLabel.toBytes(),
  }));
}

/** Adds the cells of a message. @param last the highest index there may be @throws E_MESSAGE_CORRUPT */
export function readCells(cells: Map<number, BinSums>, messages: readonly v1.CalibrationCell.$Properties[] | null | undefined, last: number): void {
  for (const cell of messages ?? []) {
    const index = cell.index ?? 0;
    if (index > last || cells.has(index)) throw corrupt(`cell ${index} is out of the grid or repeated`);
    const sums = cellAt(cells, index);
    sums.rows = cell.rows ?? 0;
    sums.weight.merge(readSum(cell.weight, "weights"));
    sums.prediction.merge(readSum(cell.prediction, "predictions"));
    sums.label.merge(readSum(cell.label, "labels"));
    sums.squaredWeight.merge(readSum(cell.squaredWeight, "squared weights"));
    sums.squaredLabel.merge(readSum(cell.squaredLabel, "squared weights of positives"));
  }
}
