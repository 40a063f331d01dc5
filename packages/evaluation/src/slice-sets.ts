import type { v1 } from "@crossbill/messages";
import { SliceAccumulator, type SliceFieldSpec } from "@crossbill/slicing";

/** Sets of slice fields: the values of a column as they are, or ranges of its numbers. */
export type SliceSets = readonly (readonly SliceFieldSpec[])[];

/** What {@link setsOf} reads. @throws E_SLICE_SET for sets that no slices can be made of */
export function setsMessage(sets: SliceSets): Pick<v1.IScoreParams, "slices" | "sliceFields"> {
  const { sets: slices, fields } = new SliceAccumulator(sets).toMessage();
  return { slices: slices!, sliceFields: fields! };
}

export function setsOf({ slices, sliceFields }: Pick<v1.ScoreParams, "slices" | "sliceFields">): SliceSets {
  const specs = new Map(
    sliceFields.map(({ name, column, bucketed, boundaries }): [string, SliceFieldSpec] => [
      name!,
      bucketed === true ? { name: name!, column: column!, boundaries: boundaries! } : column!,
    ]),
  );
  return slices.map(({ fields }) => fields!.map((name) => specs.get(name)!));
}

/** The columns whose values are needed. */
export function columnsOf(sets: SliceSets): string[] {
  return [...new Set(sets.flat().map((spec) => (typeof spec === "string" ? spec : spec.column)))];
}
