import type { SliceFieldSpec, SliceQuantiles } from "@crossbill/slicing";
import * as z from "zod";
import { text } from "./field-schemas.js";

const ranges = z
  .strictObject({
    column: text,
    boundaries: z
      .array(z.number())
      .min(1)
      .max(999)
      .refine((numbers) => numbers.every((b, k) => k === 0 || b > numbers[k - 1]!), { error: "allowed are rising numbers" })
      .optional(), // or:
    quantiles: z.int().min(2).max(1000).optional(),
    name: text.optional(), // of the ranges; that of the column
  })
  .refine(({ boundaries, quantiles }) => (boundaries === undefined) !== (quantiles === undefined), { error: "give either boundaries or quantiles" });

const field = z.union([text, ranges]);

/** The field `evaluate.slices`. */
export const slicesSchema = z.array(z.union([text, ranges, z.array(field).min(1).max(3)]));

export type SliceSpec = SliceFieldSpec | SliceQuantiles;

/** Each set as a list. */
export function sliceSets(config: z.output<typeof slicesSchema>): SliceSpec[][] {
  return config.map((set) => (Array.isArray(set) ? set : [set]).map(specOf));
}

/** Slices are told by the names of their fields. */
export function sliceProblems(config: z.output<typeof slicesSchema>): string[] {
  const known = new Map<string, string>();
  return sliceSets(config).flatMap((set, s) => {
    const names = set.map(nameOf);
    const twice = names.find((name, k) => names.indexOf(name) < k);
    if (twice !== undefined) return [`evaluate.slices.${s}: names ${JSON.stringify(twice)} twice; a cross is of different fields`];
    return set.flatMap((spec, k) => {
      const [name, is] = [names[k]!, JSON.stringify(spec)];
      const other = known.get(name) ?? is;
      known.set(name, other);
      return other === is ? [] : [`evaluate.slices.${s}: ${is} and ${other} are both named ${JSON.stringify(name)}; give ranges a name of their own`];
    });
  });
}

/** Whose values are looked at. */
export function sliceColumn(spec: SliceSpec): string {
  return typeof spec === "string" ? spec : spec.column;
}

function nameOf(spec: SliceSpec): string {
  return typeof spec === "string" ? spec : (spec.name ?? spec.column);
}

function specOf(spec: z.output<typeof field>): SliceSpec {
  if (typeof spec === "string") return spec;
  const { column, boundaries, quantiles, name } = spec;
  const named = { column, ...(name === undefined ? {} : { name }) };
  return boundaries === undefined ? { ...named, quantiles: quantiles! } : { ...named, boundaries };
}
