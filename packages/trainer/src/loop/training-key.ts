import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { sha256Hex } from "@crossbill/storage";
import { taskKey } from "@crossbill/tasks";
import type { Inputs } from "../blocks/inputs.js";
import type { TrainPlan } from "../rows/plan.js";

/** A specification without what cannot change the result: when checkpoints are written. */
export function withoutCheckpoints(train: v1.TrainSpec): v1.TrainSpec {
  const spec = decodeMessage(v1.TrainSpec, encodeMessage(v1.TrainSpec, train), "train");
  spec.checkpointEverySteps = 0;
  spec.checkpointEverySeconds = 0;
  return spec;
}

/** The key of a training run: equal keys give equal bits. Workers, memory, and how often checkpoints are written are no part of it. */
export function trainingKey(
  build: string,
  model: v1.ModelSpec,
  train: v1.TrainSpec,
  inputs: Inputs,
  plan: TrainPlan,
  classes: readonly string[] = [],
  initial?: { readonly sha256: string },
  tables: readonly { readonly name: string; readonly sha256: string }[] = [],
): string {
  const columns = [
    ["features", inputs.features],
    ...inputs.categorical.map(({ name, offset, size }) => ["categorical", name, offset, size]),
    ...inputs.numeric.map(({ name, offset, inputs: n, spec: column, state }) => [
      "numeric",
      name,
      offset,
      n,
      sha256Hex(column),
      state === null ? null : sha256Hex(state),
    ]),
  ];
  const params = {
    model: sha256Hex(encodeMessage(v1.ModelSpec, model)),
    train: sha256Hex(encodeMessage(v1.TrainSpec, withoutCheckpoints(train))),
    columns,
    trainBlocks: plan.trainBlocks,
    ...(classes.length === 0 ? {} : { classes }),
    ...(initial === undefined ? {} : { initial: initial.sha256 }),
    ...(tables.length === 0 ? {} : { tables: tables.map(({ name, sha256 }) => [name, sha256]) }),
  };
  return taskKey(
    build,
    "train",
    Buffer.from(JSON.stringify(params)),
    plan.packs.map((pack) => pack.sha256),
  );
}
