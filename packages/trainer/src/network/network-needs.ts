import { CrossbillError, v1 } from "@crossbill/messages";
import { planNetwork } from "@crossbill/models";
import type { Shape } from "../blocks/block.js";
import type { Inputs } from "../blocks/inputs.js";
import { optimizerOf } from "../options.js";
import type { TrainOptions } from "../train-options.js";
import { splitClasses } from "./class-rows.js";
import { engineChoice } from "./engine-choice.js";
import { networkInputs } from "./network-inputs.js";
import { planNetworkLayout } from "./network-layout.js";
import type { NetworkTraining } from "./network-training.js";

/** What a network needs of the memory, and what it is once it has it. */
export interface NetworkRoom {
  readonly size: { readonly bytes: number; readonly stateBytes: number };
  /** Placed at a byte offset. */
  readonly at: (base: number) => NetworkTraining;
}

/** Plans the network of the specification; null: the model is linear. @throws E_NETWORK (exit code 2) for one that cannot be; E_TRAIN_SPEC (exit code 2) for an optimiser that is of linear models; E_TRAIN_SPEC, E_ENGINE (exit code 2) for an engine */
export function networkNeeds(
  { specs, placement, initial, engine: source }: Pick<TrainOptions, "specs" | "placement" | "initial" | "engine">,
  run: {
    readonly outputs: number;
    readonly inputs: Inputs;
    readonly largest: Shape;
    readonly steps: number;
    readonly workers: number;
    readonly keepsLast: boolean;
  },
): NetworkRoom | null {
  if (specs.model.network === null) return null;
  const whole = planNetwork(specs.model, placement, run.outputs);
  if (whole === null) return null;
  const engine = engineChoice(specs.train.engine, whole, source);
  const sampled = whole.kind === "deep" && (specs.model.head === v1.Head.SAMPLED_SOFTMAX || specs.model.head === v1.Head.NCE);
  const { plan, classes } = sampled ? splitClasses(whole) : { plan: whole, classes: null };
  const optimizer = optimizerOf(specs.train.optimizer);
  if (optimizer.kind === "ftrl")
    throw refused(
      "train.optimizer: ftrl begins with all weights at 0, and layers that begin there stay there; allowed for a network are adagrad, adam, rmsprop, momentum and sgd (train.linearOptimizer and train.embeddingOptimizer may be ftrl)",
    );
  const tableOptimizer = specs.train.embeddingOptimizer === null ? optimizer : optimizerOf(specs.train.embeddingOptimizer);
  if (tableOptimizer.kind === "ftrl" && tableOptimizer.beta === 0)
    throw refused("train.embeddingOptimizer: ftrl with beta 0 makes the first rate infinite, so no vector can be started from; give a beta above 0");
  const { rows, entries } = run.largest;
  const pairs = entries === undefined ? 0 : entries - rows * run.inputs.categorical.length;
  const needs = {
    plan,
    inputs: networkInputs(plan, run.inputs, rows, pairs),
    optimizer,
    tableOptimizer,
    classes,
    mostClasses: Math.min(run.outputs, specs.model.samples + rows),
    members: run.workers,
    rows,
    steps: run.steps,
    keepsLast: run.keepsLast,
    engine: engine !== null,
  };
  const steps = initial?.network === undefined ? 0 : initial.network.steps;
  const before = { optimizer: steps ?? 0, statistics: steps ?? Number.POSITIVE_INFINITY };
  const { bytes, tables, states, classes: own } = planNetworkLayout(needs, 0);
  const words = plan.tables.reduce((sum, table) => sum + table.rows * tables[table.index]!.words, classes === null ? 0 : classes.rows * own!.table.words);
  return {
    size: { bytes, stateBytes: 2 * 4 * (words + (1 + states) * plan.dense) },
    at: (base) => ({ plan, layout: planNetworkLayout(needs, base), optimizer, tableOptimizer, classes, seed: specs.train.seed, engine, before, rows, pairs }),
  };
}

function refused(message: string): CrossbillError {
  return new CrossbillError("E_TRAIN_SPEC", message, { exitCode: 2 });
}
