import type { Judged } from "./judge.js";

/** What an evaluation sees of the weights beside the validation loss. Sums over a fixed part of the training rows, weighted, and over the validation rows. */
export interface Observation extends Judged {
  /** Of the training part. */
  readonly rows: number;
  readonly weight: number;
  /** Loss of all classes; where classes are sampled, of a draw of them too (else 0). */
  readonly fullLoss: number;
  readonly sampledLoss: number;
  /** Loss of the best constant prediction, and that with all weights 0. */
  readonly constantLoss: number;
  readonly startLoss: number;
  /** Validation rows whose prediction is below 0 or above 1 (squared head). */
  readonly outside: number;
}
