import type { Handler } from "@crossbill/tasks";
import { REFINE_STEP, refineScores } from "./refine-task.js";
import { SCORE_STEP, scorePack } from "./score-task.js";

/** The tasks of this package: what an executor's handler modules export. */
export const handlers: Readonly<Record<string, Handler>> = { [SCORE_STEP]: scorePack, [REFINE_STEP]: refineScores };
