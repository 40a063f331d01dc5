import type { v1 } from "@crossbill/messages";
import { canRecalibrate } from "@crossbill/models";
import { headOf } from "./head-schema.js";
import { HEADS } from "./heads.js";
import type { Config } from "./schema.js";
import { RECALIBRATIONS } from "./train-schema.js";

/** What is wrong with `train.recalibrate`. */
export function recalibrateProblems(config: Config): string[] {
  const { recalibrate } = config.train;
  if (recalibrate == null) return [];
  const { kind } = headOf(config);
  const head: v1.Head = HEADS[kind];
  const allowed = RECALIBRATIONS.filter((one) => canRecalibrate(head, one));
  if (allowed.length === 0) return [`train.recalibrate: belongs to the heads logistic and softmax, model.head is ${kind}; leave it out`];
  if (!allowed.includes(recalibrate)) return [`train.recalibrate: ${recalibrate} is not defined for the head ${kind}; allowed is ${allowed.join(", ")}`];
  if (typeof config.data.label !== "string") return ["train.recalibrate: needs one class a row, data.label names a column for each class; leave it out"];
  return [];
}
