import { isMulti, isNumeric, isValued } from "@crossbill/columns";
import { v1 } from "@crossbill/messages";
import { labelWidth } from "./label-vectors.js";
import type { PackLayout } from "./pack-format.js";

/** The columns whose ids the packs hold. */
export function encodedColumns(params: v1.ShardParams): readonly v1.ColumnSpec[] {
  return params.foreign == null ? params.columns : ((params.foreign.columns ?? []) as v1.ColumnSpec[]);
}

/** Columns of a part's packs: slices are kept for rows that are measured. */
export function layoutOf(params: v1.ShardParams, part: v1.Part): PackLayout {
  const specs = encodedColumns(params);
  const labels = labelWidth(params.data.label);
  const names = (of: (spec: v1.ColumnSpec) => boolean): string[] => specs.filter(of).map((spec) => spec.name);
  return {
    ids: names((spec) => !isNumeric(spec) && !isMulti(spec, specs)),
    numbers: names(isNumeric),
    pairs: specs.filter((spec) => isMulti(spec, specs)).map((spec) => ({ name: spec.name, valued: isValued(spec, specs) })),
    slices: part === v1.Part.TRAIN || params.foreign != null ? [] : params.data.slices,
    key: params.data.key !== "",
    ...(labels === 0 ? {} : { labels }),
  };
}
