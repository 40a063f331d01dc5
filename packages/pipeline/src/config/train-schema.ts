import { DENSE_ENGINES } from "@crossbill/models";
import { METRICS } from "@crossbill/trainer";
import * as z from "zod";
import { count, nonNegative, positive, text, whole } from "./field-schemas.js";

/** How a learning rate falls with the blocks done. */
const falling = z.number().positive().max(1);
const rate = {
  schedule: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("constant") }),
      z.strictObject({ kind: z.literal("inverseTime"), decay: positive.default(1), steps: count }),
      z.strictObject({ kind: z.literal("inverseSquareRoot"), steps: count }),
      z.strictObject({ kind: z.literal("exponential"), decay: falling, steps: count }),
      z.strictObject({ kind: z.literal("step"), decay: falling, steps: count }),
      z.strictObject({ kind: z.literal("polynomial"), steps: count, end: nonNegative.default(0), power: positive.default(1) }),
    ])
    .prefault({ kind: "constant" }),
  warmUp: whole.default(0), // blocks
  weightDecay: nonNegative.default(0),
};
const belowOne = z.number().min(0).lt(1);

const optimizer = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("ftrl"),
    alpha: positive.default(0.1),
    beta: nonNegative.default(1),
    l1: nonNegative.default(0),
    l2: nonNegative.default(0),
  }),
  z.strictObject({ kind: z.literal("adagrad"), learningRate: positive.default(0.1), initialAccumulator: nonNegative.default(0.1), ...rate }),
  z.strictObject({
    kind: z.literal("adam"),
    learningRate: positive.default(0.001),
    beta1: belowOne.default(0.9),
    beta2: belowOne.default(0.999),
    epsilon: positive.default(1e-8),
    ...rate,
  }),
  z.strictObject({ kind: z.literal("rmsprop"), learningRate: positive.default(0.001), rho: belowOne.default(0.9), epsilon: positive.default(1e-8), ...rate }),
  z.strictObject({
    kind: z.literal("momentum"),
    learningRate: positive.default(0.01),
    momentum: belowOne.default(0.9),
    nesterov: z.boolean().default(false),
    ...rate,
  }),
  z.strictObject({ kind: z.literal("sgd"), learningRate: positive.default(0.01), ...rate }),
  z.strictObject({
    kind: z.literal("exact"),
    tolerance: z.number().min(1e-14).max(0.1).default(1e-8),
    gap: z.number().min(0).max(0.1).default(0),
    maxIterations: count.default(200),
  }),
]);

const clip = z
  .strictObject({ value: positive.optional(), norm: positive.optional(), globalNorm: positive.optional() })
  .refine((c) => Object.values(c).filter((limit) => limit !== undefined).length === 1, { message: "give one of { value: c }, { norm: c }, { globalNorm: c }" });

const metric = z.enum(METRICS);

/** What `train.recalibrate` allows. */
export const RECALIBRATIONS = ["isotonic", "platt", "beta", "temperature"] as const;
export type RecalibrationKind = (typeof RECALIBRATIONS)[number];

/** Training rows are left out by class: the rate is the share of its rows that is kept. "positive" and "negative" of the logistic head, or the texts they are told by. */
const sample = z
  .strictObject({
    rates: z
      .record(text, z.number().gt(0).max(1))
      .refine((rates) => Object.keys(rates).length > 0, { message: "at least one class is needed: { negative: 0.1 }" }),
    correct: z.enum(["weight", "intercept"]).default("weight"),
  })
  .nullish();

/** Of what may be null that is none, as without the field: a search can take it and leave it. */
export const train = z.strictObject({
  optimizer: optimizer.prefault({ kind: "ftrl" }),
  linearOptimizer: optimizer.nullish(), // of the linear part beside a network; ftrl of wideAndDeep, else `optimizer` (which null says, too)
  embeddingOptimizer: optimizer.nullish(), // of a network's vectors by value; `optimizer`
  engine: z.enum(DENSE_ENGINES).default("wasm"), // of the layers of a network
  clip: clip.nullish(), // of the gradient of a block's mean loss; not clipped
  epochs: count.default(5),
  batchSize: z.int().min(1).max(65_536).default(1024),
  earlyStopping: z.strictObject({ metric: metric.default("loss"), patience: count.default(2), minimumGain: nonNegative.default(0) }).nullish(), // all epochs; the best step is kept either way
  keep: z.enum([...METRICS, "last"]).optional(), // the step of the best earlyStopping.metric, or "loss"
  evaluateEvery: z.union([z.strictObject({ steps: count }), z.strictObject({ epochs: z.literal(1) })]).default({ epochs: 1 }),
  checkpoint: z
    .strictObject({ everyBlocks: count.optional(), everySeconds: positive.optional() })
    .refine((c) => c.everyBlocks !== undefined || c.everySeconds !== undefined, { message: "give everyBlocks, everySeconds or both" })
    .optional(), // as the trainer thinks best
  warmStart: z.union([z.literal(false), text]).default(false), // "current", a version, or a path
  optimizerState: z.enum(["keep", "reset"]).default("keep"), // of a warm start
  initialIntercept: z.enum(["baseRate", "zero"]).default("baseRate"), // without a warm start
  shuffle: z.boolean().default(true),
  sample, // all training rows
  seed: whole.default(0),
  classWeights: z.union([z.literal("balanced"), z.record(text, positive)]).nullish(), // 1 each
  recalibrate: z.enum(RECALIBRATIONS).nullish(), // none
});
