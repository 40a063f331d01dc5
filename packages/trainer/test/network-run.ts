import type { v1 } from "@crossbill/messages";
import type { OptimizerOptions } from "../dist/optimizers/optimizer-options.js";
import type { TrainOutcome } from "../dist/train-options.js";
import { deepSpec, layer, placementOf, table } from "./network-support.js";
import { OPTIMIZERS, specOf } from "./optimizer-cases.js";
import { bits, type Problem, problem, type Run } from "./support.js";

/** All bits of a model with a network as a string. */
export function networkBits(outcome: TrainOutcome): string {
  const { dense, running, tables } = outcome.network!;
  const hex = (x: Float32Array | Uint32Array): string => Buffer.from(x.buffer, x.byteOffset, x.byteLength).toString("hex");
  return [bits(outcome), hex(dense), hex(running), ...tables.flatMap(({ ids, vectors }) => [hex(ids), hex(vectors)])].join();
}

export const ADAM = specOf(OPTIMIZERS.find(({ name }) => name === "Adam")!.options);
/** FTRL of embeddings, beside Adagrad; the others train all of a network. */
export function trainedBy(options: OptimizerOptions): v1.TrainSpec.$Properties {
  if (options.kind !== "ftrl") return { optimizer: specOf(options) };
  return { optimizer: specOf(OPTIMIZERS.find(({ name }) => name === "Adagrad")!.options), embeddingOptimizer: specOf({ ...options, l1: 0.05, l2: 0.01 }) };
}
export const LINEAR_FTRL = { ftrl: { alpha: 0.1, beta: 1, l1: 0.1, l2: 0.01 } };

const small = (): Problem => problem([200, 100], [64], 1, true);

/** 300 rows in blocks of 40, twice. */
export const NETWORK_RUN: { readonly problem: () => Problem; readonly run: Run } = {
  problem: small,
  run: {
    train: { optimizer: ADAM, linearOptimizer: LINEAR_FTRL, batchSize: 40, epochs: 2, checkpointEverySteps: 3 },
    model: {
      network: deepSpec([layer(5, 6, { dropout: 0.2, batchNorm: true })], {
        linear: ["c0", "x0"],
        tables: [table("c1", 5, { l2: 1e-3 }), table("c3", 3), table("m", 4, { maxNorm: 1 })],
      }),
    },
    options: { placement: placementOf(small()), workers: 1 },
  },
};

/** What the process that is killed and the test that goes on train alike. */
export const KILLED_RUN: Run = {
  ...NETWORK_RUN.run,
  train: { ...NETWORK_RUN.run.train, embeddingOptimizer: { ftrl: { alpha: 0.1, beta: 1, l1: 0.05, l2: 0.01 } } },
};
