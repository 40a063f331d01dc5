import { v1 } from "@crossbill/messages";
import { classWeightsSpec } from "./class-weights.js";
import { headOf } from "./head-schema.js";
import type { Config } from "./schema.js";
import { textList } from "./text-list.js";

function optimizerSpec(o: Config["train"]["optimizer"]): v1.OptimizerSpec {
  switch (o.kind) {
    case "ftrl":
      return v1.OptimizerSpec.create({ ftrl: v1.FtrlSpec.create({ alpha: o.alpha, beta: o.beta, l1: o.l1, l2: o.l2 }) });
    case "adagrad":
      return v1.OptimizerSpec.create({ adagrad: v1.AdagradSpec.create({ ...ratedSpec(o), initialAccumulator: o.initialAccumulator }) });
    case "adam":
      return v1.OptimizerSpec.create({ adam: v1.AdamSpec.create({ ...ratedSpec(o), beta1: o.beta1, beta2: o.beta2, epsilon: o.epsilon }) });
    case "rmsprop":
      return v1.OptimizerSpec.create({ rmsprop: v1.RmspropSpec.create({ ...ratedSpec(o), rho: o.rho, epsilon: o.epsilon }) });
    case "momentum":
      return v1.OptimizerSpec.create({ momentum: v1.MomentumSpec.create({ ...ratedSpec(o), momentum: o.momentum, nesterov: o.nesterov }) });
    case "sgd":
      return v1.OptimizerSpec.create({ sgd: v1.SgdSpec.create(ratedSpec(o)) });
    case "exact":
      return v1.OptimizerSpec.create({ exact: v1.ExactSpec.create({ tolerance: o.tolerance, maxIterations: o.maxIterations, gap: o.gap }) });
  }
}

const SCHEDULES = {
  constant: v1.RateSpec.Kind.CONSTANT,
  inverseTime: v1.RateSpec.Kind.INVERSE_TIME,
  inverseSquareRoot: v1.RateSpec.Kind.INVERSE_SQUARE_ROOT,
  exponential: v1.RateSpec.Kind.EXPONENTIAL,
  step: v1.RateSpec.Kind.STEP,
  polynomial: v1.RateSpec.Kind.POLYNOMIAL,
};

type Rated = Exclude<Config["train"]["optimizer"], { kind: "ftrl" | "exact" }>;

function ratedSpec({ learningRate, schedule, warmUp, weightDecay }: Rated): { learningRate: number; rate?: v1.RateSpec; weightDecay: number } {
  const { kind, ...numbers } = schedule;
  if (kind === "constant" && warmUp === 0) return { learningRate, weightDecay };
  return { learningRate, rate: v1.RateSpec.create({ kind: SCHEDULES[kind], ...numbers, warmUp }), weightDecay };
}

/** A model's own clipNorm is of the whole gradient. */
function clipOf({ model, train }: Config): Config["train"]["clip"] {
  return "clipNorm" in model && model.clipNorm !== undefined ? { globalNorm: model.clipNorm } : train.clip;
}

function clipSpec({ value, norm, globalNorm }: NonNullable<Config["train"]["clip"]>): v1.ClipSpec {
  if (value !== undefined) return v1.ClipSpec.create({ value });
  return v1.ClipSpec.create(norm === undefined ? { globalNorm: globalNorm ?? null } : { norm });
}

/** Of the logistic head, the texts of the label count as the names of its classes. */
function sampleSpec({ data, train: { sample }, ...config }: Config): { sample?: v1.SampleSpec } {
  if (sample == null) return {};
  const named = (name: string): string => {
    if (headOf(config).kind !== "logistic") return name;
    if (textList(data.positive).includes(name)) return "positive";
    return textList(data.negative).includes(name) ? "negative" : name;
  };
  return {
    sample: v1.SampleSpec.create({
      rates: Object.entries(sample.rates).map(([name, rate]) => v1.SampleRate.create({ class: named(name), rate })),
      correct: sample.correct === "intercept" ? v1.SampleSpec.Correct.INTERCEPT : v1.SampleSpec.Correct.WEIGHT,
    }),
  };
}

/** Whether an engine has anything to compute: two towers may be vectors alone. */
function hasLayers(model: Config["model"]): boolean {
  if (model.kind === "linear" || model.kind === "factorized") return false;
  return model.kind !== "twoTower" || model.hidden.length > 0 || model.dimension !== undefined;
}

/** How a model is trained, as the message that a training's key is made of. */
export function trainSpec(config: Config, seed: number): v1.TrainSpec {
  const { train } = config;
  const classWeights = classWeightsSpec(config);
  const clip = clipOf(config);
  return v1.TrainSpec.create({
    optimizer: optimizerSpec(train.optimizer),
    epochs: train.epochs,
    batchSize: train.batchSize,
    ...(train.earlyStopping == null ? {} : { earlyStopping: v1.EarlyStoppingSpec.create(train.earlyStopping) }),
    keep: train.keep ?? "",
    evaluateEverySteps: "steps" in train.evaluateEvery ? train.evaluateEvery.steps : 0,
    seed,
    initialIntercept: v1.TrainSpec.InitialIntercept[train.initialIntercept === "baseRate" ? "BASE_RATE" : "ZERO"],
    shuffle: train.shuffle,
    checkpointEverySteps: train.checkpoint?.everyBlocks ?? 0,
    checkpointEverySeconds: train.checkpoint?.everySeconds ?? 0,
    ...(clip == null ? {} : { clip: clipSpec(clip) }),
    ...(train.linearOptimizer == null ? {} : { linearOptimizer: optimizerSpec(train.linearOptimizer) }),
    ...(train.embeddingOptimizer == null ? {} : { embeddingOptimizer: optimizerSpec(train.embeddingOptimizer) }),
    ...(classWeights === null ? {} : { classWeights }),
    ...sampleSpec(config),
    ...(train.engine === "wasm" || !hasLayers(config.model) ? {} : { engine: train.engine }),
  });
}
