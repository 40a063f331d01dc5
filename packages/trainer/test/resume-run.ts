import { ADAGRAD, type Run } from "./support.js";

/** What the process that is killed and the test that goes on train alike. 2,000 rows in blocks of 64, twice. */
export const RESUME_RUN: { rows: [number[], number[]]; run: Run } = {
  rows: [[1300, 700], [300]],
  run: { train: { optimizer: ADAGRAD, batchSize: 64, epochs: 2 }, model: { l1: 1e-4, l2: 1e-4 }, options: { workers: 2 } },
};
