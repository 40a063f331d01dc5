import * as z from "zod";
import { count, nonNegative, positive, text } from "./field-schemas.js";
import { head } from "./head-schema.js";

const belowOne = z.number().min(0).lt(1);
const units = count.max(65_536);

const activationOptions = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.enum(["relu", "linear", "sigmoid", "tanh", "softplus", "gelu", "silu", "relu6"]) }),
  z.strictObject({ kind: z.literal("leakyRelu"), slope: belowOne.default(0.01) }),
  z.strictObject({ kind: z.literal("prelu"), slope: belowOne.default(0.25) }), // at first: it is learned, for each unit
  z
    .strictObject({ kind: z.literal("rrelu"), low: belowOne.default(1 / 8), high: belowOne.default(1 / 3) })
    .refine((a) => a.low <= a.high, { path: ["high"], message: "must not be below low" }),
  z.strictObject({ kind: z.literal("reluN"), cap: positive.default(6) }),
  z.strictObject({ kind: z.literal("elu"), alpha: positive.default(1) }),
]);
const ACTIVATIONS = ["relu", "linear", "sigmoid", "tanh", "softplus", "leakyRelu", "prelu", "rrelu", "relu6", "reluN", "elu", "gelu", "silu"] as const;
/** By name, or with options. */
const activation = z.union([z.enum(ACTIVATIONS).transform((kind) => activationOptions.parse({ kind })), activationOptions], {
  message: `one of ${ACTIVATIONS.join(", ")}, or with options, as { kind: "leakyRelu", slope: 0.01 }; slopes are in [0, 1), cap and alpha above 0`,
});
export type ActivationConfig = z.output<typeof activation>;

const scaled = z.strictObject({ kind: z.enum(["uniform", "normal", "truncatedNormal"]), scale: positive.default(0.05) });
const SCALED = scaled.shape.kind.options;
const ofTables = z.discriminatedUnion("kind", [z.strictObject({ kind: z.enum(["auto", "zeros"]) }), scaled]);
const ofLayers = z.discriminatedUnion("kind", [z.strictObject({ kind: z.enum(["auto", "he", "glorot"]) }), scaled]);
const tableInitializer = z.union([z.enum(["auto", "zeros", ...SCALED]).transform((kind) => ofTables.parse({ kind })), ofTables], {
  message: `auto, zeros, ${SCALED.join(", ")}, or with options, as { kind: "normal", scale: 0.05 }`,
});
const layerInitializer = z.union([z.enum(["auto", "he", "glorot", ...SCALED]).transform((kind) => ofLayers.parse({ kind })), ofLayers], {
  message: `auto, he, glorot, ${SCALED.join(", ")}, or with options, as { kind: "normal", scale: 0.05 }`,
});
export type InitializerConfig = z.output<typeof tableInitializer> | z.output<typeof layerInitializer>;

/** Vectors of a column's values. What several embeddings of one table say must agree; what none of them says has the default beside it. */
export const embedding = z.strictObject({
  kind: z.literal("embedding"),
  column: text, // an entry of columns, or a field, which becomes a vocabulary
  dimension: z.union([count.max(4096), z.literal("auto")]).optional(), // "auto": the fourth root of the column's size, rounded up
  combiner: z.enum(["mean", "sum", "sqrtn"]).optional(), // of a row's several values: mean, of a factorized model sum
  initializer: tableInitializer.optional(), // "auto": truncated normal, deviation 0.1 / sqrt(dimension)
  l2: nonNegative.optional(), // 0
  maxNorm: positive.optional(), // any
  table: text.optional(), // name of the column: a table of its own
  from: z.strictObject({ model: text, column: text.optional() /* of the same name */, map: z.record(z.string(), z.string()).default({}) }).optional(),
  trainable: z.boolean().optional(), // true
});
export type EmbeddingConfig = z.output<typeof embedding>;

const inputs = z.array(z.union([text, embedding], { message: "the name of a numeric entry of columns, or an embedding" })).min(1);
export type NetworkInput = z.output<typeof inputs>[number];

const layers = {
  /** One for all layers, or a list with one for each. */
  activation: z.union([activation, z.array(activation)]).prefault("relu"),
  dropout: z.union([belowOne, z.array(belowOne)]).default(0),
  batchNorm: z.boolean().default(false),
  initializer: layerInitializer.prefault("auto"), // "he" or "glorot" by the activation
  clipNorm: positive.optional(), // as train.clip: { globalNorm }; not clipped
};
const all = {
  head: head.default("logistic"),
  l1: nonNegative.default(0), // of the linear part and of layers; vectors of embeddings have an l2 of their own
  l2: nonNegative.default(0),
};
const DEFAULT_HIDDEN = [100, 50, 20];

/** The models with a network. */
export const NETWORK_MODELS = [
  z.strictObject({
    kind: z.literal("deep"),
    ...all,
    columns: inputs.optional(), // all entries of `columns`: numbers as they are, others as embeddings
    hidden: z.array(units).default(DEFAULT_HIDDEN),
    ...layers,
  }),
  z.strictObject({
    kind: z.literal("wideAndDeep"),
    ...all,
    wide: z.array(text).min(1).optional(), // all entries of `columns`
    deep: inputs.optional(), // as `columns` of deep
    hidden: z.array(units).default(DEFAULT_HIDDEN),
    ...layers,
  }),
  z.strictObject({
    kind: z.literal("factorized"),
    ...all, // l2 of the vectors, too, but for embeddings that have one of their own
    columns: inputs.optional(), // all entries of `columns`, by name: an embedding is for options
    rank: count.max(1024).default(8),
    fieldAware: z.boolean().default(false),
  }),
  z.strictObject({
    kind: z.literal("twoTower"),
    ...all,
    user: inputs,
    item: inputs,
    hidden: z.array(units).default([]), // of both towers
    dimension: count.max(4096).optional(), // that of the last hidden layer, or of the inputs
    ...layers,
  }),
] as const;
export type NetworkModel = z.output<(typeof NETWORK_MODELS)[number]>;
