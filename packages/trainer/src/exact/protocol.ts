import type { Inputs } from "../blocks/inputs.js";
import type { TrainData } from "../loop/protocol.js";
import type { PlannedPack } from "../rows/plan.js";
import type { RowSampling } from "../rows/row-sampling.js";
import type { BinaryProblem } from "./binary-problems.js";
import type { MatrixShape } from "./matrix.js";
import type { ExactHead, RowArrays } from "./passes.js";
import type { PathPlan } from "./path.js";
import type { Start } from "./solve.js";

/** What every member of the exact solver's gang is given. The memory, the control words and the table are shared. */
export interface ExactData {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly limitBytes: number;
  /** int32: units of the arena taken, then the command of member 0 and its arguments. */
  readonly control: Int32Array;
  /** u32: where the matrix lies. */
  readonly table: Uint32Array;
  readonly rowArrays: RowArrays;
  readonly shape: MatrixShape;
  readonly root: string;
  /** One for each segment of the shape. */
  readonly packs: readonly PlannedPack[];
  readonly source: TrainData["source"];
  /** What the weights of rows are multiplied by, by class; null: by nothing. */
  readonly classFactors: readonly number[] | null;
  readonly rowSampling: RowSampling | null;
  /** Of all outputs: added to their intercepts where validation rows are predicted; null: nothing. */
  readonly shifts: Float64Array | null;
  readonly inputs: Inputs;
  readonly head: ExactHead;
  readonly classes: number;
  /** Of a head that is solved in parts; empty: it is one problem. */
  readonly problems: readonly BinaryProblem[];
  /** Labels are numbers of classes below this; 0: of no class. */
  readonly labelClasses: number;
  readonly l1: number;
  readonly l2: number;
  readonly tolerance: number;
  readonly gap: number;
  readonly maxIterations: number;
  /** Of all outputs, in shared memory; null: from zero. */
  readonly initial: Start | null;
  /** null: the optimum at l1 alone. */
  readonly path: PathPlan | null;
}

/** Progress slots of the gang's floats, written by member 0. */
export const ExactProgress = { LOADED: 0, PASSES: 1, ITERATIONS: 2, LOSS: 3, SECONDS: 4 } as const;
