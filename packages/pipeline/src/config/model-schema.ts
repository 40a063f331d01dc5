import * as z from "zod";
import { nonNegative, text } from "./field-schemas.js";
import { head } from "./head-schema.js";
import { NETWORK_MODELS } from "./network-schema.js";

const linear = z.strictObject({
  kind: z.literal("linear"),
  head: head.default("logistic"),
  l1: nonNegative.default(0),
  l2: nonNegative.default(0),
  columns: z.array(text).min(1).optional(), // all entries of `columns`
  weights: z.enum(["full", "q2.13"]).default("full"), // q2.13: 16 bits each
});

export const model = z.discriminatedUnion("kind", [linear, ...NETWORK_MODELS]);
